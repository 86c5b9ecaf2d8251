"""Which rows stand for a cluster: those nearest to its mean."""

from __future__ import annotations

import numpy as np

from clusterforge.numerics.arrays import FloatArray, IntArray, blocks, evenly
from clusterforge.numerics.stored_rows import StoredRows

STANDING = 40
MOST = 8192


def standing_rows(embedding: FloatArray, labels: IntArray, cluster: int) -> IntArray:
    """Return the rows of a cluster that lie nearest to its mean: int64 (m,), at most 40.

    Of rows in a file, 8,192 of each cluster are looked at.

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
    if isinstance(embedding, StoredRows) and len(members) > MOST:
        members = members[evenly(len(members), MOST)]
    parts = [members[part] for part in blocks(len(members), embedding.shape[1])]
    sums = [embedding[part].astype(np.float64).sum(axis=0) for part in parts]
    mean = np.sum(sums, axis=0) / len(members)
    gaps = [((embedding[part].astype(np.float64) - mean) ** 2).sum(axis=1) for part in parts]
    far = np.concatenate(gaps)
    return members[np.argsort(far, kind="stable")[:STANDING]]
