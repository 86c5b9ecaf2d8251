"""Agreement of two clusterings, and the bootstrap of their difference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.contingency import (
    accuracy,
    ari,
    contingency,
    match,
    nmi,
    purity,
)
from clusterforge.report.folder import IntArray

Table = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
MAX_CELLS = 2**24
MAX_RESAMPLED = 5000
RESAMPLES = 500
LEVEL = 0.95
# Rows that differ: of fewer, all on one side, a sign test is not sure at 95 % (2/2^5 > 0.05).
FEWEST = 6


def table(first: IntArray, second: IntArray) -> tuple[IntArray, IntArray, Table]:
    """Count the rows that each cluster of one shares with each of the other.

    Parameters
    ----------
    first, second
        int64 (n,): labels; -1 counts like any other.

    Returns
    -------
    tuple
        The labels of each, ascending, and int64 (labels of first, labels of second).

    Raises
    ------
    ValueError
        Where the table would not fit in 128 MB.
    """
    found = contingency(first, second)
    if found.counts.size > MAX_CELLS:
        raise ValueError(f"{len(found.rows):,} by {len(found.columns):,} clusters")
    return found.rows, found.columns, found.counts


def matched(counts: Table) -> list[tuple[int, int]]:
    """Match rows to columns one to one so that most agree (Hungarian), by position."""
    return [(int(i), int(j)) for i, j in zip(*match(counts), strict=True)]


INDICES: dict[str, Callable[[Table], Values]] = {
    "accuracy": accuracy,
    "ari": ari,
    "nmi": nmi,
    "purity": purity,
}


def paired(
    truth: IntArray, first: IntArray, second: IntArray, seed: int = 0
) -> dict[str, tuple[float, float, float, float]]:
    """Bootstrap the difference of two clusterings of the same rows.

    Each resample draws rows and scores both clusterings on them, so that what makes a row hard for
    both cancels out; two intervals of their own that overlap may still differ for certain. Copies of
    rows flatter a clustering the more, the more clusters it has: the mean of the resamples less the
    difference estimates by how much, and is taken off. An interval holds 0 where it does before that,
    and where fewer than six rows are in another cluster than the one that theirs is matched to.

    Parameters
    ----------
    truth, first, second
        int64 (n,): classes and the two labellings.
    seed
        Of the resamples.

    Returns
    -------
    dict
        For each index of :data:`INDICES`: both values, and low and high of second minus first at
        95 %. Empty where there are too many cells.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentiles).
    """
    codes = [np.unique(values, return_inverse=True)[1] for values in (truth, first, second)]
    sizes = [int(code.max()) + 1 for code in codes]
    cells, counts = np.unique(np.stack(codes), axis=1, return_counts=True)
    if cells.shape[1] > MAX_RESAMPLED or sizes[0] * max(sizes[1:]) > MAX_RESAMPLED:
        return {}
    drawn = np.random.default_rng(seed).multinomial(
        counts.sum(), counts / counts.sum(), size=RESAMPLES
    )
    stacks = []
    for column in (1, 2):
        place = cells[0] * sizes[column] + cells[column]
        order = np.argsort(place, kind="stable")
        starts = np.flatnonzero(np.diff(place[order], prepend=-1))
        both = np.vstack([counts[None], drawn])
        whole = np.zeros((len(both), sizes[0] * sizes[column]), np.int64)
        whole[:, place[order][starts]] = np.add.reduceat(both[:, order], starts, axis=1)
        stacks.append(whole.reshape(len(both), sizes[0], sizes[column]))
    ends = (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)
    shared = np.zeros(sizes[1:], np.int64)
    np.add.at(shared, (cells[1], cells[2]), counts)
    few = shared.sum() - sum(shared[pair] for pair in matched(shared)) < FEWEST
    result = {}
    for name, index in INDICES.items():
        a, b = (index(stack) for stack in stacks)
        gap, drawn_gaps = (b - a)[0], (b - a)[1:]
        drawn_ends = np.percentile(drawn_gaps, ends)
        largest = 1.5 if name == "ari" else 1.0  # an adjusted Rand index is -0.5 to 1
        low, high = np.clip(drawn_ends - (drawn_gaps.mean() - gap), -largest, largest)
        if few or drawn_ends[0] <= 0 <= drawn_ends[1]:
            low, high = min(low, 0), max(high, 0)
        result[name] = (float(a[0]), float(b[0]), float(low), float(high))
    return result
