"""The number of clusters, chosen from the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

from clusterforge.numerics.arrays import DoubleArray, FloatArray
from clusterforge.numerics.kmeans import KMeansResult, kmeans
from clusterforge.numerics.silhouette import silhouette_samples

SAMPLE_ROWS = 5000
LEAST_ROWS = 1000
VALUES = 2_500_000
GAP_ROWS = 1000
REFERENCES = 10
RESTARTS = 3
EXHAUSTED = 1e-12


@dataclass(frozen=True)
class Search:
    """What three rules say of the number of clusters; the lists go by ``k``.

    Parameters
    ----------
    k
        The numbers tried, from 1.
    inertia
        Of k-means.
    silhouette
        Mean silhouette; None for k = 1.
    gap, gap_error
        The gap statistic and its standard error; None where k-means leaves no inertia.
    rows, gap_rows
        Rows that inertia and silhouette, and the gap, were computed on.
    suggested
        The number that each rule suggests, by the rule's name.
    """

    k: tuple[int, ...]
    inertia: tuple[float, ...]
    silhouette: tuple[float | None, ...]
    gap: tuple[float | None, ...]
    gap_error: tuple[float | None, ...]
    rows: int
    gap_rows: int
    suggested: Mapping[str, int]


def choose_k(
    points: FloatArray,
    *,
    seed: int,
    k_max: int = 20,
    sample: int = SAMPLE_ROWS,
    device: str = "cpu",
) -> int:
    """Return the k whose k-means has the largest mean silhouette; of equals, the smallest.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    seed
        Seed of the sample and of k-means.
    k_max
        The largest k tried; k also stays within the number of distinct rows.
    sample
        Rows looked at, at most, drawn without replacement; fewer, but not below 1,000, where rows
        are wider than 500 columns.
    device
        A torch device name.

    Notes
    -----
    Rousseeuw 1987, section 4. Rows without two distinct values have one cluster.
    """
    points, distinct = _sampled(points, sample, seed)
    tried = _tried(points, 2, _largest(k_max, distinct, len(points)), seed, device)
    curve = [(k, value) for k, _, value in tried if value is not None]
    return _highest(curve) if curve else min(distinct, 2)


def search_k(
    points: FloatArray,
    *,
    seed: int,
    k_max: int = 20,
    sample: int = SAMPLE_ROWS,
    gap_sample: int = GAP_ROWS,
    device: str = "cpu",
) -> Search:
    """Return what silhouette, elbow and gap statistic suggest, from one sweep of k-means over k.

    The silhouette's answer is that of :func:`choose_k`. Rows without two distinct values have one
    cluster by every rule.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    seed
        Seed of the samples, of k-means and of the references.
    k_max
        The largest k tried; k also stays within the number of distinct rows.
    sample, gap_sample
        Rows looked at, at most, as in :func:`choose_k`; those of the gap are among the others.
    device
        A torch device name.
    """
    points, distinct = _sampled(points, sample, seed)
    tried = list(_tried(points, 1, _largest(k_max, distinct, len(points)), seed, device))
    ks = tuple(k for k, _, _ in tried)
    inertia = tuple(float(found.inertia) for _, found, _ in tried)
    silhouette = tuple(value for _, _, value in tried)
    few, few_distinct = _sampled(points, gap_sample, seed)
    # A k for every distinct row leaves no inertia to take the logarithm of.
    measured = [k for k in ks if k < few_distinct]
    blank: list[float | None] = [None] * (len(ks) - len(measured))
    gap, error = np.empty(0), np.empty(0)
    if measured:
        gap, error = gap_statistic(few, measured, seed=seed, references=REFERENCES, device=device)
    known = [(k, value) for k, value in zip(ks, silhouette, strict=True) if value is not None]
    suggested = {
        "silhouette": _highest(known) if known else 1,
        "elbow": elbow(ks, inertia),
        "gap": within_errors(measured, gap, error) if measured else 1,
    }
    return Search(
        k=ks,
        inertia=inertia,
        silhouette=silhouette,
        gap=(*map(float, gap), *blank),
        gap_error=(*map(float, error), *blank),
        rows=len(points),
        gap_rows=len(few),
        suggested=suggested,
    )


def elbow(ks: Sequence[int], inertia: Sequence[float]) -> int:
    """Return the k where the logarithm of the inertia lies farthest below the chord of its ends.

    On a plain axis the first splits, which part what is far apart, hide all later ones. Where
    nothing lies below the chord the inertia still falls at the end, and that is the largest k;
    where it does not fall, the smallest.

    Parameters
    ----------
    ks
        Ascending.
    inertia
        At least 0, for each k; what k-means missed (a larger value than before) is levelled.

    References
    ----------
    Satopää et al. 2011, "Finding a 'kneedle' in a haystack", section III (without smoothing).
    """
    values = np.minimum.accumulate(np.asarray(inertia, dtype=np.float64))
    nothing_left = np.flatnonzero(values <= EXHAUSTED * values[0])
    if len(nothing_left):
        return ks[int(nothing_left[0])]
    height, place = np.log(values), np.asarray(ks, dtype=np.float64)
    fall = height[0] - height[-1]
    if fall <= EXHAUSTED:
        return ks[0]
    below = height[0] - fall * (place - place[0]) / (place[-1] - place[0]) - height
    at = int(below.argmax())
    return ks[at] if below[at] > 1e-9 * fall else ks[-1]


def _sampled(points: FloatArray, sample: int, seed: int) -> tuple[FloatArray, int]:
    """Return at most ``sample`` rows and the number of distinct ones among them."""
    sample = min(sample, max(VALUES // points.shape[1], LEAST_ROWS))
    if len(points) > sample:
        rng = np.random.default_rng(seed)
        points = points[np.sort(rng.choice(len(points), sample, replace=False))]
    return points, len(np.unique(points, axis=0))


def _largest(k_max: int, distinct: int, rows: int) -> int:
    return max(min(k_max, distinct, rows - 1), 1)


def _tried(
    points: FloatArray, first: int, last: int, seed: int, device: str
) -> Iterator[tuple[int, KMeansResult, float | None]]:
    """Yield k, its k-means and its mean silhouette, which one cluster has not."""
    for k in range(first, last + 1):
        found = kmeans(points, k, seed=seed, n_init=RESTARTS, device=device)
        value = None
        if k > 1:
            value = float(silhouette_samples(points, found.labels, device=device).mean())
        yield k, found, value


def _highest(curve: Sequence[tuple[int, float]]) -> int:
    return max(curve, key=lambda entry: (entry[1], -entry[0]))[0]


COLUMNS = 64
RESTARTS = 3
ITERATIONS = 25
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


def along_components(points: npt.ArrayLike) -> DoubleArray:
    """Return centred rows along their principal components, largest first: float64 (n, ≤ 64)."""
    rows = np.asarray(points, dtype=np.float64)
    rows = rows - rows.mean(axis=0)
    n, d = rows.shape
    kept = min(n, d, COLUMNS)
    # One thread: a sum over several would depend on how many there are.
    with threadpool_limits(1):
        if d <= n:
            vectors = eigh(rows.T @ rows, subset_by_index=[d - kept, d - 1])[1]
            aligned: DoubleArray = rows @ vectors[:, ::-1]
        else:  # the same from the rows' products, as there are fewer of these
            values, vectors = eigh(rows @ rows.T, subset_by_index=[n - kept, n - 1])
            aligned = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    return aligned


def _log_inertia(rows: DoubleArray, ks: Sequence[int], seed: int, device: str) -> list[float]:
    found = [
        kmeans(rows, k, seed=seed, n_init=RESTARTS, max_iter=ITERATIONS, device=device).inertia
        for k in ks
    ]
    return [float(np.log(max(inertia, np.finfo(np.float64).tiny))) for inertia in found]
