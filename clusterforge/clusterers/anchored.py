"""What built-in clusterers share: details and warnings of a fit, rows kept as anchors, numbering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from clusterforge.contracts import Clusterer, Context, Details, Points, State
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.params import Params

P = TypeVar("P", bound=Params)

REFERENCE_ROWS = 20_000


class Described(Clusterer[P]):
    """A clusterer whose fit leaves details and warnings."""

    _details: Details = Details()
    _warnings: Sequence[str] = ()

    def details(self) -> Details:
        """Return what was chosen, how, and what else the fit is worth."""
        return self._details

    def warnings(self) -> Sequence[str]:
        """Return what the user should know of the fit, one line each."""
        return self._warnings


class Anchored(Described[P]):
    """A clusterer whose state is anchors float32 (m, d), and their labels int64 (m,)."""

    anchors: FloatArray
    labels: IntArray

    def completed(
        self, points: Points, context: Context, picked: IntArray, labels: IntArray
    ) -> IntArray:
        """Return the labels of all rows, where those of the picked ones are known: int64 (n,)."""
        if len(picked) == len(points):
            return labels
        everything = self.predict(points, context)
        everything[picked] = labels
        return everything

    def state(self) -> State:
        """Return the anchors and their labels."""
        return State({"anchors": self.anchors, "labels": self.labels})

    def restore(self, state: State) -> None:
        """Take up anchors and labels."""
        self.anchors = np.asarray(state.arrays["anchors"], dtype=np.float32)
        self.labels = np.asarray(state.arrays["labels"], dtype=np.int64)


def numbered(labels: IntArray) -> IntArray:
    """Return labels int64 (n,) numbered by the first member of each cluster."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def drawn(n: int, sample: int | None, seed: int) -> IntArray:
    """Return sorted numbers of ``sample`` of ``n`` rows, drawn at random; all where it is None."""
    if sample is None or sample >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, sample, replace=False)).astype(np.int64)


def reference(labels: IntArray, seed: int, limit: int = REFERENCE_ROWS) -> IntArray:
    """Return sorted row numbers that stand for a clustering int64 (n,): all, or a bounded sample.

    Each cluster keeps its first member.
    """
    if len(labels) <= limit:
        return np.arange(len(labels))
    first = np.unique(labels, return_index=True)[1]
    return np.union1d(first, drawn(len(labels), max(limit - len(first), 0), seed))
