"""``seeds.json`` and ``baselines.json``: the recipe by other seeds, and clusterings without training."""

from __future__ import annotations

from clusterforge.runs.records.base import Count, Record
from clusterforge.runs.records.metrics import ScoreRecord


class SeedScore(Record):
    """A score over the seeds.

    Parameters
    ----------
    values
        By seed, in their order; None where it is undefined.
    mean, sd
        Of the values that there are; ``sd`` is that of a sample.
    low, high
        The 95 % interval of the mean by Student's t; None with fewer than two values.
    """

    clusterer: str
    split: str
    metric: str
    values: tuple[float | None, ...]
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None


class Seeds(Record):
    """All of ``seeds.json``.

    Parameters
    ----------
    seeds
        The seeds.
    chosen
        The one whose clustering is the run's: of the first clusterer, on the train rows, the highest mean
        adjusted Rand index with the others; equal ones, the first.
    agreement
        That mean for each seed.
    scores
        The headline scores over the seeds.
    """

    seeds: tuple[int, ...]
    chosen: int
    agreement: tuple[float, ...]
    scores: tuple[SeedScore, ...]


class BaselineRecord(Record):
    """A clustering without training.

    Parameters
    ----------
    title
        What tables call it.
    encoders, clusterer
        The plugins, by name.
    clusters
        How many it has found.
    scores
        Its headline scores that compare with labels.
    shared
        Its scores without labels in the features that the recipe begins with, by metric.
    seconds
        How long it took.
    reason
        Why it has no scores; None where it has.
    """

    title: str
    encoders: tuple[str, ...]
    clusterer: str
    clusters: Count = 0
    scores: tuple[ScoreRecord, ...] = ()
    shared: dict[str, float | None] = {}  # noqa: RUF012 - pydantic copies it
    seconds: float = 0.0
    reason: str | None = None


class Baselines(Record):
    """All of ``baselines.json``.

    Parameters
    ----------
    clusters
        How many clusters they were to have: those of the recipe's first clusterer.
    features
        The encoders that the recipe begins with, before the first that is trained.
    shared
        The scores of the recipe's own clusterers in these features, by clusterer and metric.
    baselines
        In their order.
    """

    clusters: Count
    features: tuple[str, ...]
    shared: dict[str, dict[str, float | None]]
    baselines: tuple[BaselineRecord, ...]
