"""Exact silhouettes without a matrix of all distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._cluster_sums import Ints, distance_sums, sums_from
from clusterforge.numerics._distance import Centred, as_matrix, encode, exact

__all__ = [
    "rows_to_measure",
    "silhouette_drawn",
    "silhouette_sampled",
    "silhouette_samples",
    "silhouette_with_noise",
    "silhouettes_with_noise",
]

_SMALL = 2048
_PROBES = 512
_TOLERANCE = 4e-6
_EXACT_ROWS = 100_000
_MOST_DRAWN, _DISTANCES = 20_000, 4_000_000_000  # rows of a sample; distances it may cost

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Sorted:
    rows: Centred
    order: Ints  # (n,) row of the caller's for each sorted row
    offsets: Ints  # (K + 1,)
    codes: Ints  # (n,) cluster of each sorted row


def _sort(points: npt.ArrayLike, codes: Ints, clusters: int, device: str | torch.device) -> _Sorted:
    order = np.argsort(codes, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=clusters))])
    rows = Centred(as_matrix(points), device, order=order)
    return _Sorted(rows, order, offsets.astype(np.int64), codes[order])


def silhouette_samples(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    device: str | torch.device = "cpu",
    block: int = 2048,
) -> Values:
    """Silhouette of each row, s = (b - a) / max(a, b), exact, Euclidean.

    a is the mean distance to the other rows of its cluster, b the least mean distance to another
    cluster; a row alone in its cluster has s = 0. Distances come from float32 products if
    on up to 512 rows, some of each cluster, that agrees with float64 to 4e-6, else from float64.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
        Any values; -1 is a label like the others.
    device : str or torch.device
    block : int
        Distances are held `block` x `block` at a time: few enough for a processor's cache, and enough
        that threads of a shared machine do not wait for each other after each block.

    Returns
    -------
    ndarray of float64, shape (n,)
        In [-1, 1].

    Raises
    ------
    ValueError
        If there are not 2 to n - 1 clusters, shapes don't fit or a value is not finite.

    References
    ----------
    Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20, 1987.
    """
    data = _checked(points, labels, device)
    out = np.empty(len(data.order))
    with exact(device):
        dtype = _precision(data)
        for part, sums, _ in distance_sums(data.rows, data.offsets, dtype, block=block):
            out[data.order[part]] = _values(sums, data.codes[part], np.diff(data.offsets))
    return out


def rows_to_measure(n: int) -> int:
    """Return how many of `n` rows to measure: all up to 100,000, else as many as take seconds.

    A sample has at most 20,000 rows, fewer from 200,000 rows on: 4,000 of a million.
    """
    return n if n <= _EXACT_ROWS else min(_MOST_DRAWN, max(1000, _DISTANCES // n))


def silhouette_with_noise(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    device: str | torch.device = "cpu",
    block: int = 2048,
) -> dict[str, float | None]:
    """Mean silhouette under three treatments of noise: the means of `silhouettes_with_noise`."""
    found = silhouettes_with_noise(points, labels, device=device, block=block)
    return {
        name: None if values is None else float(np.nanmean(values))
        for name, values in found.items()
    }


def silhouettes_with_noise(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    device: str | torch.device = "cpu",
    block: int = 2048,
) -> dict[str, Values | None]:
    """Silhouette of each row under three treatments of noise (label -1), distances computed once.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like of int, shape (n,)
    device : str or torch.device
    block : int
        As in `silhouette_samples`.

    Returns
    -------
    dict of str to ndarray of float64, shape (n,), or None
        "excluded" : noise rows are left out; they are nan.
        "cluster" : noise is a cluster.
        "singletons" : each noise row is a cluster of its own, with silhouette 0.
        None where there are fewer than 2 clusters or as many as rows.

    Raises
    ------
    ValueError
        If shapes don't fit or a value is not finite.
    """
    array = as_matrix(points)
    names, codes = encode(labels, len(array))
    place = np.flatnonzero(names == -1)
    if len(place):
        # Noise becomes the first cluster, whatever other negative labels there are.
        codes = np.where(codes == place[0], 0, codes + (codes < place[0]))
    data = _sort(array, codes, len(names), device)
    sizes = np.diff(data.offsets)
    n, noise = len(array), int(sizes[0]) if len(place) else 0
    kept, clusters = n - noise, len(names) - len(place)
    defined = {
        "excluded": 2 <= clusters < kept,
        "cluster": 2 <= len(names) < n,
        "singletons": clusters > 0 and 2 <= clusters + noise < n,
    }
    found: dict[str, Values | None] = {
        name: np.zeros(n) if ok else None for name, ok in defined.items()
    }

    def put(treatment: str, rows: Ints, values: Values) -> None:
        into = found[treatment]
        if into is not None:
            into[rows] = values

    put("excluded", data.order[:noise], np.full(noise, np.nan))
    if any(defined.values()):
        first = int(noise > 0)
        with exact(device):
            dtype = _precision(data)
            for part, sums, near in distance_sums(
                data.rows, data.offsets, dtype, single=noise, block=block
            ):
                own, at = data.codes[part], data.order[part]
                put("cluster", at, _values(sums, own, sizes))
                inner = own >= first
                rest = sums[first:, inner], own[inner] - first, sizes[first:]
                put("excluded", at[inner], _values(*rest))
                put("singletons", at[inner], _values(*rest, near[inner]))
    return found


def silhouette_sampled(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    rows: int,
    seed: int,
    *,
    device: str | torch.device = "cpu",
) -> tuple[float, float]:
    """Estimate the mean silhouette from `rows` rows, each measured exactly against all points.

    Rows are drawn uniformly without replacement, so the estimate is unbiased; its cost is
    rows x n distances. (Measuring the sample against itself only would be biased: sampled clusters
    have other means and may vanish.)

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
    rows : int
        At least 2; n or more gives the exact mean and error 0.
    seed : int
    device : str or torch.device

    Returns
    -------
    value : float
    error : float
        Standard error, with the finite population correction.

    Raises
    ------
    ValueError
        As `silhouette_samples`, or if `rows` is below 2.
    """
    found = silhouette_drawn(points, labels, rows, seed, device=device)
    values = found[~np.isnan(found)]
    error = values.std(ddof=1) / np.sqrt(len(values)) * np.sqrt(1 - len(values) / len(found))
    return float(values.mean()), float(error)


def silhouette_drawn(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    rows: int,
    seed: int,
    *,
    device: str | torch.device = "cpu",
) -> Values:
    """Silhouettes of the rows behind `silhouette_sampled`, whose parameters and errors these are.

    Returns
    -------
    ndarray of float64, shape (n,)
        nan for the rows that were not drawn.
    """
    if rows < 2:
        raise ValueError(f"rows must be at least 2, not {rows}")
    n = len(np.asarray(labels))
    if rows >= n:
        return silhouette_samples(points, labels, device=device)
    data = _checked(points, labels, device)
    # Drawn by the caller's row numbers, so that renaming labels changes nothing.
    drawn = np.random.default_rng(seed).choice(n, rows, replace=False)
    place = np.empty(n, dtype=np.int64)
    place[data.order] = np.arange(n)
    chosen = np.sort(place[drawn])
    out = np.full(n, np.nan)
    with exact(device):
        out[data.order[chosen]] = _measured(data, chosen)
    return out


def _checked(points: npt.ArrayLike, labels: npt.ArrayLike, device: str | torch.device) -> _Sorted:
    array = as_matrix(points)
    names, codes = encode(labels, len(array))
    if not 2 <= len(names) < len(array):
        raise ValueError(
            f"silhouettes need 2 to {len(array) - 1} clusters for {len(array)} rows, "
            f"not {len(names)}"
        )
    return _sort(array, codes, len(names), device)


def _values(sums: Values, own: Ints, sizes: Ints, near: Values | None = None) -> Values:
    """Silhouettes from sums (K, b), own clusters (b,), sizes (K,) and nearest single rows (b,)."""
    here = np.arange(len(own))
    with np.errstate(divide="ignore", invalid="ignore"):
        a = sums[own, here] / (sizes[own] - 1)
        means = sums / sizes[:, None]
        means[own, here] = np.inf
        b = means.min(axis=0, initial=np.inf)
        if near is not None:
            b = np.minimum(b, near)
        s = (b - a) / np.maximum(a, b)
    s[sizes[own] == 1] = 0
    s[np.isnan(s)] = 0  # only duplicates around: a = b = 0
    return np.asarray(s, dtype=np.float64)


def _of_rows(data: _Sorted, queries: Ints, dtype: torch.dtype) -> Values:
    sizes = np.diff(data.offsets)
    return np.concatenate(
        [
            _values(sums, data.codes[part], sizes)
            for part, sums, _ in sums_from(data.rows, queries, data.offsets, dtype)
        ]
    )


def _measured(data: _Sorted, queries: Ints) -> Values:
    """Silhouettes of some rows, from float32 where 128 of them agree with float64."""
    if len(data.order) > _SMALL:
        values = _of_rows(data, queries, torch.float32)
        some = np.unique(np.linspace(0, len(queries) - 1, 128).astype(np.int64))
        error = np.abs(_of_rows(data, queries[some], torch.float64) - values[some]).max()
        if error <= _TOLERANCE:
            return values
    return _of_rows(data, queries, torch.float64)


def _precision(data: _Sorted) -> torch.dtype:
    """float32 if it does: decided by its error on rows of every cluster (or 512 of them)."""
    n, clusters = len(data.order), len(data.offsets) - 1
    if n <= _SMALL:
        return torch.float64
    each = max(1, min(8, _PROBES // clusters))
    starts, sizes = data.offsets[:-1, None], np.diff(data.offsets)[:, None]
    probes = np.unique(starts + (np.arange(each)[None] * sizes) // each)
    probes = probes[np.linspace(0, len(probes) - 1, min(_PROBES, len(probes))).astype(np.int64)]
    exactly = _of_rows(data, probes, torch.float64)
    error = np.abs(_of_rows(data, probes, torch.float32) - exactly).max()
    return torch.float32 if error <= _TOLERANCE else torch.float64
