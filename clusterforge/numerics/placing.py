"""Rows put on a map between the nearest rows that are on it."""

from __future__ import annotations

import numpy as np

from clusterforge.numerics._distance import Device
from clusterforge.numerics.arrays import FloatArray
from clusterforge.numerics.near import near

NEIGHBORS = 5
EXACT_ROWS = 10_000  # beyond, 0.99 of the neighbours do, in an eighth of the time


def placed_between(
    fitted: FloatArray,
    places: FloatArray,
    rows: FloatArray,
    *,
    device: Device = "cpu",
) -> FloatArray:
    """Place rows at the mean of their five nearest fitted rows, each by one over its squared distance.

    Parameters
    ----------
    fitted
        float32 (n, d): the rows on the map.
    places
        float32 (n, 2): where they are.
    rows
        float32 (m, d).

    Returns
    -------
    ndarray of float32, shape (m, 2)
        A row that equals a fitted one lies where that does.
    """
    k = min(NEIGHBORS, len(fitted))
    found = near(fitted, k, queries=rows, device=device, exact_rows=EXACT_ROWS)
    squared = np.square(found.distances.astype(np.float64))
    nearest = np.maximum(squared[:, :1], np.finfo(np.float32).tiny)
    weights = nearest / np.maximum(squared, nearest)  # 1 for the nearest
    weights[squared[:, 0] == 0, 1:] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    between: FloatArray = (weights[:, :, None] * places[found.indices]).sum(axis=1)
    return between.astype(np.float32)
