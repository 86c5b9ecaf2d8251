"""What a clustering is worth: intervals, stability, its clusters one by one, and its data.

Pure functions on arrays; ``pipeline.evaluate`` calls them.
"""
