"""Counts of rows against the share that is to be expected."""

from __future__ import annotations

from math import sqrt

ERRORS, FEWEST = 3, 5  # standard errors above that share, and rows: more than chance


def clearly_more(rows: int, of: int, share: float) -> bool:
    """Tell whether more rows are so than chance makes of so many, of which this share is expected to be."""
    expected = share * of
    return rows >= FEWEST and rows > expected + ERRORS * sqrt(expected)
