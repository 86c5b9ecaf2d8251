"""Which rows to show of many."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterforge.contracts import FloatArray, IntArray

TYPICAL, BORDERLINE = 12, 8
APART = 0.1
WINDOW = 2_000


def spaced(n: int, many: int) -> IntArray:
    """Return at most ``many`` of the positions 0 … n - 1, evenly spaced."""
    if n <= many:
        return np.arange(n, dtype=np.int64)
    return (np.arange(many, dtype=np.int64) * n) // many


def shown(clusters: int) -> tuple[int, int]:
    """Return how many typical and how many borderline members are shown of each cluster."""
    return max(4, min(TYPICAL, 240 // clusters)), max(3, min(BORDERLINE, 160 // clusters))


def distinct(
    rows: IntArray,
    points: FloatArray,
    apart: float,
    many: int,
    content: Callable[[int], object],
) -> list[int]:
    """Return the first rows of which no two are the same or nearly so.

    Parameters
    ----------
    rows
        int64 (m,), the best first.
    points
        float32 (n, d): where each row lies.
    apart
        Rows at this distance or less are near-identical.
    many
        How many rows to return at most.
    content
        What a reader sees of a row; seen once, it is not shown again.
    """
    chosen: list[int] = []
    contents: set[object] = set()
    for start in range(0, len(rows), WINDOW):
        left = rows[start : start + WINDOW]
        for row in chosen:
            left = left[_away(points, left, row) > apart]
        while len(left) and len(chosen) < many:
            row, left = int(left[0]), left[1:]
            what = content(row)
            if what in contents:
                continue
            contents.add(what)
            chosen.append(row)
            left = left[_away(points, left, row) > apart]
        if len(chosen) == many:
            break
    return chosen


def _away(points: FloatArray, rows: IntArray, row: int) -> FloatArray:
    away: FloatArray = np.linalg.norm(points[rows] - points[row], axis=1)
    return away
