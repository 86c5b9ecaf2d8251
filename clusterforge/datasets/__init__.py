"""The built-in data sets, one a file, and the pieces they share."""
