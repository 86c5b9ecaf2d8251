"""Over which radii the clusters of a density last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

STEPS = 60
SHARE = 0.02
LEAST = 0.1


@dataclass(frozen=True)
class Range:
    """Radii from ``low`` to ``high`` at which the same number of large clusters is found.

    Parameters
    ----------
    low, high
        The radii.
    clusters
        How many clusters hold 2 % of the rows or more.
    weight
        The range's length on a logarithmic axis times the entropy of the clusters' sizes (in nats)
        and the share of the rows in them.
    """

    low: float
    high: float
    clusters: int
    weight: float


def longest_range(neighbors: npt.NDArray[np.int64], core: npt.NDArray[np.floating]) -> Range | None:
    """Return the range of radii in which clusters last longest; None where none does.

    At a radius, rows whose core distance is within it are core points, and a cluster is a connected
    component of them along the k-NN graph: DBSCAN's clusters, seen through their nearest
    neighbours. Of the radii from the median core distance to the largest, 60 are tried, evenly on
    a logarithmic axis. Ranges lighter than 0.1 are what rows without clusters have, too.

    Parameters
    ----------
    neighbors
        int64 (n, k): the nearest other rows of each row.
    core
        float (n,), at least 0: the distance from each row to the last of them.

    References
    ----------
    Campello, Moulavi & Sander 2013, doi:10.1007/978-3-642-37456-2_14 (core distance, and clusters
    that last over the levels of a density).
    """
    n, k = neighbors.shape
    low, high = float(np.median(core)), float(core.max())
    if not 0 < low < high:
        return None
    radii = np.geomspace(low, high, STEPS)
    here, there = np.repeat(np.arange(n), k), neighbors.ravel()
    reach = np.maximum(core[here], core[there])
    counts, worth = np.zeros(STEPS, dtype=np.int64), np.zeros(STEPS)
    for i, radius in enumerate(radii):
        near = reach <= radius
        edges = (np.ones(int(near.sum()), dtype=np.int8), (here[near], there[near]))
        component = connected_components(coo_array(edges, shape=(n, n)), directed=False)[1]
        sizes = np.bincount(component[core <= radius])
        large = sizes[sizes >= max(SHARE * n, k + 1)]
        counts[i] = len(large)
        if len(large) > 1:
            shares = large / large.sum()
            worth[i] = -(shares * np.log(shares)).sum() * large.sum() / n
    starts = np.flatnonzero(np.diff(counts, prepend=-1))
    weights = np.add.reduceat(worth, starts) * np.log(radii[1] / radii[0])
    best = int(weights.argmax())
    if weights[best] < LEAST:
        return None
    first = starts[best]
    last = starts[best + 1] - 1 if best + 1 < len(starts) else STEPS - 1
    return Range(float(radii[first]), float(radii[last]), int(counts[first]), float(weights[best]))
