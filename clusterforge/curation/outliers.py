"""What becomes of noise: policies that give it back to clusters."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation.edits import Outliers
from clusterforge.curation.labelling import NOISE, Labelling
from clusterforge.numerics.neighbors import knn

BLOCK = 4_096


def assigned(policy: Outliers, rows: Labelling, noise: IntArray) -> IntArray:
    """Return the labels of noise rows by a policy: int64 (len(noise),), -1 where it stays noise.

    Parameters
    ----------
    policy
        Which, and its parameters.
    rows
        All rows.
    noise
        int64 (m,): places of the rows that are noise.
    """
    if policy.policy == "nearest":
        return _nearest(rows, noise)
    if policy.policy == "neighbors":
        return _vote(rows, noise, policy.neighbors, policy.threshold)
    return np.full(len(noise), NOISE, dtype=np.int64)


def _nearest(rows: Labelling, noise: IntArray) -> IntArray:
    clusters, centroids = rows.centroids()
    labels = np.full(len(noise), NOISE, dtype=np.int64)
    for start in range(0, len(noise), BLOCK):
        block = rows.embedding[noise[start : start + BLOCK]]
        far = (centroids**2).sum(axis=1) - 2 * block @ centroids.T
        labels[start : start + BLOCK] = np.array(clusters)[far.argmin(axis=1)]
    return labels


def _vote(rows: Labelling, noise: IntArray, k: int, threshold: float) -> IntArray:
    members = np.flatnonzero(rows.labels >= 0)
    neighbours: FloatArray = rows.embedding[members]
    nearest = knn(neighbours, min(k, len(members)), queries=rows.embedding[noise])[1]
    votes = rows.labels[members][nearest]
    labels = np.full(len(noise), NOISE, dtype=np.int64)
    for i, row in enumerate(votes):
        values, counts = np.unique(row, return_counts=True)
        best = int(np.argmax(counts))
        if counts[best] / len(row) >= threshold:
            labels[i] = values[best]
    return labels
