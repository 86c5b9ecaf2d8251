"""Trees of merges: Ward's over weighted centroids, and the cuts of a tree that last longest."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.arrays import FloatArray, IntArray

Heights = npt.NDArray[np.float64]

MANY, MOST_LAYERS, FEWEST = 12, 3, 3
COARSEST, STEP, AROUND = 10, 4.0, 1.6


def ward(
    centroids: FloatArray | Heights, sizes: npt.NDArray[np.float64]
) -> tuple[IntArray, Heights]:
    """Return the merge tree of clusters by Ward's rule: the least increase of the inertia first.

    Time and memory k². Found along chains of nearest neighbours (Murtagh 1983), which is exact for
    Ward's rule.

    Parameters
    ----------
    centroids
        float32 or float64 (k, d).
    sizes
        float64 (k,): rows of each cluster, more than 0.

    Returns
    -------
    children, heights
        int64 (k - 1, 2) and float64 (k - 1,), as scikit-learn has them: number k + i is the cluster
        that merge i makes. Heights are square roots of increases, and never fall.
    """
    points = centroids.astype(np.float64)
    points -= points.mean(axis=0)
    return ward_of_products(points @ points.T, sizes)


def ward_of_products(
    products: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]
) -> tuple[IntArray, Heights]:
    """Return what :func:`ward` does of centroids whose scalar products are float64 (k, k)."""
    k, weight = len(products), sizes.astype(np.float64).copy()
    length = np.diag(products)
    cost = np.empty_like(products, dtype=np.float64)
    for row in range(k):  # two matrices of k² values, and no third
        gap = np.maximum(length[row] + length - 2 * products[row], 0.0)
        cost[row] = gap * (weight[row] * weight / (weight[row] + weight))
    np.fill_diagonal(cost, np.inf)
    pairs, costs = np.zeros((max(0, k - 1), 2), np.int64), np.zeros(max(0, k - 1))
    chain: list[int] = []
    alive = np.ones(k, dtype=bool)
    for step in range(k - 1):
        if not chain:
            chain.append(int(np.argmax(alive)))
        while True:
            last = chain[-1]
            near = int(np.argmin(cost[last]))
            if len(chain) > 1 and cost[last, chain[-2]] <= cost[last, near]:
                break
            chain.append(near)
        a, b = sorted((chain.pop(), chain.pop()))
        pairs[step], costs[step] = (a, b), cost[a, b]
        wa, wb = weight[a], weight[b]
        with np.errstate(invalid="ignore"):
            row = (wa + weight) * cost[a] + (wb + weight) * cost[b] - weight * cost[a, b]
            row /= wa + wb + weight
        row[~alive] = np.inf
        cost[a], cost[:, a] = row, row
        cost[b], cost[:, b] = np.inf, np.inf
        cost[a, a] = np.inf
        weight[a], alive[b] = wa + wb, False
    return _in_order(pairs, costs)


def _in_order(pairs: IntArray, costs: Heights) -> tuple[IntArray, Heights]:
    """Return merges by their cost, each of two nodes, from merges of two leaves that stand for them."""
    k = len(pairs) + 1
    node, leader = list(range(k)), list(range(k))

    def top(leaf: int) -> int:
        while leader[leaf] != leaf:
            leader[leaf] = leader[leader[leaf]]
            leaf = leader[leaf]
        return leaf

    order = np.argsort(costs, kind="stable")
    children = np.zeros((k - 1, 2), np.int64)
    for step, place in enumerate(order.tolist()):
        a, b = (top(int(leaf)) for leaf in pairs[place])
        children[step] = sorted((node[a], node[b]))
        leader[b] = a
        node[a] = k + step
    return children, np.sqrt(np.maximum.accumulate(np.maximum(costs[order], 0.0)))


def cut(children: IntArray, n: int, k: int) -> IntArray:
    """Return the k clusters of ``n`` rows that the last k - 1 merges join: int64 (n,), 0 to k - 1.

    ``children`` int64 (n - 1, 2) are the nodes of each merge: below ``n`` a row, else merge
    ``node - n``.
    """
    root = np.arange(2 * n - k)
    # A later merge first: it may join what an earlier one has made.
    for merge in range(n - k - 1, -1, -1):
        root[children[merge]] = root[n + merge]
    labels: IntArray = np.unique(root[:n], return_inverse=True)[1].astype(np.int64)
    return labels


def ward_clusters(rows: FloatArray | Heights, k: int) -> IntArray:
    """Return the k clusters of rows (n, d) by Ward's rule: int64 (n,), 0 to k - 1."""
    return cut(ward(rows, np.ones(len(rows)))[0], len(rows), k)


def lasting_cuts(heights: Heights) -> tuple[int, ...]:
    """Return into how many groups a tree over many clusters is worth cutting, from fine to coarse.

    Up to 12 clusters need no layer above them. Above more there are one to three, about four times
    coarser from layer to layer, the coarsest of about ten groups, or down to three. Near each such number,
    the cut is taken that lasts longest: over the widest range of heights, relative to these.

    Parameters
    ----------
    heights
        float64 (k - 1,), ascending: those of the merges of k clusters.
    """
    k = len(heights) + 1
    if k <= MANY:
        return ()
    count = min(MOST_LAYERS, max(1, round(math.log(k / COARSEST) / math.log(STEP))))
    step = (k / COARSEST) ** (1 / count)
    cuts: list[int] = []
    for layer in reversed(range(count)):
        about = COARSEST * step**layer
        most = (cuts[-1] if cuts else k) / AROUND
        least = FEWEST if not layer else max(FEWEST, round(about / AROUND))
        tried = range(least, int(min(about * AROUND, most)) + 1)
        if tried:
            lasts = persistence(heights)
            # Steps between merges shrink as 1 / n, whatever the clusters.
            cuts.append(max(tried, key=lambda n: n * lasts[n - 1]))
    return tuple(cuts)


def persistence(heights: Heights) -> Heights:
    """Return how long each cut lasts: the logarithm of the ratio of the heights between which it lies.

    Parameters
    ----------
    heights
        float64 (k - 1,), ascending.

    Returns
    -------
    float64 (k,)
        Place n - 1 is that of n groups; 0 for one group and for k.
    """
    k = len(heights) + 1
    lasts = np.zeros(k)
    if k > 2:
        floor = max(float(heights[-1]) * 1e-9, np.finfo(np.float64).tiny)
        logs = np.log(np.maximum(heights, floor))
        lasts[1 : k - 1] = np.diff(logs)[::-1]
    return lasts
