"""The documentation: pages for readers, and the program that writes the reference."""
