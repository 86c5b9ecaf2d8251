"""``metrics.json``: the scores, the metrics they are by, and the clusterings they are of."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from clusterforge.contracts import Details, MergeTree, Noise
from clusterforge.runs.records.base import Count, Record, Share
from clusterforge.specs import MetricSpec, RestsOn

HEADLINE: Noise = "excluded"


class MetricRecord(Record):
    """What readers of a score need to know of its metric; the fields are those of the spec.

    ``labels`` tells whether it compares with true labels, ``low`` and ``high`` are its range.
    """

    direction: Literal["higher", "lower", "none"]
    labels: bool
    title: str
    order: int
    headline: bool
    rests_on: RestsOn
    grows_with_clusters: bool
    low: float | None
    high: float | None

    @classmethod
    def of(cls, name: str, spec: MetricSpec) -> MetricRecord:
        """Return the record of a metric that a recipe calls by this name."""
        return cls(
            direction=spec.direction,
            labels=spec.needs_labels,
            title=(spec.title or name) if name == spec.name else name,
            order=spec.order,
            headline=spec.headline and spec.direction != "none",
            rests_on=spec.rests_on,
            grows_with_clusters=spec.grows_with_clusters,
            low=spec.low,
            high=spec.high,
        )

    def gain(self, before: float, after: float) -> float:
        """Return how much better a score has become, as a share of its range; 0 without a range."""
        if self.low is None or self.high is None:
            return 0.0
        sign = -1 if self.direction == "lower" else 1
        return sign * (after - before) / (self.high - self.low)


class ScoreRecord(Record):
    """One score of one clustering, with what it is of.

    Parameters
    ----------
    value
        The score; None where it is undefined, and ``reason`` says why.
    low, high
        Its bootstrap interval; None without one.
    noise
        The treatment of noise.
    rows, coverage
        The rows it is of, and the share of the rows of its split that are not noise.
    exact
        False where it was estimated from a sample of the rows.
    """

    clusterer: str
    split: str
    metric: str
    noise: Noise
    value: float | None
    low: float | None = None
    high: float | None = None
    rows: Count
    coverage: Share
    exact: bool = True
    reason: str | None = None


class Remedies(Record):
    """Parameters of a clusterer to change, as settings: ``eps = 0.5 (now 0.4)``; empty where none is known.

    Parameters
    ----------
    more_clusters, fewer_clusters, less_noise
        What each may give.
    """

    more_clusters: str = ""
    fewer_clusters: str = ""
    less_noise: str = ""


class ClusteringRecord(Record):
    """A clustering: how many clusters, how large, and how new rows are labelled.

    Parameters
    ----------
    sizes
        For each split that is labelled, the rows of each cluster; ``-1`` is noise.
    predicts, rule
        How it labels new rows, from the spec.
    agreement
        Adjusted Rand index of predicted and fitted labels of held-out rows, where it predicts by a
        stand-in.
    details
        What the clusterer reports of its fit.
    of
        The clusterers that it works on.
    by_hand
        Whether it is the first of these with a person's edits.
    remedies
        Its parameters to change.
    centroid_tree
        Ward's tree over the centroids of its clusters, where the clusterer has built none that joins them;
        None where there is no cluster, or more than 5,000.
    """

    use: str
    of: tuple[str, ...] = ()
    by_hand: bool = False
    n_clusters: Count
    predicts: Literal["exact", "approximate", "none"]
    rule: str
    agreement: float | None
    sizes: dict[str, dict[int, Count]]
    details: Details
    remedies: Remedies = Remedies()
    centroid_tree: MergeTree | None = None

    @property
    def tree(self) -> MergeTree | None:
        """The tree over its clusters: the clusterer's own, whose leaves may be finer, or Ward's."""
        return self.centroid_tree or self.details.tree

    @cached_property
    def cluster_tree(self) -> MergeTree | None:
        """The tree with the clusters as leaves, in the order of their numbers."""
        return None if self.tree is None else self.tree.over_clusters()

    def coverage(self, split: str) -> float | None:
        """Return the share of a split's rows that are not noise; None where it is not labelled."""
        rows = self.sizes.get(split)
        return 1 - rows.get(-1, 0) / sum(rows.values()) if rows else None


class PhaseRecord(Record):
    """How k-means does on what a phase of training made of some train rows.

    ``phase`` is ``input`` for the rows before training; ``scores`` are by metric.
    """

    stage: str
    phase: str
    rows: Count
    clusters: Count
    scores: dict[str, float | None]


class Metrics(Record):
    """All of ``metrics.json``."""

    metrics: dict[str, MetricRecord]
    scores: tuple[ScoreRecord, ...]
    clusterings: dict[str, ClusteringRecord]
    phases: tuple[PhaseRecord, ...]

    def headline(self) -> dict[tuple[str, str, str], ScoreRecord]:
        """Return the score to show for each clusterer, split and metric: noise left out."""
        found: dict[tuple[str, str, str], ScoreRecord] = {}
        for score in self.scores:
            key = (score.clusterer, score.split, score.metric)
            if key not in found or score.noise == HEADLINE:
                found[key] = score
        return found
