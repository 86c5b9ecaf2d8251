"""The encoder's own assignment."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.clusterers import HeadParams
from clusterforge.contracts import Clusterer, Context, FloatArray, IntArray, Points
from clusterforge.errors import InputError

ROUNDING = 1e-5


class Head(Clusterer[HeadParams]):
    """Give each row the cluster of its largest soft assignment; of equals, the first."""

    def fit(self, points: Points, context: Context) -> IntArray:
        """Read the assignment: int64 (n,). There is nothing to fit."""
        return self.predict(points, context)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Read the assignment: int64 (n,)."""
        labels: IntArray = _assignment(points).argmax(axis=1).astype(np.int64)
        return labels

    def membership(self, points: Points, context: Context) -> FloatArray | None:
        """Return the assignment, float32 (n, k), where its rows are shares of 1; else None."""
        soft = _assignment(points)
        shares = (soft >= 0).all() and (soft.sum(axis=1) <= 1 + ROUNDING).all()
        return soft if shares else None


def _assignment(points: Points) -> FloatArray:
    if points.soft is None:
        raise InputError(
            "the last encoder has no soft assignment",
            key="use",
            remedy="use another clusterer, or an encoder with a head (dec, idec, classifier)",
        )
    if not np.isfinite(points.soft).all():
        raise InputError("the encoder's assignment has NaN or infinity")
    return points.soft
