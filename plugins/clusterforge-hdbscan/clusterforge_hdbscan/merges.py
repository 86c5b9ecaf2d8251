"""The condensed tree as merges of its leaves, ordered by how large a cluster survives them."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import IntArray, MergeTree
from clusterforge_hdbscan.tree import NOISE, Tree

Node = tuple[bool, int]  # whether it is a leaf, and its number among leaves or joins
AXIS = "smallest cluster that is one (rows)"


def merge_tree(tree: Tree, labels: IntArray) -> tuple[MergeTree, IntArray]:
    """Return the tree over the clusters, and the leaf of each row of the fit.

    Where two branches part, the height is the size of the smaller one: with a larger ``min_cluster_size``
    they would be one cluster. So a cut lasts over a range of smallest sizes, which is the persistence of
    PLSCAN. By the distance at which branches part, a cut into few would cut off small outlying clusters.

    Parameters
    ----------
    tree
        The condensed tree, with at least one cluster.
    labels
        int64 (n,), of its clusters.

    Returns
    -------
    tree, leaves
        Its leaves are those of the condensed tree below the clusters; a row that falls out above them
        is in none: -1, int64 (n,).

    References
    ----------
    Bot, McInnes and Aerts, Persistent multiscale density-based clustering, arXiv:2512.16558.
    """
    m = len(tree.above)
    size = np.bincount(tree.node, minlength=m)
    children: list[list[int]] = [[] for _ in range(m)]
    cluster = np.full(m, NOISE, dtype=np.int64)
    cluster[tree.chosen] = np.arange(len(tree.chosen))
    for node in range(1, m):  # parents come first
        children[tree.above[node]].append(node)
        if cluster[node] == NOISE:
            cluster[node] = cluster[tree.above[node]]
    for node in range(m - 1, 0, -1):
        size[tree.above[node]] += size[node]

    ends = [node for node in range(m) if not children[node] and cluster[node] != NOISE]
    place = {node: i for i, node in enumerate(ends)}
    stands: list[Node | None] = [None] * m
    height = np.zeros(m)
    joins: list[tuple[float, int, Node, Node]] = []
    for node in range(m - 1, -1, -1):
        if node in place:
            stands[node] = (True, place[node])
            continue
        below = [(child, found) for child in children[node] if (found := stands[child])]
        if not below:
            continue
        smaller = sorted(int(size[child]) for child, _ in below)[:-1]
        height[node] = max([*smaller[-1:], *(height[child] for child, _ in below)])
        current = below[0][1]
        for _, other in below[1:]:
            joins.append((float(height[node]), len(joins), current, other))
            current = (False, len(joins) - 1)
        stands[node] = current

    order = sorted(joins)  # of equal height, those that were found first lie below
    number = {join[1]: len(ends) + i for i, join in enumerate(order)}

    def named(node: Node) -> int:
        return node[1] if node[0] else number[node[1]]

    merges = tuple((named(a), named(b), high) for high, _, a, b in order)
    of_node = np.full(m, -1, dtype=np.int64)
    of_node[ends] = np.arange(len(ends))
    leaves = np.where(labels == cluster[tree.node], of_node[tree.node], -1)
    sizes = tuple(size[ends].tolist())
    return MergeTree(sizes, merges, tuple(cluster[ends].tolist()), axis=AXIS), leaves
