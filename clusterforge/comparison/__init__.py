"""Comparison of runs: scores side by side, clusters aligned, rows that moved."""

from clusterforge.comparison.comparison import STAMP, Comparison, compare

__all__ = ["STAMP", "Comparison", "compare"]
