"""Clustering by a mixture of Gaussians: scikit-learn's, on rows brought to one scale."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from clusterforge.builtin.clusterers import GaussianMixtureParams
from clusterforge.clusterers.anchored import Described
from clusterforge.clusterers.how_many import check_distinct, how_many
from clusterforge.contracts import Context, Details, Points, State, checked_rows
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, IntArray

FITTED = ("weights_", "means_", "precisions_cholesky_")


class GaussianMixture(Described[GaussianMixtureParams]):
    """Expectation-maximisation in float64 from k-means.

    The restart of the largest likelihood is kept. A row belongs to the component of the largest
    posterior probability; a component that is no row's largest is left out. Rows are centred and
    divided by one number, the root of the columns' mean variance, so that ``reg`` means the same in
    metres and in kilometres.

    References
    ----------
    Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x.
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        from sklearn.exceptions import ConvergenceWarning

        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        check_distinct(rows, chosen.k)
        exact = rows.astype(np.float64)
        self.centre = exact.mean(axis=0)
        self.scale = float(np.sqrt(exact.var(axis=0).mean())) or 1.0
        params = self.params
        self.mixture = self._mixture(
            n_components=chosen.k,
            reg_covar=params.reg,
            max_iter=params.max_iter,
            tol=params.tol,
            n_init=params.restarts,
            random_state=context.seed,
        )
        scaled = self._scaled(rows)
        # Its library takes no single row, which is as well a row that occurs twice.
        scaled = scaled if len(rows) > 1 else np.repeat(scaled, 2, axis=0)
        # One thread: a sum over several would depend on how many there are.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the details say so
            try:
                labels: IntArray = self.mixture.fit_predict(scaled)[: len(rows)].astype(np.int64)
            except ValueError as error:
                raise InputError(
                    "a covariance is not positive definite",
                    key="reg",
                    remedy='raise reg, or use covariance = "diag" or fewer clusters',
                ) from error
        likelihood = self.mixture.lower_bound_ - rows.shape[1] * np.log(self.scale)
        values = {
            "log_likelihood": float(likelihood),
            "iterations": int(self.mixture.n_iter_),
            "converged": bool(self.mixture.converged_),
        }
        self._details, self._warnings = Details(values, chosen.choices), chosen.warnings
        occupied = np.unique(labels)
        if len(occupied) < chosen.k:
            self._keep(occupied)
            self._warnings = [
                *chosen.warnings,
                f"{chosen.k - len(occupied)} of {chosen.k} components have no rows and are left "
                "out",
            ]
        return np.searchsorted(occupied, labels)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give each row its most probable component: int64 (n,)."""
        labels: IntArray = self.membership(points, context).argmax(axis=1).astype(np.int64)
        return labels

    def membership(self, points: Points, context: Context) -> FloatArray:
        """Return the posterior probability of each component: float32 (n, k)."""
        rows = checked_rows(points.embedding, len(self.centre))
        if not len(rows):
            return np.zeros((0, len(self.mixture.weights_)), np.float32)
        shares: FloatArray = self.mixture.predict_proba(self._scaled(rows)).astype(np.float32)
        return shares

    def state(self) -> State:
        """Return weights, means and precision factors of scaled rows, and their scale."""
        arrays = {name: np.asarray(getattr(self.mixture, name)) for name in FITTED}
        return State({**arrays, "centre": self.centre}, {"scale": self.scale})

    def restore(self, state: State) -> None:
        """Take up weights, means, precision factors and scale."""
        self.centre, self.scale = state.arrays["centre"], float(state.meta["scale"])
        self.mixture = self._mixture(n_components=len(state.arrays["weights_"]))
        for name in FITTED:
            setattr(self.mixture, name, state.arrays[name])

    def _mixture(self, **settings: Any) -> Any:
        from sklearn.mixture import GaussianMixture as Mixture

        return Mixture(covariance_type=self.params.covariance, **settings)

    def _scaled(self, rows: FloatArray) -> Any:
        return (rows - self.centre) / self.scale

    def _keep(self, components: IntArray) -> None:
        """Leave out all components but some."""
        mixture = self.mixture
        weights = mixture.weights_[components]
        mixture.weights_, mixture.means_ = weights / weights.sum(), mixture.means_[components]
        if self.params.covariance != "tied":
            mixture.precisions_cholesky_ = mixture.precisions_cholesky_[components]
