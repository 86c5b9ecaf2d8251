"""A metric learned from rows that a person has put together: directions in which they differ count less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray, IntArray

RIDGE = 1.0  # times the mean variance within groups, added to the variance of every direction
LEAST = 0.01  # a direction that shrinks by less is left as it is


@dataclass(frozen=True)
class Metric:
    """Euclidean distance after some directions are shrunk.

    Parameters
    ----------
    directions
        float32 (r, d), orthonormal.
    shrink
        float32 (r,): the share of its length that a direction loses.

    Notes
    -----
    That is the Mahalanobis distance by the covariance within groups (Fisher 1936), regularised as in
    Friedman 1989, up to a factor.
    """

    directions: FloatArray
    shrink: FloatArray

    def __call__(self, points: FloatArray) -> FloatArray:
        """Return rows, float32 (n, d), where plain distance is this one: float32 (n, d)."""
        if not len(self.shrink):
            return points
        lost = (points @ self.directions.T * self.shrink) @ self.directions
        return (points - lost).astype(np.float32, copy=False)


def plain(dimensions: int) -> Metric:
    """Return Euclidean distance."""
    return Metric(np.zeros((0, dimensions), np.float32), np.zeros(0, np.float32))


def within(embedding: FloatArray, groups: Sequence[IntArray]) -> Metric:
    """Return the metric in which the rows of each group are near to each other.

    Parameters
    ----------
    embedding
        float32 (n, d).
    groups
        The rows of each, int64 (m,).
    """
    deviations = np.concatenate(
        [embedding[rows] - embedding[rows].mean(axis=0, dtype=np.float64) for rows in groups]
    )
    rows, dimensions = deviations.shape
    if rows < dimensions:
        _, lengths, directions = np.linalg.svd(deviations, full_matrices=False)
        variance = lengths**2 / rows
    else:
        variance, columns = np.linalg.eigh(deviations.T @ deviations / rows)
        directions = columns.T
    ridge = RIDGE * variance.sum() / dimensions
    if ridge <= 0:
        return plain(dimensions)
    shrink = 1 - np.sqrt(ridge / (np.maximum(variance, 0) + ridge))
    some = shrink > LEAST
    return Metric(directions[some].astype(np.float32), shrink[some].astype(np.float32))
