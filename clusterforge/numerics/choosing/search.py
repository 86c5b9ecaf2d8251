"""The number of clusters by a rule, with what other rules say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clusterforge.numerics.arrays import FloatArray
from clusterforge.numerics.choosing.rules import RULES, Rule
from clusterforge.numerics.choosing.sample import Sample
from clusterforge.numerics.choosing.sweep import RuleCurve

SAMPLE_ROWS = 3000


@dataclass(frozen=True)
class Search:
    """What rules say of the number of clusters.

    Parameters
    ----------
    by
        The rule that is followed.
    curves
        What each rule looks at, that one first.
    """

    by: Rule
    curves: tuple[RuleCurve, ...]

    @property
    def k(self) -> int:
        """The number that the rule which is followed suggests."""
        return self.curves[0].suggested

    @property
    def suggested(self) -> dict[str, int]:
        """The number that each rule suggests, by the rule's name."""
        return {curve.rule: curve.suggested for curve in self.curves}


def search_k(
    points: FloatArray,
    by: Rule = "held-out",
    *,
    seed: int,
    k_max: int | None = None,
    others: Sequence[Rule] = (),
    sample: int = SAMPLE_ROWS,
    device: str = "cpu",
) -> Search:
    """Return the number of clusters that rules suggest. Rows without two distinct values have one.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    by
        The rule to follow.
    seed
        Seed of the sample, of k-means and of all else that is random.
    k_max
        The largest k tried; None: 20 for silhouette, elbow and gap, whose values drift with k, and for
        the other rules an eighth of the rows looked at, 10 to 250. It also stays within the number of
        distinct rows.
    others
        Rules whose suggestion is of interest, too.
    sample
        Rows looked at, at most.
    device
        A torch device name.
    """
    rows = Sample(points, seed=seed, rows=sample, device=device)
    rules = dict.fromkeys((by, *others))
    if rows.distinct < 2:
        return Search(by, tuple(RuleCurve(rule, 1, len(rows)) for rule in rules))
    return Search(by, tuple(RULES[rule](rows, k_max) for rule in rules))


def choose_k(
    points: FloatArray,
    by: Rule = "held-out",
    *,
    seed: int,
    k_max: int | None = None,
    device: str = "cpu",
) -> int:
    """Return the number of clusters that one rule suggests; arguments as those of :func:`search_k`."""
    return search_k(points, by, seed=seed, k_max=k_max, device=device).k
