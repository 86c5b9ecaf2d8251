"""Accuracy against coverage, and scores by the length of texts."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.contingency import hungarian
from clusterforge.runs.records import CoveragePoint

POINTS = 51
FEWEST = 20  # rows that an accuracy may be of, and not fewer than a hundredth


def correct(truth: IntArray, labels: IntArray) -> FloatArray:
    """Return whether each row's cluster is matched to its class, as accuracy does: float32 (n,).

    nan for rows that are unlabelled (-1) or noise (-1).
    """
    right = np.full(len(labels), np.nan, dtype=np.float32)
    both = (truth >= 0) & (labels >= 0)
    if both.any():
        names = hungarian(truth[both], labels[both])
        ids = np.unique(labels[both])
        of_id = np.array([names.get(i, -1) for i in ids.tolist()])
        right[both] = of_id[np.searchsorted(ids, labels[both])] == truth[both]
    return right


def coverage_curve(right: FloatArray, sure: FloatArray, rows: float) -> tuple[CoveragePoint, ...]:
    """Return the accuracy of the surest rows, for ever more of them.

    Parameters
    ----------
    right
        float32 (n,): 1 where a row is in its class, 0 where not, nan where that is not known.
    sure
        float32 (n,): the greater the surer; nan for rows that are left out.
    rows
        Rows that count as all.

    Returns
    -------
    tuple of CoveragePoint
        At most 51, the surest rows first, from 1 % and 20 rows on. Rows that are equally sure come
        together, so that their order does not matter.
    """
    defined = ~np.isnan(right) & ~np.isnan(sure)
    order = np.argsort(-sure[defined], kind="stable")
    if not len(order) or not rows:
        return ()
    value, hits = sure[defined][order], np.cumsum(right[defined][order], dtype=np.float64)
    ends = np.append(np.flatnonzero(np.diff(value)), len(value) - 1)
    fewest = min(max(FEWEST, len(value) // 100), len(value))
    wanted = np.linspace(fewest - 1, len(value) - 1, POINTS)
    chosen = np.unique(ends[np.searchsorted(ends, wanted)])
    return tuple(
        CoveragePoint(coverage=(end + 1) / rows, accuracy=float(hits[end]) / (end + 1))
        for end in chosen.tolist()
    )


def mean(values: FloatArray) -> float | None:
    """Return the mean of what is known, None where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean(dtype=np.float64)) if len(defined) else None
