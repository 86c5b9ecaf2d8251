"""Expectation-maximisation of a mixture of Gaussians over rows that need not fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clusterforge.numerics.arrays import DoubleArray

Blocks = Callable[[], Iterator[DoubleArray]]
LEAST = 1e-12  # of a posterior probability that a covariance takes account of


@dataclass(frozen=True)
class Pass:
    """How many passes over all rows there were, and the mean log-likelihood of a row in the last."""

    done: int
    likelihood: float


Told = Callable[[Pass, float], None]
BEGIN = Pass(0, -np.inf)


def expectation_maximisation(
    mixture: Any,
    blocks: Blocks,
    reg: float,
    max_iter: int,
    tol: float,
    told: Told,
    after: Pass = BEGIN,
) -> tuple[float, int, bool]:
    """Pass over rows until the mean log-likelihood rests; the mixture is changed in place.

    Each pass is one iteration of expectation-maximisation over all rows, as scikit-learn has it.

    Parameters
    ----------
    mixture
        A fitted ``sklearn.mixture.GaussianMixture``, where the passes begin or go on.
    blocks
        Gives the rows anew with each call: float64 (b, d).
    reg
        Added to the variances.
    max_iter, tol
        Passes at most; they end once the mean log-likelihood increases by less than ``tol``.
    told
        Called after each pass with the increase; the mixture is then what the next pass begins with.
    after
        What ``told`` was called with last, where passes go on from there.

    Returns
    -------
    likelihood, passes, converged
        The mean log-likelihood of a row before the last update, the number of passes, whether they rest.
    """
    last = after.likelihood
    k, d = mixture.means_.shape
    for done in range(after.done + 1, max_iter + 1):
        sums = _Sums(k, d, mixture.covariance_type)
        for x in blocks():
            logs, posterior = mixture._estimate_log_prob_resp(x)
            sums.add(x, np.exp(posterior), float(logs.sum()))
        likelihood = sums.likelihood / sums.rows
        sums.into(mixture, reg)
        increase, last = likelihood - last, likelihood
        if abs(increase) < tol:
            return likelihood, done, True
        told(Pass(done, likelihood), increase)
    return last, max_iter, False


class _Sums:
    """What a pass adds up: of each component the posteriors, and the rows and their products by them."""

    def __init__(self, k: int, d: int, covariance: str) -> None:
        shapes = {"full": (k, d, d), "tied": (d, d)}
        self.covariance, self.rows, self.likelihood = covariance, 0, 0.0
        self.weights, self.first = np.zeros(k), np.zeros((k, d))
        self.second = np.zeros(shapes.get(covariance, (k, d)))

    def add(self, x: DoubleArray, posterior: DoubleArray, likelihood: float) -> None:
        """Add rows (b, d) with their posteriors (b, k)."""
        self.rows += len(x)
        self.likelihood += likelihood
        self.weights += posterior.sum(axis=0)
        self.first += posterior.T @ x
        if self.covariance == "tied":
            self.second += x.T @ x
        elif self.covariance == "full":
            for component, share in enumerate(posterior.T):
                own = np.flatnonzero(share > LEAST)
                some = x[own]
                self.second[component] += (share[own, None] * some).T @ some
        else:
            self.second += posterior.T @ np.square(x)

    def into(self, mixture: Any, reg: float) -> None:
        """Give a mixture the weights, means and covariances that are most likely.

        Raises
        ------
        ValueError
            Where a covariance is not positive definite.
        """
        from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky

        weights = self.weights + 10 * np.finfo(np.float64).eps
        means = self.first / weights[:, None]
        diagonal = np.arange(means.shape[1])
        if self.covariance == "tied":
            covariances = (self.second - (weights * means.T) @ means) / weights.sum()
            covariances[diagonal, diagonal] += reg
        elif self.covariance == "full":
            covariances = self.second / weights[:, None, None]
            covariances -= means[:, :, None] * means[:, None]
            covariances[:, diagonal, diagonal] += reg
        else:
            covariances = self.second / weights[:, None] - means**2 + reg
            if self.covariance == "spherical":
                covariances = covariances.mean(axis=1)
        factors = _compute_precision_cholesky(covariances, self.covariance)
        mixture.weights_, mixture.means_ = weights / weights.sum(), means
        mixture.covariances_, mixture.precisions_cholesky_ = covariances, factors
