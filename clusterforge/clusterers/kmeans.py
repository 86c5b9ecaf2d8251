"""k-means."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from clusterforge.builtin.clusterer_costs import kmeans_method
from clusterforge.builtin.clusterers import KmeansParams
from clusterforge.clusterers.anchored import Described
from clusterforge.clusterers.how_many import how_many, k_means_of
from clusterforge.contracts import Context, Details, Passes, Points, State, StoredRows, checked_rows
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.kmeans import KMeansResult, assign, kmeans
from clusterforge.numerics.kmeans_blocks import Pass, kmeans_blocks
from clusterforge.numerics.sizes import sampled


class Kmeans(Described[KmeansParams]):
    """Lloyd's k-means from k-means++ or Ward's tree; the restart with the least inertia is kept.

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
        if self._method(rows) != "lloyd":
            values["sampled_start"] = sampled(len(rows), k)
        self._details = Details(values, chosen.choices)
        return result.labels

    def _method(self, rows: FloatArray) -> str:
        return kmeans_method(self.params, len(rows), in_files=isinstance(rows, StoredRows))

    def _fitted(self, rows: FloatArray, k: int, context: Context) -> KMeansResult:
        own, method = self.params, self._method(rows)
        fit: Callable[..., KMeansResult] = kmeans
        if method == "mini-batch":
            fit = partial(kmeans_blocks, batches=own.batches)
        elif method == "blocks":
            passes = Passes(context)
            saved = passes.load()

            def on_pass(done: Pass) -> None:
                if done.done:
                    text = f"pass {done.done}, movement {done.moved:.3g} of what is still"
                    context.progress(done.done, own.max_iter, text)
                passes.after(lambda: _state(done))

            after = None if saved is None else _pass(saved)
            fit = partial(kmeans_blocks, on_pass=on_pass, after=after)
        return fit(
            rows,
            k,
            seed=context.seed,
            n_init=own.restarts,
            max_iter=own.max_iter,
            tol=own.tol,
            device=context.device,
            start=own.start,
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


def _state(done: Pass) -> State:
    arrays = {"centroids": done.centroids, "moved": np.array([done.moved])}
    return State(arrays, {"done": done.done, "place": f"pass {done.done}"})


def _pass(saved: State) -> Pass:
    moved = float(saved.arrays["moved"][0])
    return Pass(saved.arrays["centroids"], int(saved.meta["done"]), moved)
