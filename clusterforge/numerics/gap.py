"""The gap statistic: how much tighter clusters are than those of rows without any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

from clusterforge.numerics.kmeans import kmeans

COLUMNS = 64
RESTARTS = 3
ITERATIONS = 25
ERRORS = 3

Values = npt.NDArray[np.float64]


def gap_statistic(
    points: npt.ArrayLike,
    ks: Sequence[int],
    *,
    seed: int,
    references: int = 10,
    device: str = "cpu",
) -> tuple[Values, Values]:
    """Return the gap for each number of clusters, and its standard error.

    Gap(k) is the mean of log W(k) over the references minus log W(k) of the points, where W is the
    inertia of k-means (the best of 3 starts of 25 iterations, for both). A reference is uniform
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


def within_errors(ks: Sequence[int], gap: Values, error: Values) -> int:
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


def along_components(points: npt.ArrayLike) -> Values:
    """Return centred rows along their principal components, largest first: float64 (n, ≤ 64)."""
    rows = np.asarray(points, dtype=np.float64)
    rows = rows - rows.mean(axis=0)
    n, d = rows.shape
    kept = min(n, d, COLUMNS)
    # One thread: a sum over several would depend on how many there are.
    with threadpool_limits(1):
        if d <= n:
            vectors = eigh(rows.T @ rows, subset_by_index=[d - kept, d - 1])[1]
            aligned: Values = rows @ vectors[:, ::-1]
        else:  # the same from the rows' products, as there are fewer of these
            values, vectors = eigh(rows @ rows.T, subset_by_index=[n - kept, n - 1])
            aligned = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    return aligned


def _log_inertia(rows: Values, ks: Sequence[int], seed: int, device: str) -> list[float]:
    found = [
        kmeans(rows, k, seed=seed, n_init=RESTARTS, max_iter=ITERATIONS, device=device).inertia
        for k in ks
    ]
    return [float(np.log(max(inertia, np.finfo(np.float64).tiny))) for inertia in found]
