"""The graph of nearest neighbours and the weights of its edges."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, triu

from clusterforge.contracts import FloatArray, IntArray

Weights = Literal["fuzzy", "jaccard", "equal"]
Vector = npt.NDArray[np.float64]

BISECTIONS = 64
SMALLEST_SCALE = 1e-3
EDGES_A_BLOCK = 1 << 16


def edges(
    near: IntArray, distance: FloatArray, weights: Weights
) -> tuple[npt.NDArray[np.int64], Vector]:
    """Return the undirected edges of a nearest-neighbour graph, and their weights.

    Parameters
    ----------
    near
        Neighbours of each row, itself left out, nearest first: int64 (n, k).
    distance
        To each of them: float32 (n, k).
    weights
        ``fuzzy``, ``jaccard`` or ``equal``.

    Returns
    -------
    pairs : ndarray
        int64 (e, 2), the smaller row first, sorted. A pair is an edge if either row is among the
        other's neighbours.
    weight : ndarray
        float64 (e,), above 0 and at most 1.
    """
    n, k = near.shape
    directed = csr_array(
        (memberships(distance).ravel(), near.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n)
    )
    union = triu(directed + directed.T - directed.multiply(directed.T), 1, format="csr")
    union.sort_indices()
    pairs = np.column_stack([np.repeat(np.arange(n), np.diff(union.indptr)), union.indices])
    if weights == "fuzzy":
        return pairs, np.minimum(union.data, 1.0)
    return pairs, shared(near, pairs) if weights == "jaccard" else np.ones(len(pairs))


def memberships(distance: FloatArray) -> Vector:
    """Return how strongly each row holds to its neighbours: float64 (n, k), above 0, at most 1.

    The strength is ``exp(-(d - nearest) / scale)``, and the scale of a row is found by bisection,
    such that its strengths sum to log2(k + 1). A neighbour at a large distance can so be a strong
    one where rows are sparse.

    Parameters
    ----------
    distance
        float32 (n, k), not decreasing along a row.

    References
    ----------
    McInnes, Healy and Melville, arXiv:1802.03426, section 3.1 and algorithm 3.
    """
    gap = distance.astype(np.float64) - distance[:, :1]
    tiny = np.finfo(np.float64).tiny
    wanted = np.log2(gap.shape[1] + 1)
    low, high = np.zeros((len(gap), 1)), np.full((len(gap), 1), np.inf)
    mean = distance.mean(axis=1, keepdims=True, dtype=np.float64)
    scale = np.maximum(mean, tiny)
    for _ in range(BISECTIONS):
        above = np.exp(-gap / scale).sum(axis=1, keepdims=True) > wanted
        high, low = np.where(above, scale, high), np.where(above, low, scale)
        scale = np.maximum(np.where(np.isfinite(high), (low + high) / 2, scale * 2), tiny)
    strength = np.exp(-gap / np.maximum(scale, np.maximum(SMALLEST_SCALE * mean, tiny)))
    # A strength that underflows to 0 would take its edge out of the sparse matrix.
    held: Vector = np.maximum(strength, tiny)
    return held


def shared(near: IntArray, pairs: npt.NDArray[np.int64]) -> Vector:
    """Return the Jaccard index of the neighbourhoods of each pair: float64 (e,), above 0.

    A row belongs to its own neighbourhood, so that two rows of an edge share at least one.

    Parameters
    ----------
    near
        int64 (n, k), the row itself left out.
    pairs
        int64 (e, 2), of which one is a neighbour of the other.
    """
    n, k = near.shape
    closed = np.sort(np.column_stack([near, np.arange(n)]), axis=1)  # (n, k + 1)
    member = csr_array(
        (np.ones(closed.size, dtype=np.int64), closed.ravel(), np.arange(n + 1) * (k + 1)),
        shape=(n, n),
    )
    both = np.empty(len(pairs), dtype=np.int64)
    for start in range(0, len(pairs), EDGES_A_BLOCK):
        here, there = pairs[start : start + EDGES_A_BLOCK].T
        both[start : start + EDGES_A_BLOCK] = member[here].multiply(member[there]).sum(axis=1)
    weights: Vector = both / (2 * (k + 1) - both)
    return weights
