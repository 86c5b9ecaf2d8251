"""A real clusterer with layers: the cuts of a single-linkage tree that last longest."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from clusterforge.contracts import (
    Clusterer,
    Context,
    Curve,
    Details,
    IntArray,
    Mark,
    Points,
    State,
    checked_rows,
)
from clusterforge.params import Field, Params
from clusterforge.specs import ClustererSpec


class LastingParams(Params):
    layers: int = Field(2, ge=1, le=10, description="Cuts taken.")
    k_max: int = Field(12, ge=2, le=100, description="Most clusters of a layer.")


class Lasting(Clusterer[LastingParams]):
    """Of the cuts of a single-linkage tree into 2 to ``k_max`` clusters, those over the longest range.

    A range is measured by the ratio of the heights of the merges below and above it (persistence, as
    the barcode of PLSCAN and EVoC has it). New rows go with the nearest fitted row.
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        rows = checked_rows(points.embedding, least=3)
        tree = linkage(rows.astype(np.float64), "single")
        ks = np.arange(2, min(self.params.k_max, len(rows) - 1) + 1)
        lasts = np.log(tree[-ks + 1, 2] / np.maximum(tree[-ks, 2], 1e-12))
        best = np.sort(ks[np.argsort(-lasts, kind="stable")][: self.params.layers])[::-1]
        self.rows = rows
        self.each = np.stack(
            [_numbered(fcluster(tree, k, "maxclust")) for k in best]
        )  # (layers, n)
        marks = tuple(Mark(float(k), f"layer of {k}") for k in best)
        self._persistence = Curve(
            "persistence",
            "How long a cut lasts",
            "clusters",
            "log ratio of heights",
            tuple(map(float, ks)),
            tuple(map(float, lasts)),
            better="higher",
            marks=marks,
        )
        return self.each[-1].copy()

    def predict(self, points: Points, context: Context) -> IntArray:
        return self.layers(points, context)[-1]

    def layers(self, points: Points, context: Context) -> tuple[IntArray, ...]:
        rows = checked_rows(points.embedding, self.rows.shape[1])
        return tuple(self.each[:, cdist(rows, self.rows).argmin(axis=1)])

    def details(self) -> Details:
        return Details(curves=(self._persistence,))

    def state(self) -> State:
        return State({"rows": self.rows, "each": self.each})

    def restore(self, state: State) -> None:
        self.rows, self.each = state.arrays["rows"], state.arrays["each"]


def _numbered(labels: IntArray) -> IntArray:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


SPEC = ClustererSpec(
    "lasting",
    "Cuts of a tree that last longest.",
    LastingParams,
    f"{__name__}:Lasting",
    predicts="exact",
    rule="label of the nearest row",
    cost="time n², memory n²",
)
