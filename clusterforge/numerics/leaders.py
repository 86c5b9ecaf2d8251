"""Rows that lie next to an earlier one, found without comparing each with each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterforge.numerics.arrays import BoolArray, DoubleArray, FloatArray, IntArray, evenly
from clusterforge.numerics.stored_rows import row_blocks

DIRECTIONS = 8
SAMPLE = 10_000
WIDE = 1_024
SLACK = 1e-4  # float32 may bring two rows that much too far apart, in parts of the radius
TRIED = 1_000


def leaders(
    points: FloatArray,
    radius: float,
    alike: Callable[[int, IntArray], BoolArray] | None = None,
    *,
    most: float = float("inf"),
) -> IntArray | None:
    """Return the earliest row that stands for each row, its own place mostly: int64 (n,).

    A row goes to the earliest of those that stand for themselves that is like it. Only rows whose points
    are within the radius are compared; they are looked for in a k-d tree of the eight directions in which
    the points vary most, in which no two lie farther apart than they do.

    Parameters
    ----------
    points
        floating (n, d), finite.
    radius
        Euclidean distance beyond which no two rows are alike.
    alike
        Says which of some rows, int64 (m,), are like a row: bool (m,); None: those within the radius.
    most
        Up to how many comparisons are made, by an estimate from 1,000 rows.

    Returns
    -------
    ndarray or None
        None where it would take more comparisons.
    """
    from scipy.spatial import KDTree

    n = len(points)
    first = np.arange(n, dtype=np.int64)
    if n < 2:
        return first

    def within(row: int, others: IntArray) -> BoolArray:
        apart = points[others] - points[row]
        near: BoolArray = np.einsum("ij,ij->i", apart, apart) <= radius**2
        return near

    alike = alike or within
    places = _shadow(points)
    tree = KDTree(places)
    reach = radius * (1 + SLACK)
    tried = evenly(n, TRIED)
    # A sample is counted in small parts: where rows lie densely, each has all others near it.
    expected = 0.0
    for part in np.array_split(tried, max(1, len(tried) // 50)):
        counts = tree.query_ball_point(places[part], reach, return_length=True)
        expected += float(np.sum(counts - 1)) * n / len(tried) / 2
        if expected > most:
            return None
    apart = np.empty(n)
    for start in range(0, n, TRIED):
        some = slice(start, start + TRIED)
        found, _ = tree.query(places[some], k=2, distance_upper_bound=reach)
        apart[some] = np.asarray(found)[:, 1]
    for row in np.flatnonzero(np.isfinite(apart)).tolist():
        if first[row] != row:
            continue
        others = np.array(tree.query_ball_point(places[row], reach), dtype=np.int64)
        others = np.sort(others[(others > row) & (first[others] == others)])
        if len(others):
            first[others[alike(row, others)]] = row
    return first


def _shadow(points: FloatArray) -> DoubleArray:
    """Return the rows along the directions in which they vary most: float64 (n, at most 8).

    The directions are orthonormal, so no two rows lie farther apart than they do among all columns.
    """
    rows = evenly(len(points), SAMPLE)
    sample = np.asarray(points[rows], dtype=np.float64)
    center = sample.mean(axis=0)
    columns = np.sort(np.argsort(-sample.var(axis=0), kind="stable")[:WIDE])
    sample = sample[:, columns] - center[columns]
    directions = np.linalg.eigh(sample.T @ sample)[1][:, ::-1][:, :DIRECTIONS]
    places = np.empty((len(points), directions.shape[1]))
    for part, block in row_blocks(points):
        chosen = np.asarray(block[:, columns], dtype=np.float64)
        places[part] = (chosen - center[columns]) @ directions
    return places
