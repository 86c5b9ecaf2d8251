"""Means of clusters, and the nearest of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.numerics.arrays import FloatArray, IntArray, blocks
from clusterforge.numerics.kmeans import assign
from clusterforge.numerics.moments import sums_by


def centroids(points: FloatArray, labels: IntArray) -> tuple[IntArray, FloatArray]:
    """Return the clusters that have rows, ascending, and the mean of each, summed in float64.

    Parameters
    ----------
    points
        float32 (n, d), also mapped from a file.
    labels
        int64 (n,), negative for rows of no cluster.

    Returns
    -------
    numbers
        int64 (k,).
    means
        float32 (k, d).
    """
    clusters = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=clusters)
    sums = np.zeros((clusters, points.shape[1]))
    for part in blocks(*points.shape):
        sums += sums_by(labels[part], points[part], clusters)
    numbers = np.flatnonzero(sizes)
    return numbers, (sums[numbers] / sizes[numbers][:, None]).astype(np.float32)


def nearest_clusters(points: FloatArray, numbers: IntArray, means: FloatArray) -> IntArray:
    """Return the cluster with the nearest mean for each row: int64 (n,), -1 where there is no cluster.

    Parameters
    ----------
    points
        float32 (n, d), also mapped from a file.
    numbers, means
        The clusters, as from :func:`centroids`.
    """
    nearest = np.full(len(points), -1, dtype=np.int64)
    if not len(numbers):
        return nearest
    for part in blocks(*points.shape):
        nearest[part] = numbers[assign(points[part], means)[0]]
    return nearest


@dataclass(frozen=True)
class Places:
    """Where clusters lie, and how wide they are.

    Parameters
    ----------
    numbers
        int64 (k,).
    means
        float32 (k, d).
    spreads
        float32 (k,): root mean squared distance of a cluster's rows to its mean.
    """

    numbers: IntArray
    means: FloatArray
    spreads: FloatArray

    @classmethod
    def of(cls, points: FloatArray, labels: IntArray) -> Places:
        """Return the places of the clusters of some rows, as :func:`centroids`."""
        numbers, means = centroids(points, labels)
        squares = np.zeros(len(numbers))
        for part in blocks(*points.shape):
            inside = labels[part] >= 0
            place = np.searchsorted(numbers, labels[part][inside])
            gaps = points[part][inside].astype(np.float64) - means[place]
            squares += np.bincount(place, np.square(gaps).sum(axis=1), len(numbers))
        sizes = np.bincount(labels[labels >= 0], minlength=1)[numbers] if len(numbers) else squares
        return cls(numbers, means, np.sqrt(squares / sizes).astype(np.float32))

    def nearest(self, points: FloatArray) -> IntArray:
        """Return the cluster with the nearest mean for each row: int64 (n,)."""
        return nearest_clusters(points, self.numbers, self.means)

    def outlying(self, points: FloatArray) -> FloatArray:
        """Return how far rows lie out of the nearest cluster: float32 (n,) in [0, 1].

        That is 1 less the cluster's spread over the distance to its mean, and 0 within the spread.
        """
        far = np.zeros(len(points), dtype=np.float32)
        for part in blocks(*points.shape):
            nearest, squared = assign(points[part], self.means)
            gap = np.sqrt(squared)
            spread = self.spreads[nearest]
            far[part] = np.where(gap > spread, 1 - spread / np.where(gap > 0, gap, 1), 0)
        return far
