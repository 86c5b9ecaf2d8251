"""A cluster divided: k-means within it, from parts that a person has named or from k-means++."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.kmeans import kmeans

ITERATIONS = 20


def split_rows(
    rows: FloatArray, parts: int, centres: FloatArray | None, seed: int
) -> tuple[IntArray, FloatArray]:
    """Return the part of each row of a cluster, int64 (n,), and the parts' means, float32 (parts, d).

    Parameters
    ----------
    rows
        float32 (n, d), n at least ``parts``.
    parts
        Into how many.
    centres
        float32 (parts, d): where the parts lie, if somebody has named rows that stand for them.
    seed
        Seed of k-means++ otherwise.
    """
    if centres is None:
        fit = kmeans(rows, parts, seed=seed, n_init=10)
        return fit.labels, fit.centroids.astype(np.float32)
    centroids = centres.astype(np.float64)
    labels = np.full(len(rows), -1, dtype=np.int64)
    for _ in range(ITERATIONS):
        far = ((rows[:, None, :] - centroids[None]) ** 2).sum(axis=2)
        new = far.argmin(axis=1)
        if (new == labels).all():
            break
        labels = new
        for part in range(parts):
            if (here := labels == part).any():
                # A part stays next to the rows that stand for it, half and half.
                centroids[part] = (rows[here].mean(axis=0) + centres[part]) / 2
    return labels, centroids.astype(np.float32)
