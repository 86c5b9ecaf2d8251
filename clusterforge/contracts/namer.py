"""Namers: what is known of all clusters of a clustering in, a name for each out.

The smallest complete namer plugin::

    class Loudest(Namer[LoudestParams]):
        def names(self, evidence, context):
            return {
                cluster.cluster: Name(cluster.phrases[0].text, (cluster.phrases[0].text,))
                for cluster in evidence.clusters
                if cluster.phrases
            }
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

from clusterforge.contracts.columns import ColumnKind
from clusterforge.contracts.context import Context
from clusterforge.contracts.corpus import P
from clusterforge.contracts.details import DetailTable
from clusterforge.contracts.items import ItemKind


@dataclass(frozen=True)
class Phrase:
    """A word, or a phrase of up to three words, of a cluster of texts.

    Parameters
    ----------
    text
        The phrase.
    score
        Its class-based TF-IDF times the logarithm of its lift, as the report shows it.
    rows
        Rows of the cluster that hold it.
    """

    text: str
    score: float
    rows: int


@dataclass(frozen=True)
class Trait:
    """A column of a table in a cluster.

    Parameters
    ----------
    column
        Its name.
    mean, overall
        Its mean in the cluster and over all rows; of categories, the share of one value.
    z
        Their distance in standard deviations of all rows.
    value
        That value; None where the column has numbers or dates.
    kind
        What the column holds.
    """

    column: str
    mean: float
    overall: float
    z: float
    value: str | None = None
    kind: ColumnKind = "number"


@dataclass(frozen=True)
class Example:
    """A member of a cluster.

    Parameters
    ----------
    id
        The id of its row.
    text
        The text, on one line and cut; None where the rows are no texts.
    values
        Values of columns, None for a missing one; empty where the rows are no table.
    """

    id: str
    text: str | None = None
    values: Mapping[str, float | str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterEvidence:
    """What is known of one cluster. All texts come from the data: they are not to be trusted.

    Parameters
    ----------
    cluster, rows
        Its number, and its rows in the train split.
    phrases
        For texts: the phrases that tell it from the others, the strongest first.
    traits
        For tables: the columns that do, the strongest first.
    typical, borderline
        Members well within it, and next to another cluster.
    siblings
        Numbers of the clusters that a name has to tell it from: the children of the same parent, or
        the nearest ones, the nearest first.
    parent
        The name of the group in the next, coarser layer that it is part of, where there is one.
    name
        The name that a person or the clusterer gave it, which stays; None where it has none yet.
    """

    cluster: int
    rows: int
    phrases: tuple[Phrase, ...] = ()
    traits: tuple[Trait, ...] = ()
    typical: tuple[Example, ...] = ()
    borderline: tuple[Example, ...] = ()
    siblings: tuple[int, ...] = ()
    parent: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What names may rest on: all clusters of one clustering, or groups of a layer, the largest first.

    Parameters
    ----------
    content
        What the rows are.
    rows
        Rows of the train split, noise with them.
    clusters
        The clusters.
    """

    content: ItemKind
    rows: int
    clusters: tuple[ClusterEvidence, ...]

    @property
    def unnamed(self) -> tuple[ClusterEvidence, ...]:
        """The clusters that have no name yet."""
        return tuple(cluster for cluster in self.clusters if cluster.name is None)


@dataclass(frozen=True)
class Name:
    """The name of a cluster.

    Parameters
    ----------
    name
        One line. The core cuts it to 80 characters and takes control characters out.
    evidence
        What it rests on, the strongest first: phrases, columns, ids of members. Where two clusters
        would have one name, the core adds of these what only one of them has.
    """

    name: str
    evidence: tuple[str, ...] = ()


class Namer(ABC, Generic[P]):
    """Base of namer plugins. The constructor stores its parameters.

    One object names all that a run has, after one call of ``prepare``: for each clustering the groups of
    each layer, the coarsest layer first, then the clusters. Each ``names`` is followed by ``tables``,
    ``warnings`` and ``sent`` of that call.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    def prepare(self, evidence: Sequence[Evidence], context: Context) -> None:
        """Take notice of all that will be asked for: the place to add up what it costs, and to refuse.

        Parents of clusters may still lack their names.
        """

    @abstractmethod
    def names(self, evidence: Evidence, context: Context) -> Mapping[int, Name]:
        """Return the name of each cluster by its number.

        A cluster that is left out gets the name that the default namer gives it, else its number; one
        that has a name already keeps it.
        """

    def tables(self) -> Sequence[DetailTable]:
        """Return what the last names were made from; in the run folder and in the report."""
        return ()

    def warnings(self) -> Sequence[str]:
        """Return what went wrong with the last names, in lines.

        Names with a warning are not reused by later runs: those ask the namer again.
        """
        return ()

    def sent(self) -> int:
        """Return how many rows the last names sent to the host that the spec tells of.

        Rows count that were sent for a reply which is reused, too. Also asked after ``names`` has failed or
        was interrupted: what has left by then is recorded in the run folder.
        """
        return 0
