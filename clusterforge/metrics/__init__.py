"""The built-in metrics: ``external`` compares clusters to classes, ``internal`` looks at clusters alone."""
