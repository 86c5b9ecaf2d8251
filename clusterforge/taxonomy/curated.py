"""A curation fitted on later rows: the clusterer below anew, then the edits, by rows that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clusterforge.contracts import (
    Clusterer,
    Context,
    IntArray,
    Points,
    Split,
    State,
    Table,
)
from clusterforge.params import DerivedParams

TRAIN = "train"
BASE, OWN = "base", "own"


class CuratedFit(Clusterer[DerivedParams]):
    """A clusterer of edits together with the one below, fitted on rows that the edits do not name.

    The clusterer below is fitted on the later rows alone. It labels the run's own rows as well, so that the
    edits find there the rows that stand for their clusters, and change both. Edits that read texts are not
    applied.

    Parameters
    ----------
    edited
        The clusterer of the edits, not fitted.
    base
        The one below, not fitted.
    own
        Rows of the run, with those that the edits name: their embedding and ids.
    """

    def __init__(self, edited: Clusterer[Any], base: Clusterer[Any], own: Points) -> None:
        super().__init__(edited.params)
        self.edited, self.base, self.own = edited, base, own
        (self.name,) = edited.params.of

    def fit(self, points: Points, context: Context) -> IntArray:
        """Fit the clusterer below on the rows, and apply the edits to it: int64 (n,)."""
        labels = self.base.fit(points, context)
        own = self.own
        assert own.rows is not None
        ids = [*own.rows.ids.tolist(), *(f"later/{i}" for i in range(len(points)))]
        embedding = np.concatenate([own.embedding, points.embedding])
        wide = None
        if own.wide is not None and points.wide is not None:
            wide = np.concatenate([own.wide, points.wide])
        both = Points(
            embedding,
            clusterings={self.name: np.concatenate([self.base.predict(own, context), labels])},
            rows=Split(TRAIN, Table(embedding), ids=np.array(ids)),
            wide=wide,
        )
        return self.edited.fit(both, context)[len(own) :]

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by the clusterer below, and change that as the edits have."""
        labels = {self.name: self.base.predict(points, context)}
        return self.edited.predict(replace(points, clusterings=labels, rows=None), context)

    def warnings(self) -> Sequence[str]:
        """Return the edits that could not be applied."""
        return self.edited.warnings()

    def state(self) -> State:
        """Return the states of both."""
        return self.base.state().within(BASE) | self.edited.state().within(OWN)

    def restore(self, state: State) -> None:
        """Take up the states of both."""
        self.base.restore(state.part(BASE))
        self.edited.restore(state.part(OWN))
