"""Agglomerative clustering."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.clusterer_costs import connectivity, number_for
from clusterforge.builtin.clusterers import HierarchicalParams
from clusterforge.clusterers.anchored import Anchored, drawn, numbered, reference
from clusterforge.clusterers.how_many import check_distinct, how_many, too_many
from clusterforge.contracts import Context, Cut, Details, MergeTree, Points, State, checked_rows
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.graph import means, neighbor_graph
from clusterforge.numerics.kmeans import assign
from clusterforge.numerics.linkage import cut, ward, ward_clusters
from clusterforge.numerics.microclusters import exact_agreement, microclusters
from clusterforge.numerics.near import near, recalled

SHOWN_MERGES = 200
STEPS = 20


class Hierarchical(Anchored[HierarchicalParams]):
    """Merge the two nearest clusters until ``n_clusters`` are left (scikit-learn's algorithms).

    Clusters are numbered by their first member. New rows, and rows outside the sample, go to the
    nearest centroid (ward) or take the label of the nearest clustered row (other linkages); of the
    clustered rows at most 20,000 are kept for that.

    With ``connectivity = "microclusters"`` the tree begins with micro-clusters in place of rows;
    from there on Ward's rule is exact.

    References
    ----------
    Ward 1963, doi:10.1080/01621459.1963.10500845. Müllner 2011, arXiv:1109.2378.
    Zhang, Ramakrishnan & Livny 1996, doi:10.1145/233269.233324 (BIRCH).
    """

    children: IntArray
    heights: npt.NDArray[np.float64]
    member: IntArray
    _leaves: IntArray

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        sample = rows[drawn(len(rows), self.params.sample, context.seed)]
        if chosen.k > len(sample):
            raise too_many(chosen.k, len(sample), "sampled row")
        considered = connectivity(self.params, len(sample), chosen.k)
        check_distinct(sample, chosen.k)
        facts = self._merge(sample, considered, chosen.k, context.device)
        suggested = largest_step(self.heights, self.params.k_max or STEPS)
        chosen = replace(chosen, more={"heights": suggested})
        self._warnings = chosen.warnings
        labels = self._labelled(points, context, chosen.k)
        self._leaves = np.full(len(rows), -1, dtype=np.int64)
        picked = drawn(len(rows), self.params.sample, context.seed)
        tree, self._leaves[picked] = last_merges(
            self.children, self.heights, labels[picked], self.member
        )
        if considered == "microclusters":
            facts |= exact_agreement(
                sample, labels[picked], chosen.k, partial(ward_clusters, k=chosen.k)
            )
        self._details = Details(
            {"connectivity": considered, "rows": len(sample), **facts},
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
            raise too_many(n_clusters, most, self._leaf_noun)
        return self._labelled(points, context, n_clusters)

    def _labelled(self, points: Points, context: Context, k: int) -> IntArray:
        """Return the labels of the fitted rows cut into k, and keep what labels others by it."""
        rows = points.embedding
        picked = drawn(len(rows), self.params.sample, context.seed)
        sample = rows[picked]
        if len(sample) != len(self.member):
            raise InputError(f"{len(sample):,} rows are not those that were fitted")
        check_distinct(sample, k)
        labels = numbered(cut(self.children, len(self.children) + 1, k)[self.member])
        if self.params.linkage == "ward":
            self.anchors = means(sample, labels, k).astype(np.float32)
            self.labels = np.arange(k, dtype=np.int64)
        else:
            chosen = reference(labels, context.seed)
            self.anchors, self.labels = sample[chosen], labels[chosen]
        return self.completed(points, context, picked, labels)

    def state(self) -> State:
        """Return the anchors, their labels, and the tree over m leaves.

        Its nodes are int64 (m - 1, 2), heights (m - 1,), and the leaf of each clustered row int64 (n,).
        """
        tree = {"children": self.children, "heights": self.heights, "member": self.member}
        return super().state() | State(tree)

    def restore(self, state: State) -> None:
        """Take up anchors, labels and tree."""
        super().restore(state)
        self.children, self.heights = state.arrays["children"], state.arrays["heights"]
        self.member = state.arrays["member"]

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label rows by the nearest centroid or clustered row: int64 (n,)."""
        rows = checked_rows(points.embedding, self.anchors.shape[1])
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        if self.params.linkage == "ward":
            return assign(rows, self.anchors, device=context.device)[0]
        return self.labels[near(self.anchors, 1, queries=rows, device=context.device).indices[:, 0]]

    @property
    def _leaf_noun(self) -> str:
        return "clustered row" if len(self.member) == len(self.children) + 1 else "micro-cluster"

    def _merge(
        self, rows: FloatArray, considered: str, k: int, device: str
    ) -> dict[str, float | str]:
        """Keep the two nodes of each merge, its height and the rows' leaves; return what is approximate."""
        from sklearn.cluster import AgglomerativeClustering

        self.member = np.arange(len(rows))
        if considered == "microclusters":
            small = microclusters(rows, number_for(k, len(rows)))
            self.member, count = small.member, len(small.sizes)
            if count < k:
                raise too_many(k, count, "micro-cluster")
            self.children, heights = ward(small.means, small.sizes)
            self.heights = np.sqrt(2) * heights  # the scale of the other ways
            return {"microclusters": count}
        if len(rows) == 1:
            self.children, self.heights = np.empty((0, 2), np.int64), np.empty(0)
            return {}
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
        self.children, self.heights = model.children_.astype(np.int64), model.distances_
        return {**recalled(recall)}


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
    children: IntArray,
    heights: npt.NDArray[np.float64],
    labels: IntArray,
    member: IntArray | None = None,
) -> tuple[MergeTree, IntArray]:
    """Return the top of a merge tree, at least twice as many merges as clusters, and each row's leaf.

    Parameters
    ----------
    children
        int64 (m - 1, 2): the nodes that a merge joins; below ``m`` a leaf, else merge ``node - m``.
    heights
        float64 (m - 1,).
    labels
        int64 (n,): the clusters, which a cut of the tree has left.
    member
        Leaf that each row is in, int64 (n,); None: row i is leaf i.
    """
    m = len(children) + 1
    member = np.arange(m) if member is None else member
    many = min(max(SHOWN_MERGES, 2 * (int(labels.max()) + 1)), len(children))
    shown, first = numbered(cut(children, m, many + 1)), m + len(children) - many
    leaves = shown[member]
    rows = np.unique(leaves, return_index=True)[1]  # the first row of each leaf

    def name(node: int) -> int:
        if node >= first:
            return many + 1 + node - first
        while node >= m:
            node = int(children[node - m, 0])
        return int(shown[node])

    last = zip(children[first - m :].tolist(), heights[first - m :].tolist(), strict=True)
    merges = tuple((name(a), name(b), height) for (a, b), height in last)
    sizes = tuple(np.bincount(leaves).tolist())
    return MergeTree(sizes, merges, tuple(labels[rows].tolist())), leaves
