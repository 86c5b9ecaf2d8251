"""Clusters of any density, with a rule for new rows that needs arrays only."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Clusterer,
    Context,
    Curve,
    Details,
    FloatArray,
    IntArray,
    MergeTree,
    Points,
    State,
    checked_rows,
)
from clusterforge.numerics.near import EXACT_ROWS, Near, near, recalled
from clusterforge_hdbscan.graph import by_graph
from clusterforge_hdbscan.merges import merge_tree
from clusterforge_hdbscan.plugin import HdbscanParams
from clusterforge_hdbscan.tree import NOISE, Tree, Vector

MOST_VALUES = 100_000_000


class Hdbscan(Clusterer[HdbscanParams]):
    """HDBSCAN by the library ``hdbscan``; of many rows on the graph of each row's nearest.

    A new row x is labelled by the fitted row y that is nearest in mutual reachability,
    ``max(core(x), core(y), d(x, y))``, among the 2 · min_samples nearest. It takes y's label if
    that distance is below the one at which y's cluster came off its parent in the condensed tree,
    or not above the one at which y itself fell out of its cluster; else it is noise. That is the
    rule of the library's ``approximate_predict``; it needs the rows, their core distances and
    labels, and two kinds of distance, and no pickle.

    Soft membership and outlier scores (GLOSH) come from the condensed tree, see :class:`Tree`. A
    row of the fit has the library's own values; a new row has those that it would have in the
    place of the tree where the rule above puts it.

    Fewer rows than ``min_cluster_size`` are all noise.

    References
    ----------
    Campello, Moulavi and Sander, PAKDD 2013, definitions 4 to 6; McInnes, Healy and Astels, JOSS
    2017.
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the train split: labels int64 (n,), -1 for noise."""
        params = self.params
        self._rows = self._prepared(points)
        n = len(self._rows)
        self._labels = np.full(n, NOISE, dtype=np.int64)
        self._left = np.zeros(n)
        self._reach = np.zeros(0)
        self._tree: Tree | None = None
        self._persistence: list[float] = []
        nearest: Near | None = None
        self._positions: dict[int, int] | None = None
        self._merges: tuple[MergeTree, IntArray] | None = None
        if n >= params.min_cluster_size:
            self._labels, records, nearest = self._clustered()
            if not np.isfinite(records["lambda_val"]).all():
                # Persistence is a share of the longest life in the tree, which never ends among equal rows:
                # the library then says 1 for every cluster.
                self._persistence = []
            self._tree = Tree.read(records, self._labels)
            if len(self._tree.chosen):
                self._merges = merge_tree(self._tree, self._labels)
            self._left, self._reach = self._tree.left, self._tree.reach(self._labels)
        self._recall: float | None = nearest.recall if nearest else None
        self._core = self._cores(context, nearest)
        return self._labels.copy()

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label new rows by the class's rule: int64 (n,)."""
        rows = self._prepared(points, self._rows.shape[1])
        nearest, reached = self._nearest(rows, context)
        label = self._labels[nearest]
        clustered = label != NOISE
        limit = np.zeros(len(rows))
        limit[clustered] = self._reach[label[clustered]]
        joins = clustered & ((reached < limit) | (reached <= self._left[nearest]))
        return np.where(joins, label, NOISE)

    def membership(self, points: Points, context: Context) -> FloatArray | None:
        """Return how far each row belongs to each cluster: float32 (n, k).

        None where fewer rows than a cluster were fitted, or rows of the fit times clusters are
        more than 100 million.
        """
        rows, tree = self._prepared(points, self._rows.shape[1]), self._tree
        if tree is None or len(self._rows) * len(tree.chosen) > MOST_VALUES:
            return None
        node, left = self._placed(tree, rows, context)
        return tree.membership(node, left, tree.gaps(rows, self._rows, self._metric))

    def outlier_scores(self, points: Points, context: Context) -> FloatArray | None:
        """Return each row's GLOSH: float32 (n,); None where fewer rows than a cluster were fitted."""
        rows, tree = self._prepared(points, self._rows.shape[1]), self._tree
        return None if tree is None else tree.outlier_scores(*self._placed(tree, rows, context))

    def leaves(self, points: Points, context: Context) -> IntArray | None:
        """Return the leaf of the condensed tree that each row of the fit is in, -1 above them."""
        return None if self._merges is None else self._merges[1].copy()

    def details(self) -> Details:
        """Return the share of noise, the condensed tree, and clusters' persistence if it is known."""
        noise = float((self._labels == NOISE).mean()) if len(self._labels) else 0.0
        lasting = sorted((value for value in self._persistence if np.isfinite(value)), reverse=True)
        persistence = Curve(
            "persistence",
            "How long clusters last in the tree",
            "clusters, the most persistent first",
            "persistence",
            tuple(range(1, len(lasting) + 1)),
            tuple(lasting),
            better="higher",
        )
        curves = (persistence,) if lasting else ()
        tree = self._merges[0] if self._merges else None
        if tree and self.params.hierarchy == "centroids":
            tree = replace(tree, joins=False)
        values = {"noise_fraction": noise, **recalled(self._recall)}
        return Details(values, curves=curves, tree=tree)

    def state(self) -> State:
        """Return rows (n, d), labels, core and leaving distances (n,), reaches (k,), and the tree."""
        return State(
            {
                **(self._tree.arrays() if self._tree else {}),
                "rows": self._rows,
                "labels": self._labels,
                "core": self._core,
                "left": self._left,
                "reach": self._reach,
            }
        )

    def restore(self, state: State) -> None:
        """Take up the arrays of ``state``; where few rows were fitted there is no tree."""
        arrays = state.arrays
        self._rows, self._labels = arrays["rows"], arrays["labels"]
        self._core, self._left = arrays["core"], arrays["left"]
        self._reach = arrays["reach"]
        names = ("node", "left", "above", "born", "chosen")
        self._tree = Tree(*(arrays[name] for name in names)) if "node" in arrays else None
        self._positions = None

    def _clustered(self) -> tuple[IntArray, npt.NDArray[Any], Near | None]:
        """Return labels int64 (n,), the condensed tree's records, and the nearest rows that a graph has."""
        params, samples = self.params, self._min_samples(len(self._rows))
        many = len(self._rows) > EXACT_ROWS and params.metric != "manhattan"
        if params.backend == "graph" or (params.backend == "auto" and many):
            labels, tree, self._persistence, nearest = by_graph(self._rows, params, samples)
            return labels, tree, nearest
        from hdbscan import HDBSCAN

        model = HDBSCAN(
            min_cluster_size=params.min_cluster_size,
            min_samples=samples,
            metric=self._metric,
            cluster_selection_method=params.selection,
            cluster_selection_epsilon=params.epsilon,
            allow_single_cluster=params.allow_single_cluster,
            # The approximate tree is hardly faster, and its labels may be quite others.
            approx_min_span_tree=False,
            core_dist_n_jobs=1,
        )
        with warnings.catch_warnings():
            # The library divides by the zero distance of equal rows, and handles it.
            warnings.simplefilter("ignore")
            labels = model.fit_predict(self._rows.astype(np.float64)).astype(np.int64)
            records = model.condensed_tree_.to_numpy()
        self._persistence = [float(value) for value in model.cluster_persistence_]
        return labels, records, None

    def _cores(self, context: Context, nearest: Near | None) -> FloatArray:
        """Return how far the min_samples-th nearest row is from each, itself the first: (n,)."""
        samples = self._min_samples(len(self._rows))
        if len(self._rows) > EXACT_ROWS and self.params.metric != "manhattan":
            if samples == 1:
                return np.zeros(len(self._rows), dtype=np.float32)
            found = nearest or near(self._rows, samples - 1)
            return found.distances[:, samples - 2]
        far: FloatArray = self._neighbors(context).kneighbors(self._rows, n_neighbors=samples)[0]
        return far[:, -1]

    def _nearest(self, rows: FloatArray, context: Context) -> tuple[IntArray, Vector]:
        """Return each row's nearest of the fit in mutual reachability, and how far: (n,) each."""
        if not len(rows):
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        samples = self._min_samples(len(self._rows))
        count = min(len(self._rows), 2 * samples)
        distance, index = self._neighbors(context).kneighbors(rows, n_neighbors=count)
        own_core = distance[:, min(samples, count - 1)][:, None]
        mutual = np.maximum(np.maximum(distance, own_core), self._core[index])  # (n, found)
        best = mutual.argmin(axis=1)
        each = np.arange(len(rows))
        return index[each, best], mutual[each, best]

    def _placed(self, tree: Tree, rows: FloatArray, context: Context) -> tuple[IntArray, Vector]:
        """Return the node each row falls out of, and at which distance; rows of the fit their own."""
        node, left = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows))
        stored = self._stored(rows)
        stored_rows = stored >= 0
        node[stored_rows], left[stored_rows] = (
            tree.node[stored[stored_rows]],
            tree.left[stored[stored_rows]],
        )
        node[~stored_rows], left[~stored_rows] = tree.placed(
            *self._nearest(rows[~stored_rows], context)
        )
        return node, left

    def _stored(self, rows: FloatArray) -> IntArray:
        """Return the position of each row in the fit, or -1: int64 (n,)."""
        if len(rows) == len(self._rows) and np.array_equal(rows, self._rows):
            return np.arange(len(rows))
        if self._positions is None:
            self._positions = {}
            for position, row in enumerate(self._rows):
                self._positions.setdefault(hash(row.tobytes()), position)
        places = np.array(
            [self._positions.get(hash(row.tobytes()), -1) for row in rows], dtype=np.int64
        )
        return np.where((self._rows[places] == rows).all(axis=1), places, -1)

    @property
    def _metric(self) -> str:
        return "euclidean" if self.params.metric == "cosine" else self.params.metric

    def _min_samples(self, rows: int) -> int:
        wanted = self.params.min_samples or self.params.min_cluster_size
        return max(1, min(rows - 1, wanted))

    def _neighbors(self, context: Context) -> Any:
        from sklearn.neighbors import NearestNeighbors

        return NearestNeighbors(metric=self._metric, n_jobs=context.threads).fit(self._rows)

    def _prepared(self, points: Points, columns: int | None = None) -> FloatArray:
        rows = checked_rows(points.embedding, columns)
        if self.params.metric == "cosine":
            length = np.linalg.norm(rows, axis=1, keepdims=True)
            rows = (rows / np.where(length > 0, length, 1)).astype(np.float32)
        return rows
