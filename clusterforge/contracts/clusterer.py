"""Clusterers: an embedding in, a label for each row out.

The smallest complete clusterer plugin::

    class Halves(Clusterer[HalvesParams]):
        def fit(self, points, context):
            self.cut = float(np.median(points.embedding[:, 0]))
            return self.predict(points, context)

        def predict(self, points, context):
            return (points.embedding[:, 0] > self.cut).astype(np.int64)

        def state(self):
            return State(meta={"cut": self.cut})

        def restore(self, state):
            self.cut = state.meta["cut"]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

import numpy as np
import numpy.typing as npt

from clusterforge.contracts.context import Context, State
from clusterforge.contracts.corpus import P, Split
from clusterforge.contracts.details import Details
from clusterforge.contracts.items import Items, SomeItems
from clusterforge.contracts.trees import RowTree
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Points:
    """The rows to cluster.

    Parameters
    ----------
    embedding
        float32 (n, d), finite.
    soft
        The encoder's own soft assignment, float32 (n, k), where it has one.
    clusterings
        Other clusterings of these rows by the ids of their clusterers, int64 (n,) each: those that a
        clusterer with ``DerivedParams`` names in ``of``.
    memberships
        How far the rows belong to those other clusters, float32 (n, k), where their clusterers know it.
    trees
        The trees over those other clusters, with the leaf of each row; for new rows there are none.
    rows
        Ids and items of the rows, without labels; None where rows are new and have no ids, and for a
        clusterer whose spec does not say ``reads_rows``.
    items
        The rows themselves, new ones too; None for a clusterer whose spec does not say ``reads_rows``.
    wide
        An earlier embedding of the rows, float32 (n, e), in which the distances of far rows mean something,
        where the encoders end with one that keeps neighbours alone; else None.
    """

    embedding: FloatArray
    soft: FloatArray | None = None
    clusterings: Mapping[str, IntArray] = field(default_factory=dict)
    memberships: Mapping[str, FloatArray] = field(default_factory=dict)
    trees: Mapping[str, RowTree] = field(default_factory=dict)
    rows: Split | None = None
    wide: FloatArray | None = None
    items: Items | None = None

    def __len__(self) -> int:
        return len(self.embedding)

    @property
    def space(self) -> FloatArray:
        """The embedding in which distances mean something: ``wide``, or ``embedding``."""
        return self.embedding if self.wide is None else self.wide

    def some(self, rows: IntArray | npt.NDArray[np.bool_]) -> Points:
        """Return some rows: their numbers, or a mask."""
        return Points(
            self.embedding[rows],
            None if self.soft is None else self.soft[rows],
            {name: labels[rows] for name, labels in self.clusterings.items()},
            {name: shares[rows] for name, shares in self.memberships.items()},
            {name: tree.some(rows) for name, tree in self.trees.items()},
            None if self.rows is None else self.rows.some(np.arange(len(self))[rows]),
            None if self.wide is None else self.wide[rows],
            None if self.items is None else SomeItems(self.items, np.arange(len(self))[rows]),
        )


class Clusterer(ABC, Generic[P]):
    """Base of clusterer plugins. The constructor stores its parameters; ``fit`` does the work.

    Labels are int64 (n,): 0, 1, … for clusters and -1 for noise. ``fit`` leaves no number out, and
    ``predict`` gives no other cluster; only where the spec says ``needs_head`` may a cluster be
    without rows, since its number is then that of a column of the assignment.

    One that can't label new rows (``predicts="none"``) writes ``fit`` alone; any other ``predict``, ``state``
    and ``restore`` as well (with ``needs_head``, ``predict``).

    Raises
    ------
    InputError
        From ``fit``, where the parameters don't go with the data (more clusters than rows);
        ``key`` names the parameter.
    """

    def __init__(self, params: P) -> None:
        self.params = params

    @abstractmethod
    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the train split and return its labels."""

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows that were not seen, by the rule that the spec states."""
        raise NotImplementedError(f"{type(self).__name__} can't label new rows")

    def membership(self, points: Points, context: Context) -> FloatArray | None:
        """Return how far each row belongs to each cluster: float32 (n, k); or None.

        Column j is cluster j. Values lie in [0, 1] and a row sums to 1 or less; what is missing
        to 1 is noise. The core asks after ``fit``, for the train split, and after ``predict``.
        """
        return None

    def outlier_scores(self, points: Points, context: Context) -> FloatArray | None:
        """Return how far each row is an outlier: float32 (n,) in [0, 1], 1 the most; or None."""
        return None

    def leaves(self, points: Points, context: Context) -> IntArray | None:
        """Return the leaf of the details' tree that each row is in: int64 (n,), -1 for none; or None.

        None: the leaves of the tree are the clusters. The core asks after ``fit``, for the train split.
        """
        return None

    def cut(
        self,
        points: Points,
        context: Context,
        *,
        n_clusters: int | None = None,
        height: float | None = None,
    ) -> IntArray:
        """Cut the tree of the fit elsewhere: its rows get new labels, and ``predict`` follows.

        The core asks for more clusters than the fit has; coarser cuts follow from the details' tree.

        Parameters
        ----------
        points, context
            As in ``fit``.
        n_clusters, height
            How many clusters to leave, or up to which height merges count; one of the two.

        Returns
        -------
        int64 (n,)

        Raises
        ------
        InputError
            Where there is no tree, or no such cut.
        """
        raise InputError(f"{type(self).__name__} can't divide its clusters further")

    def details(self) -> Details:
        """Return what the fit is worth telling: a choice with its curves, a tree, single values.

        The core asks once, after ``fit``, and stores it: a state needs no copy.
        """
        return Details()

    def warnings(self) -> Sequence[str]:
        """Return what the user should know of the fit, one line each."""
        return ()

    def others(self) -> Sequence[str]:
        """Return the clusterers that a fit makes by ``Context.clusterer``: the key has their code."""
        return ()

    def state(self) -> State:
        """Return what ``restore`` and then ``predict`` need; nothing where the spec says ``none``."""
        return State()

    def restore(self, state: State) -> None:
        """Take up the state of a clusterer fitted with the same parameters."""
