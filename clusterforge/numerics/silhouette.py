"""Exact silhouettes without a matrix of all distances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, Device, as_matrix, encode, exact, left, right
from clusterforge.numerics.arrays import DoubleArray, IntArray, evenly
from clusterforge.numerics.stored_rows import StoredRows

_SMALL = 2048
_PROBES = 512
_TOLERANCE = 4e-6
_EXACT_ROWS = 100_000
_SCORES = 2_000_000  # distances at a time
_MOST_DRAWN, _DISTANCES = 20_000, 4_000_000_000  # rows of a sample; distances it may cost


@dataclass(frozen=True)
class _Sorted:
    rows: Centred
    order: IntArray  # (n,) row of the caller's for each sorted row
    offsets: IntArray  # (K + 1,)
    codes: IntArray  # (n,) cluster of each sorted row
    as_they_lie: bool = False  # not sorted after all


def _sort(points: npt.ArrayLike, codes: IntArray, clusters: int, device: Device) -> _Sorted:
    offsets = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=clusters))])
    order = np.argsort(codes, kind="stable")
    rows = Centred(as_matrix(points), device, order=order)
    return _Sorted(rows, order, offsets.astype(np.int64), codes[order])


def silhouette_samples(
    points: npt.ArrayLike, labels: npt.ArrayLike, *, device: Device = "cpu", block: int = 2048
) -> DoubleArray:
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


def silhouettes_with_noise(
    points: npt.ArrayLike, labels: npt.ArrayLike, *, device: Device = "cpu", block: int = 2048
) -> dict[str, DoubleArray | None]:
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
    found: dict[str, DoubleArray | None] = {
        name: np.zeros(n) if ok else None for name, ok in defined.items()
    }

    def put(treatment: str, rows: IntArray, values: DoubleArray) -> None:
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


def influence(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    values: DoubleArray,
    *,
    rows: int = 2000,
    device: Device = "cpu",
) -> DoubleArray:
    """Return what each row adds to the mean silhouette, by its own value and through those of others.

    The mean's derivative by the weight of a row (its influence function), so that the spread of these over
    the square root of n is the standard error of the mean, which that of the silhouettes is not.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
    values : ndarray of float64, shape (n,)
        The silhouettes; nan for rows that are left out.
    rows : int
        Through the values of how many rows, evenly spaced, the influence on others is found.
    device : str or torch.device

    Returns
    -------
    ndarray of float64, shape (n,)
        nan where ``values`` is. Their mean is that of ``values``.

    References
    ----------
    Efron, "Nonparametric estimates of standard error", Biometrika 68, 1981.
    """
    kept = ~np.isnan(values)
    data = _checked(as_matrix(points)[kept], np.asarray(labels)[kept], device)
    n, sizes = len(data.order), np.diff(data.offsets).astype(np.float64)
    measured = np.unique(np.linspace(0, n - 1, min(n, rows)).round().astype(np.int64))
    added = np.zeros(n)
    taken = np.zeros(len(sizes))  # for every row of a cluster
    step = max(1, _SCORES // n)
    with exact(device):
        every = data.rows.all(torch.float32)
        for start in range(0, len(measured), step):
            at = measured[start : start + step]
            here, own = np.arange(len(at)), data.codes[at]
            gaps = torch.cdist(data.rows.pick(at, torch.float32), every).double().cpu().numpy()
            gaps[here, at] = 0
            means = np.add.reduceat(gaps, data.offsets[:-1], axis=1) / sizes
            others = np.maximum(sizes[own] - 1, 1)
            a = means[here, own] * sizes[own] / others
            means[here, own] = np.inf
            near = means.argmin(axis=1)
            b = means[here, near]
            # s is 1 - a / b where a < b, else b / a - 1.
            high = np.maximum(a, b)
            scale = np.where(high > 0, high, 1)
            inner = np.where(a < b, 1, b / scale) / scale
            outer = np.where(a < b, a / scale, 1) / scale
            alone = (sizes[own] == 1) | (high == 0)
            by_own = np.where(alone, 0.0, -inner / others)
            by_near = np.where(alone, 0.0, outer / sizes[near])
            weights = np.zeros((len(at), len(sizes)))
            weights[here, own], weights[here, near] = by_own, by_near
            added += np.einsum("ij,ij->j", np.repeat(weights, sizes.astype(int), axis=1), gaps)
            np.add.at(taken, own, by_own * a)
            np.add.at(taken, near, by_near * b)
            added[at] += by_own * a  # a row is none of the others of its cluster
    out = np.full(len(values), np.nan)
    through = np.empty(n)
    through[data.order] = (added - taken[data.codes]) * (n / len(measured))
    out[kept] = values[kept] + through
    return out


def silhouette_drawn(
    points: npt.ArrayLike, labels: npt.ArrayLike, rows: int, seed: int, *, device: Device = "cpu"
) -> DoubleArray:
    """Silhouettes of `rows` rows, each measured exactly against all points.

    Rows are drawn uniformly without replacement, so their mean is unbiased; its cost is rows x n
    distances. (Measuring the sample against itself only would be biased: sampled clusters have
    other means and may vanish.)

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
    rows : int
        At least 2; n or more gives those of all rows.
    seed : int
    device : str or torch.device

    Returns
    -------
    ndarray of float64, shape (n,)
        nan for the rows that were not drawn.

    Raises
    ------
    ValueError
        As `silhouette_samples`, or if `rows` is below 2.
    """
    if rows < 2:
        raise ValueError(f"rows must be at least 2, not {rows}")
    n = len(np.asarray(labels))
    if rows >= n:
        return silhouette_samples(points, labels, device=device)
    data = _checked(points, labels, device, as_they_lie=isinstance(points, StoredRows))
    # Drawn by the caller's row numbers, so that renaming labels changes nothing.
    drawn = np.random.default_rng(seed).choice(n, rows, replace=False)
    place = np.empty(n, dtype=np.int64)
    place[data.order] = np.arange(n)
    chosen = np.sort(place[drawn])
    out = np.full(n, np.nan)
    with exact(device):
        out[data.order[chosen]] = _measured(data, chosen)
    return out


def _checked(
    points: npt.ArrayLike, labels: npt.ArrayLike, device: Device, *, as_they_lie: bool = False
) -> _Sorted:
    array = as_matrix(points)
    names, codes = encode(labels, len(array))
    if not 2 <= len(names) < len(array):
        raise ValueError(
            f"silhouettes need 2 to {len(array) - 1} clusters for {len(array)} rows, "
            f"not {len(names)}"
        )
    if as_they_lie:
        offsets = np.cumsum([0, *np.bincount(codes, minlength=len(names))])
        return _Sorted(Centred(array, device), np.arange(len(array)), offsets, codes, True)
    return _sort(array, codes, len(names), device)


def _values(
    sums: DoubleArray, own: IntArray, sizes: IntArray, near: DoubleArray | None = None
) -> DoubleArray:
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


def _of_rows(data: _Sorted, queries: IntArray, dtype: torch.dtype) -> DoubleArray:
    sizes = np.diff(data.offsets)
    if data.as_they_lie:
        parts = sums_as_they_lie(data.rows, queries, data.codes, len(sizes), dtype)
    else:
        parts = sums_from(data.rows, queries, data.offsets, dtype)
    return np.concatenate([_values(sums, data.codes[part], sizes) for part, sums, _ in parts])


def _measured(data: _Sorted, queries: IntArray) -> DoubleArray:
    """Silhouettes of some rows, from float32 where 128 of them agree with float64."""
    if len(data.order) > _SMALL:
        values = _of_rows(data, queries, torch.float32)
        some = evenly(len(queries), 128)
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
    probes = probes[evenly(len(probes), _PROBES)]
    exactly = _of_rows(data, probes, torch.float64)
    error = np.abs(_of_rows(data, probes, torch.float32) - exactly).max()
    return torch.float32 if error <= _TOLERANCE else torch.float64


# Rows (b,), sums (K, b), distance to the nearest single row (b,).
Part = tuple[IntArray, DoubleArray, DoubleArray]

_BYTES = 128 * 2**20
_QUERIES, _CELLS = 1024, 2**22  # queries at a time, distances of a block of them
_ONE_HOT = 256  # clusters up to which a product adds faster than row after row
_FEW = 32  # rows to a cluster in a block, from which on it is summed as a range


def distance_sums(
    rows: Centred, offsets: IntArray, dtype: torch.dtype, *, single: int = 0, block: int = 2048
) -> Iterator[Part]:
    """Distance sums of all rows, in one part or several.

    Parameters
    ----------
    rows : Centred
        n rows sorted by cluster.
    offsets : ndarray of int64, shape (K + 1,)
        Cluster c is rows `offsets[c]` to `offsets[c + 1]`.
    dtype : torch.dtype
        Of the distances; sums over blocks are float64.
    single : int
        Length of the noise at the beginning.
    block : int
        Rows of a block of distances in float32; half as many in float64, which fill a cache sooner.
    """
    n, clusters = len(rows.array), len(offsets) - 1
    if n * clusters * 8 > _BYTES:
        yield from sums_from(rows, np.arange(n), offsets, dtype, single=single)
        return
    block = block if dtype == torch.float32 else max(block // 2, 1)
    # Each distance is computed once: a block above the diagonal serves its rows and its columns.
    x = rows.all(dtype)
    factor = right(x)
    sums = torch.zeros((clusters, n), dtype=torch.float64, device=rows.device)
    nearest = torch.full((n,), torch.inf, dtype=dtype, device=rows.device)
    edges = _edges(n, single, block)
    buffer = torch.empty(min(block, n) ** 2, dtype=dtype, device=rows.device)
    for number, i in enumerate(edges):
        own = left(x[i])
        ranges = _ranges(offsets, i)
        for j in edges[number:]:
            gap = _distances(own, factor[j], buffer)
            if i == j:
                gap.fill_diagonal_(0)
            else:
                for cluster, start, stop in ranges:
                    sums[cluster, j] += gap[start:stop].sum(0)
                if i.start < single <= j.start:
                    nearest[j] = torch.minimum(nearest[j], gap.amin(0))
            for cluster, start, stop in _ranges(offsets, j):
                sums[cluster, i] += gap[:, start:stop].sum(1)
    yield np.arange(n), sums.cpu().numpy(), nearest.double().cpu().numpy()


def sums_from(
    rows: Centred, queries: IntArray, offsets: IntArray, dtype: torch.dtype, *, single: int = 0
) -> Iterator[Part]:
    """Distance sums of some rows; memory depends on the number of clusters only.

    Parameters are those of `distance_sums`, and `queries`, int64 (m,), the rows wanted. The fewer
    they are, the more rows make a block: on a shared machine threads wait for each other after each.
    """
    n, clusters = len(rows.array), len(offsets) - 1
    step = int(np.clip(_BYTES // (16 * clusters), 16, _QUERIES))
    step = max(min(step, len(queries)), 1)
    block = int(np.clip(_CELLS // step, _QUERIES, 2**16))
    codes = torch.from_numpy(np.repeat(np.arange(clusters), np.diff(offsets))).to(rows.device)
    edges = _edges(n, single, block)
    buffer = torch.empty(min(block, n) * step, dtype=dtype, device=rows.device)
    for first in range(0, len(queries), step):
        part = queries[first : first + step]
        own = right(rows.pick(part, dtype))
        sums = torch.zeros((clusters, len(part)), dtype=torch.float64, device=rows.device)
        nearest = torch.full((len(part),), torch.inf, dtype=dtype, device=rows.device)
        for j in edges:
            gap = _distances(left(rows.take(j.start, j.stop, dtype)), own, buffer)  # (c, b)
            inside = np.flatnonzero((part >= j.start) & (part < j.stop))
            gap[torch.from_numpy(part[inside] - j.start), torch.from_numpy(inside)] = 0
            low, high = int(codes[j.start]), int(codes[j.stop - 1]) + 1
            if (j.stop - j.start) >= _FEW * (high - low):
                for cluster, start, stop in _ranges(offsets, j):
                    sums[cluster] += gap[start:stop].sum(0)
            else:
                sums[low:high] += _by_cluster(gap, codes[j] - low, high - low)
            if j.start < single:
                nearest = torch.minimum(nearest, gap.amin(0))
        yield part, sums.cpu().numpy(), nearest.double().cpu().numpy()


def sums_as_they_lie(
    rows: Centred, queries: IntArray, codes: IntArray, clusters: int, dtype: torch.dtype
) -> Iterator[Part]:
    """Distance sums of some rows to all, in the order in which these lie in a file.

    Parameters are those of `sums_from`, and `codes`, int64 (n,), the cluster of each row.
    """
    n = len(rows.array)
    for first in range(0, len(queries), _QUERIES):
        part = queries[first : first + _QUERIES]
        own = right(rows.pick(part, dtype))
        sums = torch.zeros((clusters, len(part)), dtype=torch.float64, device=rows.device)
        size = int(np.clip(_CELLS // len(part), _QUERIES, 2**16))
        buffer = torch.empty(min(size, n) * len(part), dtype=dtype, device=rows.device)
        for start in range(0, n, size):
            stop = min(start + size, n)
            gap = _distances(left(rows.take(start, stop, dtype)), own, buffer)  # (c, b)
            inside = np.flatnonzero((part >= start) & (part < stop))
            gap[torch.from_numpy(part[inside] - start), torch.from_numpy(inside)] = 0
            here = torch.from_numpy(codes[start:stop]).to(rows.device)
            if clusters <= _ONE_HOT:
                sums += torch.nn.functional.one_hot(here, clusters).to(dtype).T @ gap
            else:
                sums += _by_cluster(gap, here, clusters)
        yield part, sums.cpu().numpy(), np.full(len(part), np.inf)


def _by_cluster(gap: torch.Tensor, codes: torch.Tensor, clusters: int) -> torch.Tensor:
    if gap.device.type == "cpu":
        # On the CPU index_add_ takes one row after the other: the order is fixed.
        empty = torch.zeros((clusters, gap.shape[1]), dtype=gap.dtype)
        return empty.index_add_(0, codes, gap)
    return torch.nn.functional.one_hot(codes, clusters).to(gap.dtype).T @ gap


def _distances(a: torch.Tensor, b: torch.Tensor, buffer: torch.Tensor) -> torch.Tensor:
    """Euclidean distances (len(a), len(b)) of rows made by `left` and `right`, in the buffer."""
    gap = buffer[: len(a) * len(b)].view(len(a), len(b))
    torch.mm(a, b.T, out=gap)
    # Below rounding error it is 0, so that duplicates are: the root would magnify the error. Medians,
    # because one far row must not swallow the distances between the others.
    noise = 8 * torch.finfo(gap.dtype).eps * float(a[:, -2].median() + b[:, -1].median())
    torch.nn.functional.threshold(gap, noise, 0.0, inplace=True)
    return gap.sqrt_()


def _edges(n: int, single: int, block: int) -> list[slice]:
    # No block holds both noise and clusters.
    starts = [*range(0, single, block), *range(single, n, block)]
    return [slice(i, j) for i, j in zip(starts, [*starts[1:], n], strict=True)]


def _ranges(offsets: IntArray, part: slice) -> list[tuple[int, int, int]]:
    """Clusters within a block: number, first and last row counted from the block's start."""
    low = int(np.searchsorted(offsets, part.start, side="right")) - 1
    high = int(np.searchsorted(offsets, part.stop, side="left"))
    return [
        (
            c,
            max(int(offsets[c]), part.start) - part.start,
            min(int(offsets[c + 1]), part.stop) - part.start,
        )
        for c in range(low, high)
    ]
