"""What a taxonomy keeps: its clusters for good, and each generation with what became of them."""

from __future__ import annotations

from typing import Literal

from clusterforge.runs.records import ClusterExplanation, Record
from clusterforge.runs.records.base import Count, Share

Kind = Literal["new", "returned", "gone", "split", "merged", "moved", "grown", "shrunk", "same"]
KINDS: tuple[Kind, ...] = (
    *("new", "returned", "gone", "split", "merged"),
    *("moved", "grown", "shrunk", "same"),
)
How = Literal["run", "period", "predict", "refit"]
FORMAT: Literal[1] = 1
LEVEL = 0.05  # at or below which a p-value is a change


class Cluster(Record):
    """A cluster with an id that is never given to another.

    Parameters
    ----------
    name
        Its name, None for one without: it is called by its id.
    born
        The number of its first generation.
    gone
        The number of the first generation that it is no longer in; None while it lives.
    origin
        The cluster that it split from, None for any other.
    into
        The cluster that a person has merged it into, None for any other.
    """

    id: Count
    name: str | None
    born: Count
    gone: Count | None = None
    origin: Count | None = None
    into: Count | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or f"cluster {self.id}"


class Change(Record):
    """What became of one cluster, and how probable so much change is in a week without any.

    Parameters
    ----------
    kind
        What happened, ``same`` where no p-value is at or below the level.
    p
        That of what happened; of ``same``, the least. None without a generation before.
    share_p, moved_p
        Of the cluster's share among those that stay, and of the place of its rows; None where not tested.
    rows_before, share_before
        Its size in the generation before.
    others
        The parts that a cluster split into, or the clusters that were merged into it; of one that was
        merged into another, that one.
    """

    id: Count
    kind: Kind
    p: Share | None
    share_p: Share | None = None
    moved_p: Share | None = None
    rows_before: Count
    rows: Count
    share_before: Share
    share: Share
    others: tuple[Count, ...] = ()


class Anchor(Record):
    """What labels new rows: a fitted clusterer, and the ids of its clusters.

    Parameters
    ----------
    generation
        The one whose clusterer it is; 0 is the run's own.
    ids
        For each of its clusters the ids that its rows may have; among several the nearest decides.
    extra
        Ids that it does not know, of clusters that came later: a row goes to one that is nearer than its own.
    """

    generation: Count
    ids: dict[int, tuple[int, ...]]
    extra: tuple[int, ...] = ()


class Generation(Record):
    """One dated clustering of a taxonomy: all of ``generation.json``.

    Parameters
    ----------
    label
        What the generation is called: a file's name, a period.
    how
        ``run``: the run itself; ``period``: a period of its rows; ``predict`` and ``refit``.
    fingerprint
        The sha256 of its rows' content and ids.
    noise
        Rows in no cluster.
    tested
        Rows of the generation before, and of this, that the tests are of: a sample of many.
    changes
        Of every cluster of this generation and the one before, the most telling first.
    clusters
        What each cluster is, by id.
    """

    format: Literal[1] = FORMAT
    number: Count
    label: str
    created: str
    source: str
    how: How
    rows: Count
    fingerprint: str
    noise: Count
    tested: tuple[Count, Count] | None
    level: Share
    anchor: Anchor
    changes: tuple[Change, ...]
    clusters: dict[int, ClusterExplanation]
    notes: tuple[str, ...] = ()

    def changed(self) -> tuple[Change, ...]:
        """Return what is not the same."""
        return tuple(change for change in self.changes if change.kind != "same")


class GenerationFile(Record):
    """Where a generation lies: its folder below ``generations``, and the sha256 of each of its files."""

    folder: str
    files: dict[str, str]


class Taxonomy(Record):
    """All of ``taxonomy.json``: what is not named here is not part of the taxonomy.

    Parameters
    ----------
    run, run_id
        The folder of the run that encodes new rows, seen from the taxonomy's, and its id.
    clusterer
        The clustering of the run that the taxonomy goes on with.
    clusters
        Every cluster that there ever was, by id.
    """

    format: Literal[1] = FORMAT
    name: str
    run: str
    run_id: str
    clusterer: str
    clusters: tuple[Cluster, ...]
    generations: tuple[GenerationFile, ...]

    def cluster(self, id: int) -> Cluster:
        """Return a cluster by its id."""
        return self.clusters[id]

    @property
    def alive(self) -> tuple[int, ...]:
        """The ids of the clusters that are not gone."""
        return tuple(cluster.id for cluster in self.clusters if cluster.gone is None)

    def lasting(self, id: int) -> int:
        """Return the cluster that one was merged into by hand, at last; else itself."""
        into = self.clusters[id].into
        return id if into is None else self.lasting(into)
