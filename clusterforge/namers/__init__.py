"""The built-in namers, one in each module.

What is known of the clusters of a clustering enters, a name for each leaves. They import the contracts
and the specs of the built-ins.
"""
