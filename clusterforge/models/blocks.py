"""How many rows go through encoders at a time."""

BLOCK = 1 << 16
"""Rows that encoders get at once which look at each by itself."""
