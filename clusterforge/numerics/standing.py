"""Which rows stand for a cluster: those nearest to its mean."""

from __future__ import annotations

import numpy as np

from clusterforge.numerics.arrays import FloatArray, IntArray

STANDING = 40


def standing_rows(embedding: FloatArray, labels: IntArray, cluster: int) -> IntArray:
    """Return the rows of a cluster that lie nearest to its mean: int64 (m,), at most 40.

    Parameters
    ----------
    embedding
        float32 (n, d).
    labels
        int64 (n,).
    cluster
        Its number.
    """
    members = np.flatnonzero(labels == cluster)
    points = embedding[members].astype(np.float64)
    far = ((points - points.mean(axis=0)) ** 2).sum(axis=1)
    return members[np.argsort(far, kind="stable")[:STANDING]]
