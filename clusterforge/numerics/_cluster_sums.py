"""Sums of the distances from rows to every cluster, without a matrix of all distances.

Rows come sorted by cluster, so that a cluster is a range. Both functions also give the distance to
the nearest of the first `single` rows, which hold the noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, left, right

Ints = npt.NDArray[np.int64]
# Rows (b,), sums (K, b), distance to the nearest single row (b,).
Part = tuple[Ints, npt.NDArray[np.float64], npt.NDArray[np.float64]]

_BYTES = 128 * 2**20
_QUERIES, _CELLS = 1024, 2**22  # queries at a time, distances of a block of them
_FEW = 32  # rows to a cluster in a block, from which on it is summed as a range


def distance_sums(
    rows: Centred, offsets: Ints, dtype: torch.dtype, *, single: int = 0, block: int = 2048
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
    rows: Centred,
    queries: Ints,
    offsets: Ints,
    dtype: torch.dtype,
    *,
    single: int = 0,
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


def _ranges(offsets: Ints, part: slice) -> list[tuple[int, int, int]]:
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
