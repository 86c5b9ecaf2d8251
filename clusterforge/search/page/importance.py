"""How much of the differences between trials each key explains alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.search.page.axes import Axis
from clusterforge.search.page.measures import Measure

PARTS = 8
"""Ranges are cut into so many parts with equally many trials."""


def importance(axis: Axis, measure: Measure) -> float | None:
    """Return the share of a measure's variance over trials that a key explains alone, in [0, 1].

    The main effect of a functional analysis of variance (exactly so on a grid): one minus the variance
    within trials of equal value (or within eighths of a range, by rank) over that of all, both unbiased;
    0 where it is negative. None where trials are too few, or all have the same score. A random
    forest (Optuna's fANOVA) takes seconds for a thousand trials and depends on a seed.
    """
    values = measure.array
    known = np.isfinite(values)
    values, groups = values[known], _groups(axis)[known]
    n, k = len(values), len(np.unique(groups))
    total = float(((values - values.mean()) ** 2).sum()) if n else 0.0
    if n <= k or not total > 1e-12 * float((values**2).sum()):
        return None
    if k < 2:
        return 0.0
    sums = np.bincount(groups, values)
    sizes = np.maximum(np.bincount(groups), 1)
    within = float(((values - (sums / sizes)[groups]) ** 2).sum())
    return max(0.0, 1 - (within / (n - k)) / (total / (n - 1)))


def _groups(axis: Axis) -> npt.NDArray[np.intp]:
    """Return the group of each trial: int (t,); those that do not set the key are one group."""
    places = np.array([np.nan if place is None else place for place in axis.places], np.float64)
    missing = np.isnan(places)
    groups = np.zeros(len(places), np.intp)
    distinct, inverse = np.unique(places[~missing], return_inverse=True)
    if axis.options or len(distinct) <= PARTS:
        groups[~missing] = inverse + 1
    else:
        edges = np.quantile(places[~missing], np.arange(1, PARTS) / PARTS)
        groups[~missing] = np.searchsorted(edges, places[~missing], side="right") + 1
    return groups
