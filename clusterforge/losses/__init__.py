"""The built-in losses, one a file."""
