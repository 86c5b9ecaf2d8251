"""The built-in metrics, one in each module."""
