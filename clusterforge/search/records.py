"""The records of a sweep folder: the sweep, and one line of its journal for each trial."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from clusterforge.contracts import Noise
from clusterforge.runs.records import HEADLINE, ScoreRecord, StageRecord
from clusterforge.runs.records.base import Count, Record, Share
from clusterforge.runs.records.metrics import MetricRecord


class ObjectiveValue(Record):
    """How good a trial is by one objective; None where that is not defined, with the reason."""

    value: float | None
    reason: str | None = None


class ObjectiveRecord(Record):
    """An objective of a sweep.

    Parameters
    ----------
    name, title
        As the recipe says it, and as a reader sees it.
    direction
        Which way is better.
    labels
        Whether it compares with true labels.
    chooses
        Whether the best trial is best by it; the others are for the record.
    about
        What it measures, in a sentence.
    comparative
        Whether it compares the trials with one another, and so has values only when all have ended.
    """

    name: str
    title: str
    direction: Literal["higher", "lower"]
    labels: bool
    chooses: bool
    about: str
    comparative: bool = False

    def better(self, value: float, other: float) -> bool:
        """Tell whether a value is better than another."""
        return value > other if self.direction == "higher" else value < other


class AxisRecord(Record):
    """A key that varies: the ``values`` that it takes, or the range that they are of."""

    key: str
    values: tuple[JsonValue, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False


class TrialRecord(Record):
    """One trial, a line of ``trials.jsonl``.

    Parameters
    ----------
    number
        From 0, in the order in which the sweep has chosen them.
    rung
        Of ``halving``: how often the budget has grown.
    values
        What it sets, by key.
    state, problem
        Whether it gave results, and why not.
    objectives
        By name; of the clusterer that is judged.
    degenerate
        Why no objective without labels judges it, or None.
    scores
        The scores of every clusterer and split, by every treatment of noise where there is any.
    data
        Key of the content that it clustered.
    clusterer, clusters, noise
        The one that is judged, and what it gave on the train split.
    details
        What that clusterer says of its fit in numbers: ``inertia``.
    stages, seconds, work, saved
        What was computed and what was there already; how long the trial took, how much of that was its
        stages and objectives, and what the stages that were there had taken.
    attempts
        How often it was begun: more than once where its worker had died.
    """

    number: Count
    rung: Count = 0
    values: dict[str, JsonValue]
    state: Literal["complete", "failed"]
    problem: str | None = None
    objectives: dict[str, ObjectiveValue] = Field(default_factory=dict)
    degenerate: str | None = None
    scores: tuple[ScoreRecord, ...] = ()
    data: str | None = None
    clusterer: str | None = None
    clusters: Count | None = None
    noise: Share | None = None
    details: dict[str, float] = Field(default_factory=dict)
    stages: tuple[StageRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float
    work: float = 0.0
    saved: float = 0.0
    attempts: Count = 1

    def score(
        self,
        metric: str,
        split: str = "train",
        noise: Noise = HEADLINE,
        clusterer: str | None = None,
    ) -> float | None:
        """Return a score, by default of the clusterer that is judged; None where there is none.

        Without noise all treatments of it are one.
        """
        place = (clusterer or self.clusterer, metric, split)
        scores = {
            score.noise: score.value
            for score in self.scores
            if (score.clusterer, score.metric, score.split) == place
        }
        return scores.get(noise, scores.get(HEADLINE))


class AgainstLabels(Record):
    """How an objective goes with a metric that compares with true labels: for the record.

    Parameters
    ----------
    objective, metric
        Which.
    trials
        Those that have both.
    correlation
        Spearman's, 1 where the better by the objective is always the better by the metric; None where
        one of them is constant.
    choice
        The metric of the trial that is best by the objective.
    best
        That of the trial that is best by the metric.
    regret
        How far the one is from the other, 0 or more.
    """

    objective: str
    metric: str
    trials: Count
    correlation: float | None
    choice: float
    best: float
    regret: float


class SweepRecord(Record):
    """All of ``sweep.json``; times in ISO 8601 (UTC).

    Parameters
    ----------
    method, trials, size
        How trials were chosen, how many were to be, and the combinations that there are, if a number.
    objectives, metrics, axes
        What trials are compared by, and what varies.
    clusterer
        The one that is judged.
    engine, workers
        Where the trials ran.
    seconds, saved
        Of the whole sweep, and what stages that were there already had taken.
    best, front
        The best trial by the first objective that chooses, and those that none beats in all of them.
    labelled
        Whether the data have true labels.
    against_labels
        How each objective goes with each metric that compares with them.
    overhead
        Seconds for each trial that are not the trial's own work.
    """

    clusterforge: str
    id: str
    name: str
    description: str
    method: Literal["grid", "random", "tpe", "halving"]
    trials: Count
    size: int | None
    objectives: tuple[ObjectiveRecord, ...]
    metrics: dict[str, MetricRecord]
    axes: tuple[AxisRecord, ...]
    clusterer: str
    engine: str
    workers: Count
    started: str
    finished: str
    seconds: float
    saved: float
    overhead: float
    best: Count
    front: tuple[int, ...]
    rows: Count
    labelled: bool
    against_labels: tuple[AgainstLabels, ...] = ()
    warnings: tuple[str, ...] = ()
