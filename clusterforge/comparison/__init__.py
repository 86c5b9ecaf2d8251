"""Comparison of runs: scores side by side, clusters aligned, rows that moved.

Enters: run folders, read through ``clusterforge.runs``. Leaves: a :class:`Comparison`, frozen records
that are its JSON, its page and its terminal view. May import report (colours, style), evaluation,
numerics, registry, runs and storage.
"""

from clusterforge.comparison.comparison import Comparison, compare
from clusterforge.comparison.page import STAMP

__all__ = ["STAMP", "Comparison", "compare"]
