"""Clusters merged until so many are left: Ward's rule on centroids, weighted by rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray


def merges(
    centroids: FloatArray, sizes: npt.NDArray[np.float64]
) -> tuple[IntArray, npt.NDArray[np.float64]]:
    """Return the merge tree of clusters by Ward's rule: the least increase of the inertia first.

    Parameters
    ----------
    centroids
        float32 (k, d).
    sizes
        float64 (k,): rows of each cluster.

    Returns
    -------
    children, heights
        int64 (k - 1, 2) and float64 (k - 1,), as scikit-learn has them: number k + i is the cluster
        that merge i makes. Heights are square roots of increases, and never fall.
    """
    k = len(centroids)
    points, weight = centroids.astype(np.float64), sizes.astype(np.float64).copy()
    squared = ((points[:, None, :] - points[None]) ** 2).sum(axis=2)
    cost = squared * weight[:, None] * weight[None] / (weight[:, None] + weight[None])
    np.fill_diagonal(cost, np.inf)
    number = np.arange(k)
    children, heights = np.zeros((max(0, k - 1), 2), np.int64), np.zeros(max(0, k - 1))
    for step in range(k - 1):
        a, b = sorted(divmod(int(np.argmin(cost)), k))
        children[step], heights[step] = sorted((number[a], number[b])), np.sqrt(cost[a, b])
        wa, wb, w = weight[a], weight[b], weight
        total = wa + wb + w
        with np.errstate(invalid="ignore"):
            row = ((wa + w) * cost[a] + (wb + w) * cost[b] - w * cost[a, b]) / total
        cost[a], cost[:, a] = row, row
        cost[b], cost[:, b] = np.inf, np.inf
        cost[a, a] = np.inf
        weight[a], number[a] = wa + wb, k + step
    return children, np.maximum.accumulate(heights) if k > 1 else heights


def cut(children: IntArray, k: int, to: int) -> IntArray:
    """Return the group, from 0, of each of k leaves when ``to`` groups are left: int64 (k,)."""
    group = list(range(k))
    members: dict[int, list[int]] = {leaf: [leaf] for leaf in range(k)}
    for step in range(max(0, k - to)):
        a, b = children[step].tolist()
        members[k + step] = members.pop(a) + members.pop(b)
    for number, leaves in enumerate(sorted(members.values(), key=min)):
        for leaf in leaves:
            group[leaf] = number
    return np.array(group, dtype=np.int64)


def reduced(centroids: FloatArray, sizes: npt.NDArray[np.float64], to: int) -> IntArray:
    """Return the group, 0 to ``to`` - 1, of each cluster: int64 (k,)."""
    return cut(merges(centroids, sizes)[0], len(centroids), to)
