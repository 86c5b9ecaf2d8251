"""Which rows to show of many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from clusterforge.contracts import FloatArray, IntArray

TYPICAL, BORDERLINE = 12, 8
APART = 0.1
WINDOW = 2_000


class Points(Protocol):
    """Where rows lie."""

    def __getitem__(self, some: IntArray, /) -> FloatArray:
        """Return the places of some rows: float32 (m, d)."""


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
    points: Points,
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
        Gives the places of rows: float32 (m, d).
    apart
        Rows at this distance or less are near-identical.
    many
        How many rows to return at most.
    content
        What a reader sees of a row; seen once, it is not shown again.
    """
    chosen: list[int] = []
    places: list[FloatArray] = []
    contents: set[object] = set()
    for start in range(0, len(rows), WINDOW):
        left = rows[start : start + WINDOW]
        at = points[left]
        for place in places:
            away = np.linalg.norm(at - place, axis=1) > apart
            left, at = left[away], at[away]
        while len(left) and len(chosen) < many:
            row, place = int(left[0]), at[0]
            left, at = left[1:], at[1:]
            what = content(row)
            if what in contents:
                continue
            contents.add(what)
            chosen.append(row)
            places.append(place)
            away = np.linalg.norm(at - place, axis=1) > apart
            left, at = left[away], at[away]
        if len(chosen) == many:
            break
    return chosen
