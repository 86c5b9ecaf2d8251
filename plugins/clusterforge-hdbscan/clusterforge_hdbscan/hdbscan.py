"""Clusters of any density, with a rule for new rows that needs arrays only."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Clusterer, Context, FloatArray, IntArray, Points, State
from clusterforge.errors import InputError
from clusterforge_hdbscan.plugin import HdbscanParams

Vector = npt.NDArray[np.float64]

NOISE = -1


class Hdbscan(Clusterer[HdbscanParams]):
    """HDBSCAN by the library ``hdbscan``.

    A new row x is labelled by the fitted row y that is nearest in mutual reachability,
    ``max(core(x), core(y), d(x, y))``, among the 2 · min_samples nearest. It takes y's label if
    that distance is below the one at which y's cluster came off its parent in the condensed tree,
    or not above the one at which y itself fell out of its cluster; else it is noise. That is the
    rule of the library's ``approximate_predict``; it needs the rows, their core distances and
    labels, and two kinds of distance, and no pickle.

    Fewer rows than ``min_cluster_size`` are all noise.

    References
    ----------
    Campello, Moulavi and Sander, PAKDD 2013, definitions 4 to 6; McInnes, Healy and Astels, JOSS
    2017.
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the train split: labels int64 (n,), -1 for noise."""
        from hdbscan import HDBSCAN

        params = self.params
        self._rows = self._prepared(points)
        n = len(self._rows)
        self._labels = np.full(n, NOISE, dtype=np.int64)
        self._left = np.zeros(n)
        self._reach = np.zeros(0)
        self._persistence: list[float] = []
        if n >= params.min_cluster_size:
            model = HDBSCAN(
                min_cluster_size=params.min_cluster_size,
                min_samples=self._min_samples(n),
                metric=self._metric,
                cluster_selection_method=params.selection,
                cluster_selection_epsilon=params.epsilon,
                allow_single_cluster=params.allow_single_cluster,
                core_dist_n_jobs=1,
            )
            with warnings.catch_warnings():
                # The library divides by the zero distance of equal rows, and handles it.
                warnings.simplefilter("ignore")
                self._labels = model.fit_predict(self._rows.astype(np.float64)).astype(np.int64)
                tree = model.condensed_tree_.to_numpy()
            self._left, self._reach = distances(tree, self._labels)
            self._persistence = [float(value) for value in model.cluster_persistence_]
        self._core = self._neighbors(context).kneighbors(
            self._rows, n_neighbors=self._min_samples(n)
        )[0][:, -1]
        return self._labels.copy()

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label new rows by the class's rule: int64 (n,)."""
        rows = self._prepared(points)
        if not len(rows):
            return np.zeros(0, dtype=np.int64)
        if rows.shape[1] != self._rows.shape[1]:
            raise InputError(
                f"rows have {rows.shape[1]} columns; it was fitted on {self._rows.shape[1]}"
            )
        samples = self._min_samples(len(self._rows))
        found = min(len(self._rows), 2 * samples)
        distance, index = self._neighbors(context).kneighbors(rows, n_neighbors=found)
        own_core = distance[:, min(samples, found - 1)][:, None]
        mutual = np.maximum(np.maximum(distance, own_core), self._core[index])  # (n, found)
        best = mutual.argmin(axis=1)
        each = np.arange(len(rows))
        nearest, reached = index[each, best], mutual[each, best]
        label = self._labels[nearest]
        clustered = label != NOISE
        limit = np.zeros(len(rows))
        limit[clustered] = self._reach[label[clustered]]
        joins = clustered & ((reached < limit) | (reached <= self._left[nearest]))
        return np.where(joins, label, NOISE)

    def details(self) -> Mapping[str, Any]:
        """Return the number of clusters, the share of noise, and each cluster's persistence."""
        clusters = int(self._labels.max(initial=NOISE)) + 1
        return {
            "n_clusters": clusters,
            "noise_fraction": float((self._labels == NOISE).mean()) if len(self._labels) else 0.0,
            "persistence": [value for value in self._persistence if np.isfinite(value)],
        }

    def state(self) -> State:
        """Return rows (n, d), labels, core and leaving distances (n,), and reaches (clusters,)."""
        return State(
            {
                "rows": self._rows,
                "labels": self._labels,
                "core": self._core,
                "left": self._left,
                "reach": self._reach,
            },
            {"persistence": self.details()["persistence"]},
        )

    def restore(self, state: State) -> None:
        """Take up the arrays of ``state``."""
        self._rows, self._labels = state.arrays["rows"], state.arrays["labels"]
        self._core, self._left = state.arrays["core"], state.arrays["left"]
        self._reach = state.arrays["reach"]
        self._persistence = list(state.meta["persistence"])

    @property
    def _metric(self) -> str:
        return "euclidean" if self.params.metric == "cosine" else self.params.metric

    def _min_samples(self, rows: int) -> int:
        wanted = self.params.min_samples or self.params.min_cluster_size
        return max(1, min(rows - 1, wanted))

    def _neighbors(self, context: Context) -> Any:
        from sklearn.neighbors import NearestNeighbors

        return NearestNeighbors(metric=self._metric, n_jobs=context.threads).fit(self._rows)

    def _prepared(self, points: Points) -> FloatArray:
        rows = points.embedding
        bad = int((~np.isfinite(rows).all(axis=1)).sum())
        if bad:
            raise InputError(
                f"{bad} of {len(rows)} rows hold NaN or infinity", remedy="drop or fill them"
            )
        if self.params.metric == "cosine":
            length = np.linalg.norm(rows, axis=1, keepdims=True)
            rows = (rows / np.where(length > 0, length, 1)).astype(np.float32)
        return rows


def distances(tree: npt.NDArray[Any], labels: IntArray) -> tuple[Vector, Vector]:
    """Read from the condensed tree how far each row and each cluster hold together.

    Parameters
    ----------
    tree
        Records of parent, child, lambda_val and child_size; parents have smaller numbers.
    labels
        int64 (n,).

    Returns
    -------
    left : ndarray
        Distance at which each row falls out of its cluster: float64 (n,).
    reach : ndarray
        Distance at which each cluster comes off its parent: float64 (clusters,). Where the
        cluster is the whole tree, the largest at which one of its rows falls out.
    """
    is_row = tree["child_size"] == 1
    children, parents = tree["child"], tree["parent"]
    with np.errstate(divide="ignore"):
        distance = 1.0 / tree["lambda_val"]
    left = np.zeros(len(labels))
    left[children[is_row]] = distance[is_row]
    parent = np.zeros(len(labels), dtype=np.int64)
    parent[children[is_row]] = parents[is_row]
    above = dict(zip(children[~is_row].tolist(), parents[~is_row].tolist(), strict=True))
    born = dict(zip(children[~is_row].tolist(), distance[~is_row].tolist(), strict=True))
    reach = np.zeros(int(labels.max(initial=NOISE)) + 1)
    for cluster in range(len(reach)):
        members = labels == cluster
        nodes = set(parent[members].tolist())
        # Upwards from the deepest, until all members' nodes meet in the cluster's own.
        while len(nodes) > 1:
            deepest = max(nodes)
            nodes.remove(deepest)
            nodes.add(above[deepest])
        reach[cluster] = born.get(nodes.pop(), left[members].max())
    return left, reach
