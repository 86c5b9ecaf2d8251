"""The page of a sweep, ``sweep.html``: one file that needs no network.

Enters: the records of a sweep and of its trials. Leaves: the page. ``axes`` are the keys that vary,
``measures`` are what trials are compared by, ``importance`` and ``curves`` say what one has to
do with the other, ``summary`` says it in words. May import the report (its look, its charts).
"""

from clusterforge.search.page.page import next_steps, render, write_page

__all__ = ["next_steps", "render", "write_page"]
