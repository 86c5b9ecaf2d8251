"""A cluster divided: by k-means, from parts that a person has named or k-means++, or by a clusterer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation.edits import Split
from clusterforge.errors import InputError
from clusterforge.numerics.kmeans import assign, kmeans

ITERATIONS = 20

Recluster = Callable[[Split, FloatArray, int], IntArray]
"""Labels, int64 (n,), by the clusterer that a split names, of rows, float32 (n, d), by a seed."""


def no_clusterer(edit: Split, rows: FloatArray, seed: int) -> IntArray:
    """Refuse to fit a clusterer."""
    raise InputError(f"{edit.by} can't be fitted here: there is no other clusterer")


def clustered(rows: FloatArray, labels: IntArray) -> tuple[IntArray, FloatArray]:
    """Return the part of each row, int64 (n,), -1 for noise, and the parts' means.

    Parameters
    ----------
    rows
        float32 (n, d).
    labels
        int64 (n,): the clusters that a clusterer finds among them, -1 for noise.
    """
    clusters, part = np.unique(labels[labels >= 0], return_inverse=True)
    of_part = np.full(len(labels), -1, dtype=np.int64)
    of_part[labels >= 0] = part
    centroids = np.zeros((len(clusters), rows.shape[1]), dtype=np.float32)
    for number in range(len(clusters)):
        centroids[number] = rows[of_part == number].mean(axis=0)
    return of_part, centroids


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
        new = assign(rows, centroids)[0]
        if (new == labels).all():
            break
        labels = new
        for part in range(parts):
            if (here := labels == part).any():
                # A part stays next to the rows that stand for it, half and half.
                centroids[part] = (rows[here].mean(axis=0) + centres[part]) / 2
    return labels, centroids.astype(np.float32)
