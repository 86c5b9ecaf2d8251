"""A mixture of Gaussians: its densities, and its fit by expectation-maximisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.special import logsumexp

BLOCK = 16384
Covariance = Literal["full", "tied", "diag", "spherical"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mixture:
    """A mixture of k Gaussians in d dimensions.

    Parameters
    ----------
    covariance
        ``full``, ``tied``, ``diag`` or ``spherical``.
    weights
        float64 (k,), of sum 1.
    means
        float64 (k, d).
    precisions_cholesky
        float64; upper Cholesky factors of the inverse covariances: (k, d, d) full, (d, d) tied;
        inverse standard deviations: (k, d) diag, (k,) spherical. As scikit-learn has them.
    """

    covariance: Covariance
    weights: Floats
    means: Floats
    precisions_cholesky: Floats

    def part(self, components: npt.NDArray[np.int64]) -> Mixture:
        """Return the mixture of some of the components, in the order given."""
        weights, factors = self.weights[components], self.precisions_cholesky
        return Mixture(
            self.covariance,
            weights / weights.sum(),
            self.means[components],
            factors if self.covariance == "tied" else factors[components],
        )

    def log_joint(self, rows: npt.NDArray[Any]) -> Floats:
        """Return the log of weight times density of each row in each component: float64 (n, k)."""
        k, d = self.means.shape
        out = np.empty((len(rows), k))
        for start in range(0, len(rows), BLOCK):
            part = rows[start : start + BLOCK].astype(np.float64)
            for j in range(k):
                gap = part - self.means[j]
                factor = self.precisions_cholesky
                if self.covariance != "tied":
                    factor = factor[j]
                matrix = factor.ndim == 2
                gap = gap @ factor if matrix else gap * factor
                scale = np.diag(factor) if matrix else np.broadcast_to(factor, d)
                square = np.einsum("ij,ij->i", gap, gap)
                out[start : start + BLOCK, j] = np.log(scale).sum() - 0.5 * square
        out += np.log(self.weights) - 0.5 * d * np.log(2 * np.pi)
        return out


def maximised(
    rows: Floats, shares: Floats, means: Floats, covariance: Covariance, reg: float
) -> Mixture:
    """Return the mixture of largest likelihood under fixed memberships (the M step).

    Parameters
    ----------
    rows
        float64 (n, d).
    shares
        Membership of each row in each component, float64 (n, k), rows of sum 1.
    means
        Means float64 (k, d) that components without members keep.
    covariance
        Shape of the components.
    reg
        Added to the variances.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where a covariance is not positive definite.
    """
    d, k = rows.shape[1], shares.shape[1]
    tiny = 10 * np.finfo(np.float64).eps
    sizes = shares.sum(axis=0) + tiny
    means = np.where(sizes[:, None] > 2 * tiny, shares.T @ rows / sizes[:, None], means)
    if covariance in ("full", "tied"):
        spread = np.empty((k, d, d))
        for j in range(k):
            gap = (rows - means[j]) * np.sqrt(shares[:, j : j + 1])
            spread[j] = gap.T @ gap
        if covariance == "tied":
            factors = _factor(spread.sum(axis=0) / sizes.sum(), reg)
        else:
            factors = np.stack([_factor(spread[j] / sizes[j], reg) for j in range(k)])
    else:
        spread = np.stack([shares[:, j] @ (rows - means[j]) ** 2 for j in range(k)])
        variance = spread / sizes[:, None] + reg
        if covariance == "spherical":
            variance = variance.mean(axis=1)
        if not (variance > 0).all():
            raise np.linalg.LinAlgError("a variance is 0")
        factors = 1 / np.sqrt(variance)
    return Mixture(covariance, sizes / sizes.sum(), means, factors)


def _factor(covariance: Floats, reg: float) -> Floats:
    """Return the upper Cholesky factor of the inverse of a covariance plus reg: float64 (d, d)."""
    lower = cholesky(covariance + reg * np.eye(len(covariance)), lower=True)
    inverse: Floats = solve_triangular(lower, np.eye(len(lower)), lower=True)
    return np.ascontiguousarray(inverse.T)


def expectation_maximisation(
    rows: Floats,
    start: Mixture,
    *,
    reg: float,
    max_iter: int,
    tol: float,
    progress: Callable[[int], None] = lambda iteration: None,
) -> tuple[Mixture, list[float]]:
    """Return the mixture at rest and the mean log-likelihood of each iteration.

    Parameters
    ----------
    rows
        float64 (n, d).
    start
        The mixture to begin with.
    reg
        Added to the variances.
    max_iter
        Most iterations.
    tol
        The end has come when the mean log-likelihood changes by less.
    progress
        Told the number of each iteration.

    References
    ----------
    Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x.
    """
    mixture, curve = start, [-np.inf]
    for iteration in range(max_iter):
        progress(iteration)
        joint = mixture.log_joint(rows)
        likelihood = logsumexp(joint, axis=1, keepdims=True)
        shares = np.exp(joint - likelihood)
        mixture = maximised(rows, shares, mixture.means, mixture.covariance, reg)
        curve.append(float(likelihood.mean()))
        if abs(curve[-1] - curve[-2]) < tol:
            break
    return mixture, curve[1:]
