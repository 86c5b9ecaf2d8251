"""What a comparison finds: frozen records, which are its JSON, its page and its terminal view.

Clusterings are called by their labels (``A``, ``B dbscan``), which are unique within a panel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, stdev
from typing import Literal

from pydantic import ConfigDict

from clusterforge.contracts import Noise
from clusterforge.formats import number
from clusterforge.runs.records import MetricRecord, Record, ScoreRecord

Where = Literal["recipe", "data", "versions"]
Kind = Literal["kept", "split", "merged", "noise", "new", "into", "scattered"]


class RunSummary(Record):
    """A run; ``run`` is its folder as the user wrote it, ``letter`` what the comparison calls it."""

    letter: str
    run: str
    name: str
    seed: int
    started: str
    labels_in_training: bool
    clusterers: tuple[str, ...]


class Repetition(Record):
    """Runs of one recipe on the same rows that differ in the seed alone, by letter."""

    runs: tuple[str, ...]
    seeds: tuple[int, ...]


class Change(Record):
    """A key whose value is not the same in all runs; ``values`` are in the order of the runs."""

    where: Where
    key: str
    values: tuple[str, ...]


class Reservation(Record):
    """Why a difference of two scores means little, or nothing (``void``)."""

    code: str
    text: str
    void: bool = False


class Difference(Record):
    """How a clustering differs from another in one score.

    Parameters
    ----------
    value
        Second minus first; None where one is undefined.
    low, high
        Its 95 % interval over rows resampled once for both; None without one.
    apart
        Whether the rows tell the two apart; None where that is unknown or means nothing.
    test
        What ``apart`` rests on: ``paired`` (the interval of the difference leaves out 0),
        ``intervals`` (those of the two scores don't overlap), or None.
    """

    first: str
    second: str
    value: float | None
    low: float | None = None
    high: float | None = None
    apart: bool | None = None
    test: Literal["paired", "intervals"] | None = None
    reservations: tuple[Reservation, ...] = ()

    @property
    def void(self) -> bool:
        """Whether the difference means nothing."""
        return any(reservation.void for reservation in self.reservations)


class Spread(Record):
    """A score over the seeds of one recipe: mean and standard deviation (n - 1)."""

    clusterings: tuple[str, ...]
    mean: float
    sd: float

    @classmethod
    def of(cls, clusterings: Iterable[str], values: Sequence[float]) -> Spread:
        """Return the spread of some values over clusterings."""
        return cls(clusterings=tuple(clusterings), mean=mean(values), sd=stdev(values))


class Contrast(Record):
    """Two recipes over several seeds each; ``apart`` where the ranges mean ± sd don't meet."""

    first: Spread
    second: Spread
    apart: bool


class ScoreLine(Record):
    """One metric on one split, with one treatment of noise, of all clusterings of a panel.

    ``scores`` are in the order of the clusterings, None where one has no such score.
    """

    split: str
    metric: str
    noise: Noise
    about: MetricRecord
    scores: tuple[ScoreRecord | None, ...]
    differences: tuple[Difference, ...]
    spreads: tuple[Spread, ...]
    contrasts: tuple[Contrast, ...]

    def difference(self, label: str) -> Difference | None:
        """Return how a clustering differs from the first one of the panel."""
        return next((one for one in self.differences if one.second == label), None)


class SharedSplit(Record):
    """How the rows of one split were matched.

    Parameters
    ----------
    first, second
        The rows that each run has; None where it lacks the split.
    shared
        The rows that both have.
    by
        ``content`` where all rows are the same by their fingerprint, else ``id``; None without any.
    reason
        Why there are none.
    """

    first: int | None
    second: int | None
    shared: int
    by: Literal["content", "id"] | None = None
    reason: str | None = None

    @property
    def whole(self) -> bool:
        """Whether both runs hold the very same rows in this split."""
        return self.first == self.second == self.shared


class Cluster(Record):
    """A cluster (-1 is noise), its name, its shared rows, and its colour on the page.

    ``purity`` is the share of its labelled rows that are of ``majority``, their commonest class.
    """

    cluster: int
    about: str
    rows: int
    majority: str | None
    purity: float | None
    colour: str

    @property
    def name(self) -> str:
        """Its number, or ``noise``."""
        return cluster_name(self.cluster)


class Event(Record):
    """What became of some clusters of the first clustering in the second, also in a sentence."""

    kind: Kind
    first: tuple[int, ...]
    second: tuple[int, ...]
    text: str


class Flow(Record):
    """The rows that are in one cluster before and in the other after."""

    before: int
    after: int
    rows: int


class MovedRow(Record):
    """A row that moved, with its text (cut) or thumbnail (PNG in base64).

    ``outcome`` says what the move made of it by its label; None without one.
    """

    split: str
    row: int
    id: str
    text: str | None
    image: str | None
    before: int
    after: int
    label: str | None
    outcome: str | None


class Moved(Record):
    """The rows that are not in the cluster that theirs is matched to.

    Parameters
    ----------
    rows, splits, outcomes
        How many: in all, by split, and by what the move made of them by their labels.
    examples
        A few from each of the largest flows: first those that a label calls right or wrong, then
        those that lie well within their clusters.
    """

    rows: int
    splits: dict[str, int]
    outcomes: dict[str, int]
    examples: tuple[MovedRow, ...]


class Alignment(Record):
    """Two clusterings of the same rows.

    Parameters
    ----------
    rows, stayed
        The rows that both label, and those of them in the cluster that theirs is matched to.
    ari, nmi
        Agreement, noise counted as one cluster.
    ari_without_noise
        Of the rows that are noise in neither; None where there is no noise, or nothing else.
    before, after
        The clusters of both, by number, noise first; ``matched`` leads from one to the other, one to
        one, so that most rows agree (Hungarian method).
    flows
        How many rows go from where to where, most first.
    """

    rows: int
    stayed: int
    ari: float
    nmi: float
    ari_without_noise: float | None
    before: tuple[Cluster, ...]
    after: tuple[Cluster, ...]
    matched: dict[int, int]
    events: tuple[Event, ...]
    flows: tuple[Flow, ...]
    moved: Moved

    def counts(self) -> dict[tuple[int, int], int]:
        """Return the rows that a cluster before and one after share, where there are any."""
        return {(flow.before, flow.after): flow.rows for flow in self.flows}

    def colours(self) -> tuple[dict[int, str], dict[int, str]]:
        """Return the colour of each cluster, by number, before and after."""
        before, after = (
            {cluster.cluster: cluster.colour for cluster in side}
            for side in (self.before, self.after)
        )
        return before, after

    def names(self) -> dict[int, str]:
        """Return the name of each cluster after, by number; empty where it has none."""
        return {cluster.cluster: cluster.about for cluster in self.after}

    def diagonal(self) -> list[Cluster]:
        """Return the clusters of the second so that matched ones stand on a diagonal.

        The others follow where most of their rows come from; noise is last.
        """
        place = {cluster.cluster: i for i, cluster in enumerate(self.before)}
        middle = {cluster.cluster: 0.0 for cluster in self.after}
        rows = {cluster.cluster: cluster.rows for cluster in self.after}
        for flow in self.flows:
            middle[flow.after] += place[flow.before] * flow.rows / rows[flow.after]
        middle |= {after: float(place[before]) for before, after in self.matched.items()}
        return sorted(self.after, key=lambda c: (c.cluster < 0, middle[c.cluster], c.cluster))


class Pair(Record):
    """Two clusterings of a panel, aligned; without shared clusters ``reason`` says why not."""

    first: str
    second: str
    splits: dict[str, SharedSplit]
    alignment: Alignment | None
    reason: str | None


class Agreement(Record):
    """The adjusted Rand index of two clusterings on the rows both hold; None without any."""

    first: str
    second: str
    ari: float | None


class Quality(Record):
    """What a clustering is worth without labels; what is not known is None.

    Parameters
    ----------
    tested, real
        Clusters that were compared with those of noise, and those of them that noise has not.
    coherence, c_v
        Mean NPMI and C_V of the clusters' words.
    diversity
        Share of their words that differ.
    distinctness
        How far their names differ.
    """

    tested: int
    real: int
    coherence: float | None
    c_v: float | None
    diversity: float | None
    distinctness: float | None


class ClusteringSummary(Record):
    """A clustering of a panel: the letter of its run, its clusterer, and its quality without labels."""

    label: str
    run: str
    clusterer: str
    n_clusters: int
    quality: Quality


class Panel(Record):
    """Clusterings set side by side; the first is what the others are compared with.

    Parameters
    ----------
    title
        What they have in common: the id of the clusterer, or None.
    agreement
        Between any two of them; empty for two.
    agreement_spread
        Mean and standard deviation of it; None where two have no rows in common.
    """

    title: str | None
    clusterings: tuple[ClusteringSummary, ...]
    lines: tuple[ScoreLine, ...]
    pairs: tuple[Pair, ...]
    agreement: tuple[Agreement, ...]
    agreement_spread: Spread | None

    @property
    def labels(self) -> list[str]:
        """What the clusterings are called."""
        return [clustering.label for clustering in self.clusterings]

    @property
    def same(self) -> bool:
        """Whether the clusterings have the same clusters and the same scores."""
        still = (pair.alignment and not pair.alignment.moved.rows for pair in self.pairs)
        values = ({score and score.value for score in line.scores} for line in self.lines)
        return all(still) and all(len(of_line) == 1 for of_line in values)

    def qualities(self) -> dict[str, list[str]]:
        """Return the rows of a table of quality without labels: what it is, then a value per clustering."""
        of = [clustering.quality for clustering in self.clusterings]
        values = {
            "real clusters": [f"{q.real} of {q.tested}" if q.tested else "" for q in of],
            "coherence (NPMI)": [_written(q.coherence) for q in of],
            "coherence (C_V)": [_written(q.c_v) for q in of],
            "diversity of words": [_written(q.diversity) for q in of],
            "distinctness of names": [_written(q.distinctness) for q in of],
        }
        return {name: texts for name, texts in values.items() if any(texts)}

    def tables(self) -> dict[str, list[ScoreLine]]:
        """Return the lines that tables show, by split; single rows of noise are for ``--json``."""
        return {
            split: [n for n in self.lines if n.split == split and n.noise != "singletons"]
            for split in dict.fromkeys(line.split for line in self.lines)
        }

    def footnotes(self) -> dict[Reservation, str]:
        """Return the letter of each reservation about the lines that tables show."""
        every = dict.fromkeys(
            reservation
            for lines in self.tables().values()
            for line in lines
            for difference in line.differences
            for reservation in difference.reservations
        )
        return {r: chr(ord("a") + i) if i < 26 else f"n{i}" for i, r in enumerate(every)}


class Findings(Record):
    """All of a comparison."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    runs: tuple[RunSummary, ...]
    """What is compared."""
    repetitions: tuple[Repetition, ...]
    """Runs of one recipe that differ in the seed alone."""
    notes: tuple[str, ...]
    """What to know before all else."""
    changes: tuple[Change, ...]
    """What is not the same in all runs, of recipe, data and versions."""
    panels: tuple[Panel, ...]
    """What is set side by side: scores, clusters and rows."""


def _written(value: float | None) -> str:
    return "" if value is None else number(value)


def cluster_name(cluster: int) -> str:
    """Return the number of a cluster, or ``noise``."""
    return "noise" if cluster < 0 else str(cluster)


def listed(names: list[str]) -> str:
    """Return names as a sentence has them: ``A, B and C``."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
