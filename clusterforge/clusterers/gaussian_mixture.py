"""Clustering by a mixture of Gaussians: scikit-learn's, on rows brought to one scale."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from clusterforge.builtin.clusterer_costs import mixture_in_blocks, mixture_sample
from clusterforge.builtin.clusterers import GaussianMixtureParams
from clusterforge.clusterers.anchored import Described, drawn
from clusterforge.clusterers.how_many import check_distinct, how_many
from clusterforge.contracts import Context, Details, Passes, Points, State, StoredRows, checked_rows
from clusterforge.errors import InputError
from clusterforge.formats import are, have
from clusterforge.numerics.arrays import DoubleArray, FloatArray, IntArray, blocks
from clusterforge.numerics.mixture_blocks import BEGIN, Pass, expectation_maximisation
from clusterforge.numerics.threads import at_most

FITTED = ("weights_", "means_", "precisions_cholesky_")
KEPT = (*FITTED, "covariances_")


class GaussianMixture(Described[GaussianMixtureParams]):
    """Expectation-maximisation in float64 from k-means.

    The restart of the largest likelihood is kept. A row belongs to the component of the largest
    posterior probability; a component that is no row's largest is left out. Rows are centred and
    divided by one number, the root of the columns' mean variance, so that ``reg`` means the same in
    metres and in kilometres.

    With ``method = "blocks"`` scikit-learn's fit is of a sample, and all rows are then passed over, block by
    block, from the mixture that it has found.

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
        self._bring_to_scale(rows)
        params = self.params
        self.mixture = self._mixture(
            n_components=chosen.k,
            reg_covar=params.reg,
            max_iter=params.max_iter,
            tol=params.tol,
            n_init=params.restarts,
            random_state=context.seed,
        )
        in_blocks = mixture_in_blocks(params, len(rows), in_files=isinstance(rows, StoredRows))
        passes = Passes(context)
        saved = passes.load() if in_blocks else None
        start = rows
        if in_blocks:
            few = mixture_sample(params, len(rows), rows.shape[1], chosen.k)
            start = np.asarray(rows[drawn(len(rows), few, context.seed)])
        scaled = self._scaled(start)
        # Its library takes no single row, which is as well a row that occurs twice.
        scaled = scaled if len(start) > 1 else np.repeat(scaled, 2, axis=0)
        # One thread: a sum over several would depend on how many there are. The details say what has not
        # converged.
        with at_most(1), warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            try:
                if saved is None:
                    labels: IntArray = self.mixture.fit_predict(scaled)[: len(start)].astype(
                        np.int64
                    )
                    mixture = self.mixture
                    fit = (mixture.lower_bound_, mixture.n_iter_, mixture.converged_)
                if in_blocks:
                    del scaled
                    fit = self._over_blocks(rows, context, passes, saved)
                    labels = self.predict(points, context)
            except ValueError as error:
                raise InputError(
                    "a covariance is not positive definite",
                    key="reg",
                    remedy='raise reg, or use covariance = "diag" or fewer clusters',
                ) from error
        likelihood = fit[0] - rows.shape[1] * np.log(self.scale)
        values = {
            "log_likelihood": float(likelihood),
            "iterations": int(fit[1]),
            "converged": bool(fit[2]),
        }
        if in_blocks:
            values["sampled_start"] = len(start)
        self._details, self._warnings = Details(values, chosen.choices), chosen.warnings
        occupied = np.unique(labels)
        if empty := chosen.k - len(occupied):
            self._keep(occupied)
            self._warnings = [
                *chosen.warnings,
                f"of {chosen.k} components, {empty} {have(empty)} no rows and {are(empty)} left out",
            ]
        return np.searchsorted(occupied, labels)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give each row its most probable component: int64 (n,)."""
        rows = checked_rows(points.embedding, len(self.centre))
        labels = np.zeros(len(rows), dtype=np.int64)
        for part in self._parts(rows):
            labels[part] = self._shares(rows[part]).argmax(axis=1)
        return labels

    def membership(self, points: Points, context: Context) -> FloatArray:
        """Return the posterior probability of each component: float32 (n, k)."""
        rows = checked_rows(points.embedding, len(self.centre))
        shares = np.zeros((len(rows), len(self.mixture.weights_)), np.float32)
        for part in self._parts(rows):
            shares[part] = self._shares(rows[part])
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

    def _bring_to_scale(self, rows: FloatArray) -> None:
        """Keep the columns' means, and the root of their mean variance."""
        total = np.zeros(rows.shape[1])
        for part in blocks(*rows.shape):
            total += rows[part].sum(axis=0, dtype=np.float64)
        self.centre = total / len(rows)
        squares = 0.0
        for part in blocks(*rows.shape):
            squares += float(np.square(rows[part] - self.centre).sum())
        self.scale = float(np.sqrt(squares / rows.size)) or 1.0

    def _over_blocks(
        self, rows: FloatArray, context: Context, passes: Passes, saved: State | None
    ) -> tuple[float, int, bool]:
        own, after = self.params, BEGIN
        if saved is not None:
            for name in KEPT:
                setattr(self.mixture, name, saved.arrays[name])
            (likelihood,) = saved.arrays["likelihood"]
            after = Pass(int(saved.meta["done"]), float(likelihood))

        def every() -> Iterator[DoubleArray]:
            for part in self._parts(rows):
                yield self._scaled(rows[part])

        def told(done: Pass, more: float) -> None:
            text = f"pass {done.done}, log-likelihood + {more:.3g}"
            context.progress(done.done, own.max_iter, text)
            passes.after(partial(self._kept, done))

        return expectation_maximisation(
            self.mixture, every, own.reg, own.max_iter, own.tol, told, after
        )

    def _kept(self, done: Pass) -> State:
        arrays = {name: np.asarray(getattr(self.mixture, name)) for name in KEPT}
        arrays["likelihood"] = np.array([done.likelihood])
        return State(arrays, {"done": done.done, "place": f"pass {done.done}"})

    def _parts(self, rows: FloatArray) -> Iterator[slice]:
        return blocks(len(rows), max(len(self.mixture.weights_), rows.shape[1]))

    def _shares(self, rows: FloatArray) -> FloatArray:
        shares: FloatArray = self.mixture.predict_proba(self._scaled(rows)).astype(np.float32)
        return shares

    def _scaled(self, rows: FloatArray) -> DoubleArray:
        scaled: DoubleArray = (rows - self.centre) / self.scale
        return scaled

    def _keep(self, components: IntArray) -> None:
        """Leave out all components but some."""
        mixture = self.mixture
        weights = mixture.weights_[components]
        mixture.weights_, mixture.means_ = weights / weights.sum(), mixture.means_[components]
        if self.params.covariance != "tied":
            mixture.precisions_cholesky_ = mixture.precisions_cholesky_[components]
