"""The number of clusters, chosen from the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray
from clusterforge.kernels.kmeans import kmeans
from clusterforge.kernels.silhouette import silhouette_samples

SAMPLE_ROWS = 5000
RESTARTS = 3


@dataclass(frozen=True)
class Choice:
    """A number of clusters and what it was chosen by.

    Parameters
    ----------
    k
        The number of clusters.
    curve
        (k, mean silhouette) for every k tried; empty where only one k is possible.
    rows
        Rows the curve was computed on.
    """

    k: int
    curve: tuple[tuple[int, float], ...]
    rows: int


def choose_k(
    points: FloatArray,
    *,
    seed: int,
    k_min: int = 2,
    k_max: int = 20,
    sample: int = SAMPLE_ROWS,
    device: str = "cpu",
) -> Choice:
    """Return the k whose k-means has the largest mean silhouette; of equals, the smallest.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    seed
        Seed of the sample and of k-means.
    k_min, k_max
        Bounds of the search; k also stays within the number of distinct rows.
    sample
        Rows looked at, at most, drawn without replacement.
    device
        A torch device name.

    Notes
    -----
    Rousseeuw 1987, section 4. Rows without two distinct values have one cluster.
    """
    rng = np.random.default_rng(seed)
    if len(points) > sample:
        points = points[np.sort(rng.choice(len(points), sample, replace=False))]
    distinct = len(np.unique(points, axis=0))
    curve = []
    for k in range(max(k_min, 2), min(k_max, distinct, len(points) - 1) + 1):
        labels = kmeans(points, k, seed=seed, n_init=RESTARTS, device=device).labels
        curve.append((k, float(silhouette_samples(points, labels, device=device).mean())))
    if not curve:
        return Choice(min(distinct, max(k_min, 1)), (), len(points))
    best = max(curve, key=lambda entry: (entry[1], -entry[0]))
    return Choice(best[0], tuple(curve), len(points))
