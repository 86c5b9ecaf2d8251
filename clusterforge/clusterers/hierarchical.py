"""Agglomerative clustering."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clusterforge.builtin.clusterer_costs import connectivity
from clusterforge.builtin.clusterers import HierarchicalParams
from clusterforge.clusterers.anchored import Anchored, drawn, numbered, reference
from clusterforge.clusterers.how_many import check_distinct, how_many, too_many
from clusterforge.contracts import Context, Cut, Details, MergeTree, Points, State, checked_rows
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.graph import means, neighbor_graph
from clusterforge.numerics.kmeans import assign
from clusterforge.numerics.near import near, recalled

SHOWN_MERGES = 200
STEPS = 20


class Hierarchical(Anchored[HierarchicalParams]):
    """Merge the two nearest clusters until ``n_clusters`` are left (scikit-learn's algorithms).

    Clusters are numbered by their first member. New rows, and rows outside the sample, go to the
    nearest centroid (ward) or take the label of the nearest clustered row (other linkages); of the
    clustered rows at most 20,000 are kept for that.

    References
    ----------
    Ward 1963, doi:10.1080/01621459.1963.10500845. Müllner 2011, arXiv:1109.2378.
    """

    children: IntArray
    heights: npt.NDArray[np.float64]
    _leaves: IntArray

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        sample = rows[drawn(len(rows), self.params.sample, context.seed)]
        if chosen.k > len(sample):
            raise too_many(chosen.k, len(sample), "sampled rows")
        considered = connectivity(self.params, len(sample))
        check_distinct(sample, chosen.k)
        self.children, self.heights, recall = self._merge(sample, considered, context.device)
        suggested = largest_step(self.heights, self.params.k_max or STEPS)
        chosen = replace(chosen, more={"heights": suggested})
        self._warnings = chosen.warnings
        labels = self._labelled(points, context, chosen.k)
        self._leaves = np.full(len(rows), -1, dtype=np.int64)
        picked = drawn(len(rows), self.params.sample, context.seed)
        tree, self._leaves[picked] = last_merges(self.children, self.heights, labels[picked])
        self._details = Details(
            {"connectivity": considered, "rows": len(sample), **recalled(recall)},
            chosen.choices,
            tree=replace(
                tree,
                cut=Cut(chosen.k, height_of(self.heights, chosen.k)),
                suggested=Cut(suggested, height_of(self.heights, suggested)),
            ),
        )
        return labels

    def leaves(self, points: Points, context: Context) -> IntArray:
        """Return the leaf of the details' tree that each row of the fit is in, -1 outside the sample."""
        return self._leaves.copy()

    def cut(
        self,
        points: Points,
        context: Context,
        *,
        n_clusters: int | None = None,
        height: float | None = None,
    ) -> IntArray:
        """Label the rows of the fit by another cut of its tree: int64 (n,)."""
        most = len(self.children) + 1
        if n_clusters is None:
            n_clusters = most - int((np.maximum.accumulate(self.heights) <= height).sum())
        if not 1 <= n_clusters <= most:
            raise too_many(n_clusters, most, "clustered rows")
        return self._labelled(points, context, n_clusters)

    def _labelled(self, points: Points, context: Context, k: int) -> IntArray:
        """Return the labels of the fitted rows cut into k, and keep what labels others by it."""
        rows = points.embedding
        picked = drawn(len(rows), self.params.sample, context.seed)
        sample = rows[picked]
        if len(sample) != len(self.children) + 1:
            raise InputError(f"{len(sample):,} rows are not those that were fitted")
        check_distinct(sample, k)
        labels = cut(self.children, len(sample), k)
        if self.params.linkage == "ward":
            self.anchors = means(sample, labels, k).astype(np.float32)
            self.labels = np.arange(k, dtype=np.int64)
        else:
            chosen = reference(labels, context.seed)
            self.anchors, self.labels = sample[chosen], labels[chosen]
        return self.completed(points, context, picked, labels)

    def state(self) -> State:
        """Return the anchors, their labels, and the tree: nodes int64 (n - 1, 2), heights (n - 1,)."""
        return super().state() | State({"children": self.children, "heights": self.heights})

    def restore(self, state: State) -> None:
        """Take up anchors, labels and tree."""
        super().restore(state)
        self.children, self.heights = state.arrays["children"], state.arrays["heights"]

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by the nearest centroid or clustered row: int64 (n,)."""
        rows = checked_rows(points.embedding, self.anchors.shape[1])
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        if self.params.linkage == "ward":
            return assign(rows, self.anchors, device=context.device)[0]
        return self.labels[near(self.anchors, 1, queries=rows, device=context.device).indices[:, 0]]

    def _merge(
        self, rows: FloatArray, considered: str, device: str
    ) -> tuple[IntArray, npt.NDArray[np.float64], float | None]:
        """Return the two nodes of each merge, int64 (n - 1, 2), its height (n - 1,), the graph's recall."""
        from sklearn.cluster import AgglomerativeClustering

        if len(rows) == 1:
            return np.empty((0, 2), np.int64), np.empty(0), None
        graph = recall = None
        if considered == "knn":
            graph, recall = neighbor_graph(rows, self.params.neighbors, device)
        model = AgglomerativeClustering(
            n_clusters=1,
            linkage=self.params.linkage,
            connectivity=graph,
            compute_full_tree=True,
            compute_distances=True,
        ).fit(rows.astype(np.float64))
        return model.children_.astype(np.int64), model.distances_, recall


def cut(children: IntArray, n: int, k: int) -> IntArray:
    """Return the k clusters of ``n`` rows that the last k - 1 merges join: int64 (n,).

    ``children`` int64 (n - 1, 2) are the nodes of each merge: below ``n`` a row, else merge
    ``node - n``.
    """
    merges = np.arange(n - k)
    edges = (np.repeat(n + merges, 2), children[: n - k].ravel())
    nodes = n + len(merges)
    graph = coo_array((np.ones(2 * len(merges), dtype=np.int8), edges), shape=(nodes, nodes))
    return numbered(connected_components(graph, directed=False)[1][:n].astype(np.int64))


def height_of(heights: npt.NDArray[np.float64], k: int) -> float:
    """Return the height at which a tree of heights float64 (n - 1,) has k clusters.

    Midway between the merges below and above; along a k-NN graph a merge may lie below an earlier
    one, and counts as high as that.
    """
    if not len(heights):
        return 0.0
    levels = np.concatenate([[0.0], np.maximum.accumulate(heights)])
    place = len(heights) + 1 - k
    return float(levels[place : place + 2].mean())


def largest_step(heights: npt.NDArray[np.float64], k_max: int) -> int:
    """Return the k, 2 to ``k_max``, whose two merges lie farthest apart; of equals, the smallest.

    Where all heights, float64 (n - 1,), are the same there is one cluster.
    """
    steps = -np.diff(np.maximum.accumulate(heights)[::-1][:k_max])
    return int(steps.argmax()) + 2 if len(steps) and steps.max() > 0 else 1


def last_merges(
    children: IntArray, heights: npt.NDArray[np.float64], labels: IntArray
) -> tuple[MergeTree, IntArray]:
    """Return the top of a merge tree, at least twice as many merges as clusters, and each row's leaf.

    Parameters
    ----------
    children
        int64 (n - 1, 2): the nodes that a merge joins; below ``n`` a row, else merge ``node - n``.
    heights
        float64 (n - 1,).
    labels
        int64 (n,): the clusters, which a cut of the tree has left.
    """
    n = len(labels)
    many = min(max(SHOWN_MERGES, 2 * (int(labels.max()) + 1)), len(children))
    leaves, first = cut(children, n, many + 1), n + len(children) - many
    rows = np.unique(leaves, return_index=True)[1]  # the first row of each leaf

    def name(node: int) -> int:
        if node >= first:
            return many + 1 + node - first
        while node >= n:
            node = int(children[node - n, 0])
        return int(leaves[node])

    last = zip(children[first - n :].tolist(), heights[first - n :].tolist(), strict=True)
    merges = tuple((name(a), name(b), height) for (a, b), height in last)
    sizes = tuple(np.bincount(leaves).tolist())
    return MergeTree(sizes, merges, tuple(labels[rows].tolist())), leaves
