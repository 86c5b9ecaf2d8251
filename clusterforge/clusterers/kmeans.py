"""k-means."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.clusterers import KmeansParams
from clusterforge.clusterers.anchored import Described
from clusterforge.clusterers.how_many import how_many, k_means_of
from clusterforge.contracts import Context, Details, Points, State, checked_rows
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.kmeans import assign, kmeans


class Kmeans(Described[KmeansParams]):
    """Lloyd's k-means from k-means++; the restart with the least inertia is kept.

    Each of the k clusters has a row, so k can't exceed the number of distinct rows.

    References
    ----------
    Lloyd 1982, doi:10.1109/TIT.1982.1056489.
    Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding".
    """

    centroids: FloatArray

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        k, self._warnings = chosen.k, chosen.warnings
        with k_means_of(rows, k):
            result = kmeans(
                rows,
                k,
                seed=context.seed,
                n_init=self.params.restarts,
                max_iter=self.params.max_iter,
                tol=self.params.tol,
                device=context.device,
            )
        self.centroids = result.centroids
        values = {"inertia": float(result.inertia), "iterations": int(result.n_iter)}
        self._details = Details(values, chosen.choices)
        return result.labels

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give each row its nearest centroid: int64 (n,)."""
        rows = checked_rows(points.embedding, self.centroids.shape[1])
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        return assign(rows, self.centroids, device=context.device)[0]

    def state(self) -> State:
        """Return the centroids."""
        return State({"centroids": self.centroids})

    def restore(self, state: State) -> None:
        """Take up the centroids."""
        self.centroids = np.asarray(state.arrays["centroids"], dtype=np.float32)
