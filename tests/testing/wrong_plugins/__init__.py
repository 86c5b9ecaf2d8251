"""Plugins that are right, and for every check of the kit one that is wrong in just that.

Importing this package imports nothing: the kit looks at what its modules bring with them.
"""
