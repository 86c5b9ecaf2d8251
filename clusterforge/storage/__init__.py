"""Files that are whole or absent: atomic writes, states, stage folders, the cache."""
