"""What a clusterer says of rows: their clusters, and how surely they are in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clusterforge.contracts import Clusterer, Context, FloatArray, IntArray, Points
from clusterforge.models import guard


@dataclass(frozen=True)
class Answer:
    """What a clusterer says of some rows.

    Parameters
    ----------
    labels
        int64 (n,), -1 for noise.
    membership
        How far each row belongs to each cluster, float32 (n, k); None where it does not know.
    outlier_scores
        How far each row is an outlier, float32 (n,) in [0, 1]; None where it does not know.
    """

    labels: IntArray
    membership: FloatArray | None
    outlier_scores: FloatArray | None

    @property
    def confidence(self) -> FloatArray | None:
        """Each row's membership of its own cluster, 0 for noise: float32 (n,)."""
        return None if self.membership is None else confidence(self.membership, self.labels)


def soft_answers(
    clusterer: Clusterer[Any], points: Points, labels: IntArray, context: Context
) -> tuple[FloatArray | None, FloatArray | None]:
    """Return membership float32 (n, k) and outlier scores float32 (n,), each None without."""
    return (
        guard.membership(clusterer.membership(points, context), labels),
        guard.outlier_scores(clusterer.outlier_scores(points, context), len(points)),
    )


def confidence(membership: FloatArray, labels: IntArray) -> FloatArray:
    """Return each row's membership of its own cluster, 0 for noise: float32 (n,)."""
    if not membership.shape[1]:
        return np.zeros(len(labels), dtype=np.float32)
    own = np.take_along_axis(membership, labels.clip(0)[:, None], axis=1)[:, 0]
    return np.where(labels >= 0, own, np.float32(0))
