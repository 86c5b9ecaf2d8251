"""Trees over the clusters of a clustering, and cuts of them.

A clusterer that builds a tree hands it over with its details, and the core cuts it into layers::

    tree = MergeTree(leaves=(40, 60, 50), merges=((0, 1, 1.5), (2, 3, 4.0)), clusters=(0, 1, 2))
    Details(tree=tree)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.linkage import ward

MOST_CLUSTERS = 5_000


@dataclass(frozen=True)
class Cut:
    """A cut of a tree: how many clusters it leaves, and at which height it lies."""

    n_clusters: int
    height: float


@dataclass(frozen=True)
class MergeTree:
    """A tree of merges over the clusters, or over finer leaves.

    Parameters
    ----------
    leaves
        Rows in each leaf that the tree starts from, m of them.
    merges
        The two nodes that each merge joins, and its height, the lowest first: nodes below m are leaves,
        merge i is node m + i.
    clusters
        The cluster of each leaf, m values; a cluster is all that hangs below one node. Empty: leaf i is
        cluster i.
    cut
        The cut that gave the labels.
    suggested
        The cut that the heights suggest.
    axis
        What the heights are, for a reader.
    joins
        Whether it is to say which clusters are joined in layers. If not, Ward's tree over their centroids
        does, and of this one what lies below the clusters counts.
    """

    leaves: tuple[int, ...]
    merges: tuple[tuple[int, int, float], ...]
    clusters: tuple[int, ...] = ()
    cut: Cut | None = None
    suggested: Cut | None = None
    axis: str = "height"
    joins: bool = True

    @cached_property
    def heights(self) -> npt.NDArray[np.float64]:
        """Up to which height each merge counts: float64 (m - 1,), never falling."""
        return np.maximum.accumulate(np.array([height for *_, height in self.merges], np.float64))

    def over_clusters(self) -> MergeTree:
        """Return the part above the clusters: leaf i is the i-th cluster, by number.

        Raises
        ------
        ValueError
            Where the merges do not join the leaves into one tree, or a cluster is no branch of it.
        """
        m = len(self.leaves)
        joined = sorted(node for a, b, _ in self.merges for node in (a, b))
        earlier = all(max(a, b) < m + i for i, (a, b, _) in enumerate(self.merges))
        if joined != list(range(m + len(self.merges) - 1)) or not m or not earlier:
            raise ValueError(f"{len(self.merges)} merges do not join {m} leaves into one tree")
        of_leaf = self.clusters or tuple(range(m))
        if len(of_leaf) != m:
            raise ValueError(f"{m} leaves belong to {len(of_leaf)} clusters")
        rows: Counter[int] = Counter()
        for cluster, here in zip(of_leaf, self.leaves, strict=True):
            rows[cluster] += here
        numbers = sorted(rows)
        place = {number: i for i, number in enumerate(numbers)}
        owner: list[int | None] = list(of_leaf)
        node = [place[cluster] for cluster in of_leaf]
        merges: list[tuple[int, int, float]] = []
        for a, b, height in self.merges:
            whole = owner[a] == owner[b] and owner[a] is not None
            owner.append(owner[a] if whole else None)
            node.append(node[a] if whole else len(numbers) + len(merges))
            if not whole:
                merges.append((node[a], node[b], height))
        if len(merges) != len(numbers) - 1:
            raise ValueError("the leaves of a cluster are not all that hangs below one node")
        sizes = tuple(rows[number] for number in numbers)
        return MergeTree(sizes, tuple(merges), tuple(numbers), axis=self.axis)

    def under(self, top: MergeTree) -> MergeTree:
        """Return the part below the clusters, joined by another tree whose leaves are the clusters.

        Parameters
        ----------
        top
            A tree over the same clusters.
        """
        m = len(self.leaves)
        of_leaf = self.clusters or tuple(range(m))
        owner: list[int | None] = list(of_leaf)
        node = list(range(m))
        merges: list[tuple[int, int, float]] = []
        of_cluster = {cluster: leaf for leaf, cluster in enumerate(of_leaf)}
        for a, b, height in self.merges:
            whole = owner[a] == owner[b] and owner[a] is not None
            owner.append(owner[a] if whole else None)
            node.append(m + len(merges) if whole else -1)
            if whole:
                of_cluster[owner[a]] = m + len(merges)  # type: ignore[index]
                merges.append((node[a], node[b], height))
        above = [of_cluster[cluster] for cluster in top.clusters]
        for a, b, height in top.merges:
            above.append(m + len(merges))
            merges.append((above[a], above[b], height))
        return MergeTree(self.leaves, tuple(merges), of_leaf, axis=top.axis)

    def groups(self, n: int, start: Sequence[int] | None = None) -> IntArray:
        """Return the group of each leaf where merges go on until ``n`` groups are left: int64 (m,).

        Parameters
        ----------
        n
            How many groups to leave, at least 1.
        start
            For each leaf the group that it is in already, -1 for a leaf that does not count. Default:
            each is on its own.

        Returns
        -------
        Groups are numbered by their first leaves.
        """
        node = list(range(len(self.leaves)) if start is None else start)
        leaves = node.copy()
        leader = {group: group for group in node if group >= 0}
        left = len(leader)

        def top(group: int) -> int:
            while group >= 0 and leader[group] != group:
                leader[group] = leader[leader[group]]
                group = leader[group]
            return group

        for a, b, _ in self.merges:
            if left <= n:
                break
            one, other = top(node[a]), top(node[b])
            if min(one, other) >= 0 and one != other:
                leader[other] = one
                left -= 1
            node.append(one if one >= 0 else other)
        number: dict[int, int] = {-1: -1}
        groups = [number.setdefault(top(group), len(number) - 1) for group in leaves]
        return np.array(groups, dtype=np.int64)

    def groups_at(self, height: float) -> int:
        """Return how many groups are left where merges count up to a height."""
        return len(self.leaves) - int((self.heights <= height).sum())

    def grouped(self, labels: IntArray, n: int) -> IntArray:
        """Return the group of each row, where the leaves are the clusters: int64 (rows,).

        Parameters
        ----------
        labels
            int64 (rows,): clusters; what is below 0 stays.
        n
            How many groups to leave.
        """
        groups = self.groups(n).tolist()
        return regrouped(
            labels, dict(zip(self.clusters or range(len(groups)), groups, strict=True))
        )


@dataclass(frozen=True)
class RowTree:
    """A tree, and the leaf that each of some rows is in.

    Parameters
    ----------
    tree
        The tree.
    leaves
        int64 (n,): the leaf of each row, -1 for a row in none.
    """

    tree: MergeTree
    leaves: IntArray

    def some(self, rows: IntArray | npt.NDArray[np.bool_]) -> RowTree:
        """Return some rows: their numbers, or a mask."""
        return RowTree(self.tree, self.leaves[rows])


def regrouped(labels: IntArray, group_of: Mapping[int, int]) -> IntArray:
    """Return the group of each row by that of its cluster: int64 (n,).

    Parameters
    ----------
    labels
        int64 (n,): clusters; what is below 0 stays.
    group_of
        The group of each cluster; -1 for a cluster that is not there.
    """
    inside = labels >= 0
    last = max([int(labels.max(initial=0)), *group_of])
    of_cluster = np.full(last + 1, -1, dtype=np.int64)
    of_cluster[list(group_of)] = list(group_of.values())
    grouped: IntArray = np.where(inside, of_cluster[labels.clip(0)], labels)
    return grouped


def centroid_tree(embedding: FloatArray, labels: IntArray) -> RowTree | None:
    """Return Ward's tree over the centroids of clusters, weighted by their rows.

    None where there is no cluster, or more than 5,000: it takes memory of the square of their number.

    Parameters
    ----------
    embedding
        float32 (n, d).
    labels
        int64 (n,), -1 for noise.
    """
    inside = np.flatnonzero(labels >= 0)
    clusters, code, sizes = np.unique(labels[inside], return_inverse=True, return_counts=True)
    if not 0 < len(clusters) <= MOST_CLUSTERS:
        return None
    order = np.argsort(code, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = np.stack(
        [
            embedding[inside[order[start : start + size]]].mean(axis=0, dtype=np.float64)
            for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
        ]
    ).astype(np.float32)
    children, heights = ward(means, sizes.astype(np.float64))
    merges = zip(children.tolist(), heights.tolist(), strict=True)
    tree = MergeTree(
        tuple(sizes.tolist()),
        tuple((a, b, height) for (a, b), height in merges),
        tuple(clusters.tolist()),
        axis="root of the increase of inertia",
    )
    leaves = np.full(len(labels), -1, dtype=np.int64)
    leaves[inside] = code
    return RowTree(tree, leaves)
