"""``explanations.json``: what each cluster is: members, words, mean images, features."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from clusterforge.contracts import DetailTable, IntArray, ItemKind, Name, regrouped
from clusterforge.contracts.columns import ColumnKind, ends
from clusterforge.formats import first_of
from clusterforge.runs.records.base import Count, Record, Share


class FeatureValue(Record):
    """A row's value in one column of a table, as its source has it; None where it is missing."""

    name: str
    value: float | str | None


class Member(Record):
    """A row that stands for its cluster; ``text``, ``image`` (PNG in base64) or ``values``.

    ``next`` is the cluster nearest to a borderline member.
    """

    split: str
    row: int
    id: str
    text: str | None = None
    image: str | None = None
    values: tuple[FeatureValue, ...] | None = None
    next: int | None = None


class Word(Record):
    """A word of a cluster, with its class-based TF-IDF and the rows that hold it."""

    word: str
    score: float
    rows: Count


class FeatureMean(Record):
    """A column's mean in a cluster and over all rows; z is their distance in standard deviations.

    Of a column of categories, the means are the shares of one ``value``. The texts are the means as a reader
    sees them: a date as a date, a share in percent.
    """

    name: str
    value: str | None = None
    mean: float
    overall: float
    mean_text: str
    overall_text: str
    z: float
    kind: ColumnKind = "number"

    @property
    def title(self) -> str:
        """The column, and its value."""
        return self.name if self.value is None else f"{self.name}: {self.value}"

    @property
    def direction(self) -> str:
        """Where the cluster lies: ``high age``, ``colour: red``, ``low colour: red``."""
        if self.value is not None and self.z > 0:
            return self.title
        low, high = ends(self.kind)
        return f"{high if self.z > 0 else low} {self.title}"

    @property
    def lift(self) -> float | None:
        """How many times the share of all rows that of the cluster is; None for numbers."""
        return self.mean / self.overall if self.value is not None and self.overall else None


class ClassShare(Record):
    """The rows of a true class in a cluster, and their share of its labelled rows."""

    name: str
    rows: Count
    share: Share


class ClusterExplanation(Record):
    """One cluster; what its content does not have is None.

    ``name`` is like no other's in the clustering; ``evidence`` is what a namer says that it rests on.
    Both come from data or plugins: show them as text. ``siblings`` are the nearest clusters.
    ``coherence`` is the mean NPMI of its words in the run's own texts, ``c_v`` their C_V.
    """

    cluster: int
    name: str
    evidence: tuple[str, ...] = ()
    siblings: tuple[int, ...] = ()
    coherence: float | None = None
    c_v: float | None = None
    rows: Count
    typical: tuple[Member, ...]
    borderline: tuple[Member, ...]
    words: tuple[Word, ...] | None
    mean_image: str | None
    features: tuple[FeatureMean, ...] | None
    classes: tuple[ClassShare, ...] | None

    @property
    def named(self) -> bool:
        """Whether its name says more than its number."""
        return self.name not in (f"cluster {self.cluster}", f"group {self.cluster}")

    @property
    def title(self) -> str:
        """Its number and its name; the name alone where that says no more than the number."""
        return f"{self.cluster} {self.name}" if self.named else self.name


