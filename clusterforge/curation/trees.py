"""Clusters joined along a tree: that of their clusterer, or Ward's over their centroids."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, RowTree
from clusterforge.contracts.trees import centroid_tree


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
