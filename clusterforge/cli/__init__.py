"""The command line. Its tree of files is its tree of commands."""
