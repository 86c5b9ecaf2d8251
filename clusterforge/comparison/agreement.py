"""Agreement from tables of counts, for one table or for many at once.

:mod:`clusterforge.numerics.contingency` owns these indices; here they take a stack of tables, as a
bootstrap needs, and import no torch, so that comparing two runs takes no longer than reading them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped, unused-ignore]

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
    names, i = np.unique(first, return_inverse=True)
    others, j = np.unique(second, return_inverse=True)
    if len(names) * len(others) > MAX_CELLS:
        raise ValueError(f"{len(names):,} by {len(others):,} clusters")
    counts = np.bincount(i * len(others) + j, minlength=len(names) * len(others))
    return names, others, counts.reshape(len(names), len(others)).astype(np.int64)


def matched(counts: Table) -> list[tuple[int, int]]:
    """Match rows to columns one to one so that most agree (Hungarian), by position."""
    pairs = zip(*linear_sum_assignment(counts, maximize=True), strict=True)
    return [(int(i), int(j)) for i, j in pairs if counts[i, j]]


def accuracy(counts: Table) -> Values:
    """Return the share of rows that agree after matching: float64 (...) of (..., rows, columns)."""
    flat = counts.reshape(-1, *counts.shape[-2:])
    best = [part[linear_sum_assignment(part, maximize=True)].sum() for part in flat]
    found: Values = np.array(best, np.float64).reshape(counts.shape[:-2]) / _total(counts)
    return found


def purity(counts: Table) -> Values:
    """Return the share of rows in the commonest class (row) of their cluster (column)."""
    found: Values = counts.max(axis=-2).sum(axis=-1) / _total(counts)
    return found


def ari(counts: Table) -> Values:
    """Return the adjusted Rand index (Hubert and Arabie 1985); 1 where both have one cluster."""
    n = _total(counts).astype(np.float64)
    both, rows, columns = (
        (c * (c - 1.0) / 2).sum(axis=axis)
        for c, axis in ((counts, (-2, -1)), (counts.sum(-1), -1), (counts.sum(-2), -1))
    )
    expected = rows * columns / np.maximum(n * (n - 1) / 2, 1)
    spread = (rows + columns) / 2 - expected
    flat = np.abs(spread) < 1e-12
    found: Values = np.where(flat, 1.0, (both - expected) / np.where(flat, 1.0, spread))
    return found


def nmi(counts: Table) -> Values:
    """Return the mutual information over the mean of both entropies; 1 where each is one cluster."""
    share = counts / _total(counts)[..., None, None]
    rows, columns = share.sum(-1), share.sum(-2)
    entropy = _entropy(rows).sum(-1) + _entropy(columns).sum(-1)
    joint = _entropy(share).sum((-2, -1))
    information = np.maximum(entropy - joint, 0)
    single = entropy <= np.finfo(np.float64).eps
    ratio = np.minimum(2 * information / np.where(single, 1, entropy), 1)
    found: Values = np.where(single, 1.0, ratio)
    return found


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


def _total(counts: Table) -> Values:
    total: Values = np.maximum(counts.sum(axis=(-2, -1)), 1)
    return total


def _entropy(share: Values) -> Values:
    found: Values = -share * np.log(np.where(share > 0, share, 1))
    return found
