"""k-means."""

from __future__ import annotations

from functools import partial

import numpy as np

from clusterforge.builtin.clusterers import KmeansParams
from clusterforge.clusterers.anchored import Described
from clusterforge.clusterers.how_many import how_many, k_means_of
from clusterforge.contracts import Context, Details, Points, State, StoredRows, checked_rows
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.kmeans import KMeansResult, assign, kmeans
from clusterforge.numerics.kmeans_blocks import kmeans_blocks


class Kmeans(Described[KmeansParams]):
    """Lloyd's k-means from k-means++; the restart with the least inertia is kept.

    Each of the k clusters has a row, so k can't exceed the number of distinct rows.

    References
    ----------
    Lloyd 1982, doi:10.1109/TIT.1982.1056489.
    Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding".
    Sculley 2010, "Web-scale k-means clustering" (mini-batch).
    """

    centroids: FloatArray

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        k, self._warnings = chosen.k, chosen.warnings
        with k_means_of(rows, k):
            result = self._fitted(rows, k, context)
        self.centroids = result.centroids
        values = {"inertia": float(result.inertia), "iterations": int(result.n_iter)}
        self._details = Details(values, chosen.choices)
        return result.labels

    def _fitted(self, rows: FloatArray, k: int, context: Context) -> KMeansResult:
        own, method = self.params, self.params.method
        if method == "auto":
            method = "blocks" if isinstance(rows, StoredRows) else "lloyd"
        if method == "lloyd":
            fit = kmeans
        else:
            batches = own.batches if method == "mini-batch" else None
            fit = partial(
                kmeans_blocks, batches=batches, on_pass=partial(_progress, context, own.max_iter)
            )
        return fit(
            rows,
            k,
            seed=context.seed,
            n_init=own.restarts,
            max_iter=own.max_iter,
            tol=own.tol,
            device=context.device,
        )

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


def _progress(context: Context, most: int, done: int, moved: float) -> None:
    context.progress(done, most, f"pass {done}, movement {moved:.3g} of what is still")
