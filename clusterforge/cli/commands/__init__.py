"""One command a file; each imports what is heavy when it is called."""
