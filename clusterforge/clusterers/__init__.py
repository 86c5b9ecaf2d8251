"""The built-in clusterers, one in each module."""
