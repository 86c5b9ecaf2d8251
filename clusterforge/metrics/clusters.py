"""When the spread of clusters can be scored."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import Clustering, FloatArray, IntArray
from clusterforge.errors import Undefined


def why_undefined(labels: IntArray) -> str | None:
    """Say why clusters int64 (n,) have no separation to score, or None where they have.

    Scores of separation need at least two clusters and fewer clusters than rows.
    """
    clusters = len(np.unique(labels))
    if not len(labels):
        return "no rows"
    if clusters < 2:
        return "one cluster only"
    return "every row is a cluster of its own" if clusters == len(labels) else None


def separable(clustering: Clustering) -> None:
    """Raise Undefined where a clustering has no separation to score."""
    reason = why_undefined(clustering.labels)
    if reason:
        raise Undefined(reason)
    finite(clustering.embedding)


def finite(values: FloatArray | float) -> None:
    """Raise Undefined where a value is NaN or infinite."""
    if not np.isfinite(values).all():
        raise Undefined("NaN, infinity or overflow in the embedding")


def classes(clustering: Clustering) -> IntArray:
    """Return the true labels int64 (n,); Undefined where there are none."""
    if clustering.truth is None or not len(clustering.truth):
        raise Undefined("no labelled rows")
    return clustering.truth
