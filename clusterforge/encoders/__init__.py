"""The built-in encoders, one a file."""
