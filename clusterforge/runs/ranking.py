"""Which clustering is best: one rule for the terminal, the report and comparisons.

In words:

1. The metric that decides is the one of lowest ``order`` among the headline metrics that compare
   with labels; where none of these has a score, among the headline metrics that need no labels. What
   has no direction never decides. It is taken on rows that the clusterings were not fitted on where
   there are any: on ``test``, else on another split, and only then on ``train``.
2. A clustering that covers at least 95 % of the rows stands before each that covers less: who calls
   the hard rows noise may not win by it. Where none covers so many, all compete.
3. Among those the best score wins, compared as it is written (three decimals). Equal scores are
   decided by the next metric in order of the same kind; then by the order of the recipe.

No metric is known by name: all of this stands in its :class:`~clusterforge.runs.records.MetricRecord`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clusterforge.runs.records import MetricRecord, Metrics, ScoreRecord

ENOUGH = 0.95
FITTED, HELD_OUT = "train", "test"


@dataclass(frozen=True)
class Ranking:
    """The clusterings of a run by the metric that decides.

    Parameters
    ----------
    metric, split
        What they are ranked by, and on which rows.
    scores
        One defined score for each clusterer, the best first.
    """

    metric: str
    split: str
    scores: tuple[ScoreRecord, ...]

    @property
    def best(self) -> ScoreRecord:
        """The score of the best clustering."""
        return self.scores[0]

    def of(self, clusterer: str) -> ScoreRecord | None:
        """Return the score of a clusterer; None where it has none."""
        return next((score for score in self.scores if score.clusterer == clusterer), None)

    def edits(self, metrics: Metrics) -> tuple[ScoreRecord, ScoreRecord] | None:
        """Return the scores after and before a person's edits, which do not compete; None without edits."""
        for name, record in metrics.clusterings.items():
            if record.by_hand and record.of:
                after, before = self.of(name), self.of(record.of[0])
                return (after, before) if after and before else None
        return None


def in_order(metrics: Mapping[str, MetricRecord]) -> list[str]:
    """Return the metrics in the order in which tables and charts show them."""
    return sorted(metrics, key=lambda name: (metrics[name].order, name))


def deciding(metrics: Mapping[str, MetricRecord], splits: Iterable[str]) -> list[tuple[str, str]]:
    """Return what may decide, the first choice first: metrics and splits."""
    order = sorted(splits, key=lambda name: (name == FITTED, name != HELD_OUT))
    able = [m for m in in_order(metrics) if metrics[m].headline and metrics[m].direction != "none"]
    return [
        (metric, split)
        for labels in (True, False)
        for split in order
        for metric in able
        if metrics[metric].labels == labels
    ]


def leading(metrics: Metrics, splits: Iterable[str]) -> str:
    """Return the clusterer that the report shows first: what a person has edited, or else the best."""
    name, first = next(iter(metrics.clusterings.items()))
    ranking = None if first.by_hand else rank(metrics, splits)
    return ranking.best.clusterer if ranking else name


def rank(metrics: Metrics, splits: Iterable[str]) -> Ranking | None:
    """Rank the clusterings of a run; None where nothing that may decide has a score."""
    headline = metrics.headline()
    clusterers = list(metrics.clusterings)
    choices = deciding(metrics.metrics, splits)
    for metric, split in choices:
        scores = [s for c in clusterers if (s := headline.get((c, split, metric)))]
        scores = [score for score in scores if score.value is not None]
        if not scores:
            continue
        labels = metrics.metrics[metric].labels
        rest = [m for m, s in choices if s == split and metrics.metrics[m].labels == labels]

        def key(
            score: ScoreRecord, split: str = split, rest: list[str] = rest
        ) -> tuple[bool, list[float]]:
            others = (headline.get((score.clusterer, split, m)) for m in rest)
            return score.coverage < ENOUGH, [
                merit(other, metrics.metrics[m]) for m, other in zip(rest, others, strict=True)
            ]

        return Ranking(metric, split, tuple(sorted(scores, key=key)))
    return None


def winners(scores: Iterable[ScoreRecord], metric: MetricRecord) -> frozenset[str]:
    """Return the clusterers that a table marks as best by one metric on one split.

    Empty where fewer than two have a score, where all are equal, or where neither way is better.
    """
    defined = [score for score in scores if score.value is not None]
    if metric.direction == "none" or len(defined) < 2:
        return frozenset()
    covering = [score for score in defined if score.coverage >= ENOUGH] or defined
    merits = {score.clusterer: merit(score, metric) for score in covering}
    if len(covering) == len(defined) and len(set(merits.values())) == 1:
        return frozenset()
    top = min(merits.values())
    return frozenset(name for name, value in merits.items() if value == top)


def merit(score: ScoreRecord | None, metric: MetricRecord) -> float:
    """Return a number that is the lower the better the score, as it is written; inf without one."""
    if score is None or score.value is None:
        return float("inf")
    value = score.value if abs(score.value) < 0.0005 else round(score.value, 3)
    return value if metric.direction == "lower" else -value
