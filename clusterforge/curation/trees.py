"""Clusters joined along a tree: that of their clusterer, or Ward's over their centroids."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, RowTree
from clusterforge.contracts.trees import centroid_tree
from clusterforge.numerics.kmeans import assign


def joined(
    embedding: FloatArray, labels: IntArray, to: int, before: IntArray, tree: RowTree | None
) -> dict[int, int] | None:
    """Return the group of each cluster where the nearest are merged until ``to`` are left.

    Along the tree of the fit, as long as its clusters have been merged, dropped or enlarged and none has
    been divided; else along Ward's tree over the clusters as they are. None where they are more than 5,000.

    Parameters
    ----------
    embedding, labels
        float32 (n, d), and the clusters as they are: int64 (n,), -1 for noise.
    to
        How many to leave.
    before, tree
        The clusters of the fit, int64 (n,), and their tree.
    """
    both = (labels >= 0) & (before >= 0)
    pairs = np.unique(np.stack([before[both], labels[both]]), axis=1)
    whole = len(np.unique(pairs[0])) == pairs.shape[1]
    if tree is not None and whole and set(labels[labels >= 0]) == set(pairs[1].tolist()):
        over = tree.tree.over_clusters()
        now = dict(zip(*pairs.tolist(), strict=True))
        start = [now.get(cluster, -1) for cluster in over.clusters or range(len(over.leaves))]
        groups = over.groups(to, start)
        return {cluster: int(g) for cluster, g in zip(start, groups, strict=True) if cluster >= 0}
    own = centroid_tree(embedding, labels)
    if own is None:
        return None
    return dict(zip(own.tree.clusters, own.tree.groups(to).tolist(), strict=True))


def divided(
    tree: RowTree, members: IntArray, rows: FloatArray, into: int
) -> tuple[IntArray, FloatArray] | None:
    """Return the part of each row of a cluster, int64 (m,), and the parts' means, where a tree divides it.

    The last merges among its leaves are undone; rows in no leaf go to the nearest part. None where all its
    rows are in one leaf.

    Parameters
    ----------
    tree
        The tree, and the leaf of each row.
    members
        int64 (m,): the rows of the cluster.
    rows
        float32 (m, d): their embedding.
    into
        How many parts to leave; fewer where it has fewer leaves.
    """
    leaves = tree.leaves[members]
    present = set(leaves[leaves >= 0].tolist())
    if len(present) < 2:
        return None
    start = [leaf if leaf in present else -1 for leaf in range(len(tree.tree.leaves))]
    groups = tree.tree.groups(min(into, len(present)), start)
    of_part = np.where(leaves >= 0, groups[leaves], -1)
    parts = range(int(of_part.max()) + 1)
    means = np.stack([rows[of_part == part].mean(axis=0) for part in parts]).astype(np.float32)
    loose = of_part < 0
    if loose.any():
        of_part[loose] = assign(rows[loose], means)[0]
    return of_part, means
