"""The gap statistic: the inertia of k-means next to that of rows without clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.choosing.sample import along_components
from clusterforge.numerics.many_k import ManyK

ERRORS = 3


def gap_statistic(
    points: npt.ArrayLike,
    ks: Sequence[int],
    *,
    seed: int,
    references: int = 10,
    device: str = "cpu",
) -> tuple[DoubleArray, DoubleArray]:
    """Return the gap for each number of clusters, and its standard error.

    Gap(k) is the mean of log W(k) over the references minus log W(k) of the points, where W is the
    inertia of k-means (the best of 3 starts, 30 iterations at most, for both). A reference is uniform
    over the box of the points along their principal components (Tibshirani's choice b); where there
    are more than 64 of these, points and references are seen along the 64 largest.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    ks : sequence of int
        Numbers of clusters, each below the number of distinct rows.
    seed : int
        Seed of the references and of k-means.
    references : int
        At least 2.
    device : str

    Returns
    -------
    gap : ndarray of float64, shape (len(ks),)
    error : ndarray of float64, shape (len(ks),)
        The references' standard deviation of log W, times sqrt(1 + 1 / references).

    References
    ----------
    Tibshirani, Walther & Hastie 2001, "Estimating the number of clusters in a data set via the gap
    statistic", J. R. Stat. Soc. B 63, sections 3 and 4.
    """
    aligned = along_components(points)
    low, high = aligned.min(axis=0), aligned.max(axis=0)
    expected = np.empty((references, len(ks)))
    for i in range(references):
        rng = np.random.default_rng([seed, i])
        expected[i] = _log_inertia(rng.uniform(low, high, aligned.shape), ks, seed, device)
    gap = expected.mean(axis=0) - _log_inertia(aligned, ks, seed, device)
    return gap, expected.std(axis=0) * np.sqrt(1 + 1 / references)


def within_errors(ks: Sequence[int], gap: DoubleArray, error: DoubleArray) -> int:
    """Return the smallest k whose gap is within three standard errors of the largest gap.

    ``gap`` and ``error`` are float64 (len(ks),). The first rule published, the smallest k whose gap
    is at least the next one's less its error, stops at the dip before clusters that only show once
    most of them are apart; one error instead of three finds clusters in uniform rows.

    References
    ----------
    Dudoit & Fridlyand 2002, doi:10.1186/gb-2002-3-7-research0036; "globalSEmax" of R's ``cluster``.
    """
    top = int(gap.argmax())
    return ks[int((gap >= gap[top] - ERRORS * error[top]).argmax())]


def _log_inertia(rows: DoubleArray, ks: Sequence[int], seed: int, device: str) -> list[float]:
    many = ManyK(rows, max(ks), seed=seed, device=device)
    logarithms = []
    for k in ks:
        labels, centroids = many.fit(k)
        gaps = rows - centroids[labels]
        inertia = float(np.einsum("ij,ij->", gaps, gaps))
        logarithms.append(float(np.log(max(inertia, np.finfo(np.float64).tiny))))
    return logarithms
