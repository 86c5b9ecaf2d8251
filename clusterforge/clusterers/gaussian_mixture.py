"""Clustering by a mixture of Gaussians."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from clusterforge.builtin.clusterers import GaussianMixtureParams
from clusterforge.clusterers.anchored import Described
from clusterforge.clusterers.mixture import Mixture, expectation_maximisation, maximised
from clusterforge.clusterers.rows import how_many, k_means_of
from clusterforge.contracts import (
    Context,
    Details,
    FloatArray,
    IntArray,
    Points,
    State,
    checked_rows,
)
from clusterforge.errors import InputError
from clusterforge.numerics.kmeans import kmeans


class GaussianMixture(Described[GaussianMixtureParams]):
    """Expectation-maximisation in float64 from k-means, as scikit-learn's ``GaussianMixture``.

    The restart of the largest likelihood is kept. A row belongs to the component of the largest
    posterior probability; a component that is no row's largest is left out.

    References
    ----------
    Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x.
    """

    mixture: Mixture

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        k, self._warnings = chosen.k, chosen.warnings
        best: tuple[Mixture, list[float]] | None = None
        try:
            # One thread: a sum over several would depend on how many there are.
            with threadpool_limits(1):
                for restart in range(self.params.restarts):
                    result = self._run(rows, k, restart, context)
                    if best is None or result[1][-1] > best[1][-1]:
                        best = result
        except (np.linalg.LinAlgError, FloatingPointError) as error:
            raise InputError(
                f"a covariance is not positive definite ({error})",
                key="reg",
                remedy='raise reg, or use covariance = "diag" or fewer clusters',
            ) from error
        assert best is not None
        self.mixture, curve = best
        values = {
            "log_likelihood": curve[-1],
            "iterations": len(curve),
            "converged": len(curve) < self.params.max_iter,
        }
        self._details = Details(values, chosen.choices)
        labels = self.predict(points, context)
        occupied, components = np.unique(labels), len(self.mixture.weights)
        if len(occupied) == components:
            return labels
        self.mixture = self.mixture.part(occupied)
        self._warnings = [
            *chosen.warnings,
            f"{components - len(occupied)} of {components} components have no row of their own "
            "and are left out",
        ]
        return np.searchsorted(occupied, labels)

    def _run(
        self, rows: FloatArray, k: int, restart: int, context: Context
    ) -> tuple[Mixture, list[float]]:
        seed = int(np.random.SeedSequence([context.seed, restart]).generate_state(1)[0])
        with k_means_of(rows, k):
            start = kmeans(rows, k, seed=seed, n_init=1, device=context.device)
        exact, params = rows.astype(np.float64), self.params
        shares = np.eye(k)[start.labels]
        centroids = start.centroids.astype(np.float64)
        total = params.restarts * params.max_iter
        return expectation_maximisation(
            exact,
            maximised(exact, shares, centroids, params.covariance, params.reg),
            reg=params.reg,
            max_iter=params.max_iter,
            tol=params.tol,
            progress=lambda done: context.progress(restart * params.max_iter + done, total, "EM"),
        )

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give each row its most probable component: int64 (n,)."""
        rows = checked_rows(points.embedding, self.mixture.means.shape[1])
        with threadpool_limits(1):
            labels: IntArray = self.mixture.log_joint(rows).argmax(axis=1).astype(np.int64)
        return labels

    def membership(self, points: Points, context: Context) -> FloatArray:
        """Return the posterior probability of each component: float32 (n, k)."""
        rows = checked_rows(points.embedding, self.mixture.means.shape[1])
        with threadpool_limits(1):
            shares: FloatArray = softmax(self.mixture.log_joint(rows), axis=1).astype(np.float32)
        return shares

    def state(self) -> State:
        """Return weights, means and precision factors."""
        arrays = {
            "weights": self.mixture.weights,
            "means": self.mixture.means,
            "precisions_cholesky": self.mixture.precisions_cholesky,
        }
        return State(arrays)

    def restore(self, state: State) -> None:
        """Take up weights, means and precision factors."""
        names = ("weights", "means", "precisions_cholesky")
        arrays = (np.asarray(state.arrays[name], dtype=np.float64) for name in names)
        self.mixture = Mixture(self.params.covariance, *arrays)