class LayerExplanation(Record):
    """Groups of clusters: a cut of the tree over them.

    Parameters
    ----------
    members
        The clusters of each group, by its number.
    persistence
        How long the cut lasts: the logarithm of the ratio of the heights between which it lies.
    groups
        The groups, explained as if they were clusters, the largest first.
    parents
        For each group its group in the next, coarser layer; empty for the coarsest.
    """

    members: tuple[tuple[int, ...], ...]
    persistence: float
    groups: tuple[ClusterExplanation, ...]
    parents: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What the layer is called after that of its clustering: ``/10``."""
        return f"/{len(self.members)}"

    @cached_property
    def of_cluster(self) -> dict[int, int]:
        """The group of each cluster."""
        return {cluster: i for i, members in enumerate(self.members) for cluster in members}

    def grouped(self, labels: IntArray) -> IntArray:
        """Return the group of each row, int64 (n,), by its cluster; what is below 0 stays."""
        return regrouped(labels, self.of_cluster)

    @property
    def names(self) -> dict[int, str]:
        """The name of each group; names come from data: show them as text."""
        return {group.cluster: group.name for group in self.groups}


class ClusterValues(Record):
    """What most rows of a cluster have of a column, as a reader sees it: ``1.5 to 1.9``."""

    cluster: int
    values: str


_REMEDIES: dict[ItemKind, str] = {
    "table": 'see that its values are right, or try scaling = "quantile" of the encoder table',
    "text": "see that the rows are whole texts, and take out of them what is none",
    "image": "see that the images were taken and stored alike, and bring them to one light, margin and size",
}


class ToldApart(Record):
    """What alone tells the clusters apart: a column, or how texts are written or images taken.

    ``share`` is that of the rows outside the largest cluster whose cluster can be told by it;
    ``content`` is what the rows are.
    """

    name: str
    share: Share
    clusters: tuple[ClusterValues, ...]
    content: ItemKind = "table"

    def of(self, clusterer: str) -> str:
        """Say it of a clusterer, with what some of the clusters have of it."""
        listed = first_of([f"{of.values} in {of.cluster}" for of in self.clusters], 3)
        return (
            f"{clusterer} tells its clusters apart by {self.name!r:.60} alone ({listed}): where they should "
            f"rest on more, {_REMEDIES[self.content]}."
        )


class ClusteringExplanation(Record):
    """The clusters of a clustering, the largest first.

    ``by`` is what makes a member typical; None where there is no cluster. ``diversity`` is the share of
    the clusters' first ten words that differ. ``distinctness`` is 1 less the share of words that a name has
    in common with the one that is most like it, on average; None where fewer than two have a name.
    ``layers`` go from fine to coarse. ``told_apart`` is what alone tells the clusters apart; None where
    nothing does.
    """

    by: str | None
    clusters: tuple[ClusterExplanation, ...]
    diversity: float | None = None
    layers: tuple[LayerExplanation, ...] = ()
    distinctness: float | None = None
    told_apart: ToldApart | None = None

    @property
    def coherence(self) -> float | None:
        """Mean NPMI of the words over the clusters that have it; None where none has."""
        return _mean([cluster.coherence for cluster in self.clusters])

    @property
    def c_v(self) -> float | None:
        """Mean C_V of the words over the clusters that have it; None where none has."""
        return _mean([cluster.c_v for cluster in self.clusters])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


class Reconstruction(Record):
    """An image and what the decoder makes of it (PNG in base64), with the mean squared error."""

    stage: str
    split: str
    original: str
    reconstruction: str
    error: float


class Explanations(Record):
    """All of ``explanations.json``; the members are of ``split``.

    ``words_rows`` and ``rows`` count the rows that words and all else come from: of many a sample.
    """

    content: str
    split: str
    words_rows: Count | None
    rows: Count | None = None
    clusterings: dict[str, ClusteringExplanation]
    reconstructions: tuple[Reconstruction, ...]


class ClusterName(Record):
    """What a namer calls a cluster, and what that rests on."""

    cluster: int
    name: str
    evidence: tuple[str, ...]


class NamedLevel(Record):
    """The names of the clusters of one level before they are made distinct, and what the namer says of them.

    ``tables`` show what they were made from; ``sent`` is how many rows were sent to another host.
    """

    names: tuple[ClusterName, ...]
    tables: tuple[DetailTable, ...] = ()
    warnings: tuple[str, ...] = ()
    sent: Count = 0

    def by_cluster(self) -> dict[int, Name]:
        """Return the names by cluster."""
        return {name.cluster: Name(name.name, name.evidence) for name in self.names}


class ClusterNames(Record):
    """What the stage of a namer leaves, by clusterer (``kmeans``) and layer (``kmeans/10``)."""

    levels: dict[str, NamedLevel]

    @property
    def warnings(self) -> list[str]:
        """What went wrong."""
        return [text for level in self.levels.values() for text in level.warnings]
