"""Means of clusters, and the nearest of them."""

from __future__ import annotations

import numpy as np

from clusterforge.numerics.arrays import FloatArray, IntArray, blocks
from clusterforge.numerics.kmeans import assign


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
        inside = labels[part] >= 0
        np.add.at(sums, labels[part][inside], points[part][inside].astype(np.float64))
    numbers = np.flatnonzero(sizes)
    return numbers, (sums[numbers] / sizes[numbers][:, None]).astype(np.float32)


def nearest_clusters(points: FloatArray, numbers: IntArray, means: FloatArray) -> IntArray:
    """Return the cluster with the nearest mean for each row: int64 (n,).

    Parameters
    ----------
    points
        float32 (n, d), also mapped from a file.
    numbers, means
        The clusters, at least one, as from :func:`centroids`.
    """
    nearest = np.empty(len(points), dtype=np.int64)
    for part in blocks(*points.shape):
        nearest[part] = numbers[assign(points[part], means)[0]]
    return nearest
