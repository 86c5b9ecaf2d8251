"""Built-in sources of pairs, one per file."""
