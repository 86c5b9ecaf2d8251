"""How the measures that need no labels agree with those that compare with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.search.page.measures import Measure

FEWEST = 4
"""Trials that a rank correlation is of, at least."""


@dataclass(frozen=True)
class Agreement:
    """How a measure orders the trials, next to how the labels do.

    Parameters
    ----------
    measure
        It compares with no labels.
    correlations
        Spearman's rank correlation with each measure that does; None where that is not defined.
    trials
        How many have both values, the first of the labels'.
    chosen
        Place of the trial that is best by it.
    reached, lost
        What that trial scores by the first of the labels', and how much the best one is better.
    """

    measure: Measure
    correlations: tuple[float | None, ...]
    trials: int
    chosen: int
    reached: float
    lost: float


def agreements(measures: Sequence[Measure], truths: Sequence[Measure]) -> list[Agreement]:
    """Return how each measure without labels agrees with those that have them."""
    found: list[Agreement] = []
    if not truths or np.isfinite(truths[0].array).sum() < FEWEST:
        return found
    for measure in measures:
        if measure.direction == "none" or measure.kind == "labels":
            continue
        both = np.isfinite(measure.gains) & np.isfinite(truths[0].gains)
        if not both.any():
            continue
        chosen = int(np.nanargmax(np.where(both, measure.gains, np.nan)))
        gains = truths[0].gains
        found.append(
            Agreement(
                measure,
                tuple(spearman(measure.gains, truth.gains) for truth in truths),
                int(both.sum()),
                chosen,
                float(truths[0].array[chosen]),
                float(np.nanmax(gains) - gains[chosen]),
            )
        )
    return found


def spearman(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float | None:
    """Return Spearman's rank correlation where both are known; None for too few or equal values."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < FEWEST:
        return None
    ranks = [_ranks(values[both]) for values in (a, b)]
    spreads = [rank.std() for rank in ranks]
    if min(spreads) == 0:
        return None
    products = (ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())
    return float(np.clip(products.mean() / (spreads[0] * spreads[1]), -1, 1))


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return ranks, equal values sharing their mean: float64 (n,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], np.float64)
