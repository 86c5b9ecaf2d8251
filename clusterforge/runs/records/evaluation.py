"""``evaluation.json``: the data themselves, clusters one by one, and how far a clustering stays."""

from __future__ import annotations

from pydantic import Field

from clusterforge.runs.records.base import Count, Record, Share

REAL = 0.025
"""Largest share of draws of noise at which a cluster is called real."""


class EvaluationSettings(Record):
    """How it was evaluated: level of the intervals, resamples, refits and their rows, draws of noise."""

    level: Share
    resamples: Count
    refits: Count
    rows: Count
    null_draws: Count
    seed: int


class ClassRows(Record):
    """The rows of a true class."""

    name: str
    rows: Count


class Lengths(Record):
    """The lengths of texts with a histogram; its last bin also holds the longest 1 %."""

    unit: str
    min: int
    median: float
    mean: float
    max: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Duplicates(Record):
    """Rows that copy an earlier row of the split (pairs of rows as examples), or a train row.

    Rows that do so exactly, or nearly and are no exact copies; ``what`` says what nearly means here.
    ``in_train`` is None of train.
    """

    rows: Count
    in_train: int | None
    examples: tuple[tuple[int, int], ...]
    what: str = ""


class NearEmpty(Record):
    """Rows with next to nothing in them; ``what`` says what that means here."""

    rows: Count
    what: str
    examples: tuple[int, ...]


class SplitContents(Record):
    """What a split holds; ``classes`` is None without labels, ``lengths`` but for texts.

    ``near_duplicates`` is None where there are more rows than are compared, and where chance alone brings
    rows as near; ``near_embedded`` are those that an embedding shows, None where none is looked at.
    """

    rows: Count
    classes: tuple[ClassRows, ...] | None
    unlabelled: Count
    lengths: Lengths | None
    duplicates: Duplicates
    near_duplicates: Duplicates | None = None
    near_embedded: Duplicates | None = None
    near_empty: NearEmpty


class ClusterEvaluation(Record):
    """One cluster: how dense, how far from the nearest other, how stable, which class.

    ``purity`` is the share of its labelled rows that are of ``majority``, its commonest class.
    """

    cluster: int
    rows: Count
    silhouette: float | None
    compactness: float
    separation: float | None
    nearest: int | None
    stability: float | None
    majority: str | None
    purity: float | None


class CoveragePoint(Record):
    """The accuracy of the surest rows."""

    coverage: float
    accuracy: Share


class CoverageCurve(Record):
    """Accuracy against coverage; ``by`` is what makes a row sure: membership or silhouette."""

    by: str
    points: tuple[CoveragePoint, ...]


class SplitEvaluation(Record):
    """A clustering of one split; ``silhouette_rows`` of its rows have a silhouette."""

    rows: Count
    noise: Count
    silhouette_rows: Count
    exact: bool
    clusters: tuple[ClusterEvaluation, ...]
    coverage_curve: CoverageCurve | None


class Agreement(Record):
    """The adjusted Rand index of each refit with the run."""

    ari: tuple[float, ...]
    mean: float
    sd: float


class UnstableRow(Record):
    """A train row that refits place elsewhere; ``stability`` is the share of those that agree."""

    row: int
    stability: Share


class Stability(Record):
    """Refits by other seeds and on resampled rows; ``moving`` rows leave their cluster in some."""

    rows: Count = 0
    seeds: Agreement | None = None
    bootstrap: Agreement | None = None
    reason: str | None = None
    moving: Count = 0
    unstable: tuple[UnstableRow, ...] = ()


class ClusterStrength(Record):
    """The prediction strength of one cluster."""

    cluster: int | None
    value: float


class PredictionStrength(Record):
    """Whether the rows of another split, clustered alone, fall apart in the same way."""

    value: float | None = None
    reason: str | None = None
    split: str | None = None
    rows: Count = 0
    clusters: tuple[ClusterStrength, ...] = ()


class ClusterChance(Record):
    """Whether a cluster could be an accident.

    ``q`` is the share of the clusters as deep as this one that noise would have, too; None where the test
    can't tell.
    """

    cluster: int
    q: Share | None

    @property
    def real(self) -> bool:
        """Whether noise has no such cluster."""
        return self.q is not None and self.q <= REAL


class ChanceTest(Record):
    """The clusters against those that the clusterer finds in noise without clusters.

    ``draws`` of each kind of noise were clustered, fewer than the recipe says where no cluster could be
    called real any more; ``rows`` is how many rows each has. ``reason`` is why there are none.
    """

    draws: Count = 0
    rows: Count = 0
    reason: str | None = None
    clusters: tuple[ClusterChance, ...] = ()

    @property
    def doubtful(self) -> tuple[int, ...]:
        """The clusters that may be chance."""
        return tuple(of.cluster for of in self.clusters if of.q is not None and not of.real)


class PolicyPoint(Record):
    """A clustering with some of its noise given back.

    ``threshold`` is the certainty from which on noise is given back, None where none is; ``accuracy`` is of
    the labelled rows in clusters, ``silhouette`` the mean of a sample of at most 5,000 rows.
    """

    coverage: Share
    threshold: float | None
    accuracy: Share | None
    silhouette: float | None


class NoisePolicy(Record):
    """What a policy that gives noise back to clusters costs, from no row to all that it can place.

    ``rows`` is on how many rows that was measured: a sample of 20,000 where there are more.
    """

    policy: str
    rows: Count
    points: tuple[PolicyPoint, ...]


class ClusteringEvaluation(Record):
    """The evaluation of one clustering; ``noise`` is of the split train, empty without noise."""

    noise: tuple[NoisePolicy, ...] = ()
    splits: dict[str, SplitEvaluation]
    stability: Stability
    prediction_strength: PredictionStrength
    chance: ChanceTest


class Evaluation(Record):
    """All of ``evaluation.json``."""

    settings: EvaluationSettings
    data: dict[str, SplitContents]
    clusterings: dict[str, ClusteringEvaluation] = Field(default_factory=dict)
