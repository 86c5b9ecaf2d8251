"""Built-in sources of pairs."""
