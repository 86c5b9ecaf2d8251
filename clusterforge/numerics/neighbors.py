"""Exact nearest neighbours by blocked matrix products, and what follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, Device, as_matrix, exact
from clusterforge.numerics.arrays import BoolArray, DoubleArray, FloatArray, IntArray


def knn(
    points: npt.ArrayLike,
    k: int,
    *,
    queries: npt.ArrayLike | None = None,
    exclude_self: bool = True,
    device: Device = "cpu",
) -> tuple[IntArray, FloatArray]:
    """Find the `k` nearest rows of `points` for each query, exactly, in Euclidean distance.

    A float32 product picks a few more than `k` candidates; their distances are computed again from
    float64 differences and sorted, equal ones by index. Where rounding leaves open whether a row
    was missed, or many are equally far, the query is repeated in float64. Memory: three
    float32 copies of the points and at most 256 MB.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    k : int
        1 to n, or to n - 1 where a row does not count as its own neighbour.
    queries : array_like of float, shape (m, d), optional
        By default the points themselves.
    exclude_self : bool
        Without `queries`, leave each row out of its own list (by index: duplicates stay in).
    device : str or torch.device

    Returns
    -------
    indices : ndarray of int64, shape (m, k)
    distances : ndarray of float32, shape (m, k)
        Not decreasing along a row.

    Raises
    ------
    ValueError
        If `k` is out of range, shapes don't fit or a value is not finite.
    """
    array = as_matrix(points)
    own = exclude_self and queries is None
    asked = array if queries is None else as_matrix(queries, "queries")
    if asked.shape[1] != array.shape[1]:
        raise ValueError(f"queries have {asked.shape[1]} columns, points {array.shape[1]}")
    if not 1 <= k <= len(array) - own:
        raise ValueError(f"k must be 1 to {len(array) - own} here, not {k}")
    rows = Centred(array, device)
    if queries is not None:
        _check_range(asked, array, rows)
    finder = Nearest(rows, asked, k, own)
    indices = np.empty((len(asked), k), dtype=np.int64)
    distances = np.empty((len(asked), k), dtype=np.float32)
    with exact(device):
        for i in range(0, len(asked), finder.step):
            part = np.arange(i, min(i + finder.step, len(asked)))
            found, gap, sure = finder.candidates(part)
            indices[part], distances[part] = found, gap
            for again in finder.split(part[~sure]):
                indices[again], distances[again] = finder.careful(again)
    return indices, distances


def _check_range(asked: npt.NDArray[Any], array: npt.NDArray[Any], rows: Centred) -> None:
    # The queries share the points' shift and scale, and must stay finite under them.
    with np.errstate(over="ignore", invalid="ignore"):
        reach = np.abs(asked.astype(array.dtype) - rows.shift).max() * rows.scale
    if not reach < 1e15:
        raise ValueError("queries contain NaN, infinity or lie much too far from the points")


def mutual_knn(indices: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of rows of which each is in the other's list.

    Parameters
    ----------
    indices : ndarray of int64, shape (n, k)
        Neighbours of row i among the same n rows, as from `knn`.

    Returns
    -------
    rows, cols : ndarray of int64, shape (p,)
        Each pair once, `rows < cols`, sorted.

    Raises
    ------
    ValueError
        If an index is not a row.
    """
    n = len(indices)
    if indices.ndim != 2 or indices.size == 0 or indices.min() < 0 or indices.max() >= n:
        raise ValueError(f"indices must be a matrix of row numbers 0 to {n - 1}")
    here = np.repeat(np.arange(n, dtype=np.int64), indices.shape[1])
    there = indices.astype(np.int64).ravel()
    up, down = here < there, here > there
    pairs = np.intersect1d(here[up] * n + there[up], there[down] * n + here[down])
    return pairs // n, pairs % n


def neighbor_mean(points: FloatArray, indices: IntArray) -> FloatArray:
    """Mean of the listed points, one list a row: float32 (m, d).

    Parameters
    ----------
    points : ndarray of float32, shape (n, d)
    indices : ndarray of int64, shape (m, k)
        As from `knn`.
    """
    total = np.zeros((len(indices), points.shape[1]), dtype=np.float32)
    for column in indices.T:  # never (m, k, d) at once
        total += points[column]
    total /= np.float32(indices.shape[1])
    return total


def diffused(points: npt.ArrayLike, k: int, steps: int, *, device: Device = "cpu") -> FloatArray:
    """Replace each row by the mean of its `k` nearest rows, itself one of them, `steps` times.

    The lists of neighbours are those of the rows as they come in; of more than `k` equal rows a row
    itself may be missing. Rows that many short ways join end up close together, and what is
    particular to a row goes. Memory: as `knn`, and three float32 copies of the points.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    k : int
        1 to n.
    steps : int
    device : str or torch.device

    Returns
    -------
    ndarray of float32, shape (n, d)

    Raises
    ------
    ValueError
        As `knn`.

    References
    ----------
    Coifman and Lafon, "Diffusion maps", Appl. Comput. Harmon. Anal. 21, 2006: the walk of section
    2, on the graph of nearest neighbours.
    """
    indices, _ = knn(points, k, exclude_self=False, device=device)
    rows = np.asarray(points, dtype=np.float32)
    for _ in range(steps):
        rows = neighbor_mean(rows, indices)
    return rows


def knee(curve: npt.ArrayLike) -> int:
    """Index of the knee of an increasing curve: the point farthest below its chord.

    Both axes are normalised to [0, 1]. A curve that is nowhere below its chord (concave) gives the
    point farthest above it; a flat or straight one gives its last index.

    Parameters
    ----------
    curve : array_like of float, shape (n,)
        Not decreasing.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is empty, not finite or decreasing somewhere.

    References
    ----------
    Satopää et al., "Finding a 'kneedle' in a haystack", ICDCSW 2011 (without its smoothing).
    """
    y = np.asarray(curve, dtype=np.float64)
    if y.ndim != 1 or y.size == 0 or not np.isfinite(y).all() or (np.diff(y) < 0).any():
        raise ValueError("curve must be a vector of finite numbers that never decreases")
    last = y.size - 1
    rise = y[-1] - y[0]
    # Less than float32 resolution is flat.
    if last < 2 or not rise > 1e-7 * np.abs(y).max():
        return last
    below = np.linspace(0, 1, y.size) - (y - y[0]) / rise
    if below.max() > 1e-9:
        return int(below.argmax())
    return int(below.argmin()) if below.min() < -1e-9 else last


_BYTES = 96 * 2**20
_TILE = 65536
_FOLD = 32


class Nearest:
    """Searches the k nearest of `rows` for blocks of queries; `own` leaves out equal indices."""

    def __init__(self, rows: Centred, asked: npt.NDArray[Any], k: int, own: bool) -> None:
        self.rows, self.asked, self.k, self.own = rows, asked, k, own
        n, d = rows.array.shape
        # The spare candidates set ties in order and make the proof below succeed.
        self.kept = min(k + max(8, k // 4), n - own)
        tile = min(n, _TILE)
        self.fold = _FOLD if tile // _FOLD > 2 * self.kept else 1
        width = -(-tile // self.fold) * self.fold
        self.step = int(np.clip(_BYTES // (4 * width + 20 * self.kept * d), 1, 1024))
        self.points = rows.all(torch.float32)
        # [-2y, |y|²]: its product with [q, 1] is |q - y|² less |q|². Padding is infinitely far.
        square = self.points.square().sum(1, keepdim=True)
        columns = torch.cat([self.points * -2, square], dim=1)
        self.tiles: list[tuple[int, torch.Tensor]] = []
        for start in range(0, n, tile):
            part = columns[start : start + tile]
            missing = -len(part) % self.fold
            if missing:
                far = torch.zeros((missing, d + 1), dtype=part.dtype, device=part.device)
                far[:, -1] = torch.inf
                part = torch.cat([part, far])
            self.tiles.append((start, part))
        # One buffer for all blocks: fresh pages would cost more than the product.
        self.buffer = torch.empty(self.step * width, dtype=torch.float32, device=rows.device)

    def split(self, rows: IntArray) -> list[IntArray]:
        """Rows in blocks small enough for `careful`."""
        step = max(1, _BYTES // (24 * len(self.rows.array)))
        return [rows[i : i + step] for i in range(0, len(rows), step)]

    def _query(self, part: IntArray, dtype: torch.dtype) -> torch.Tensor:
        if self.asked is self.rows.array and dtype == torch.float32:
            return self.points[torch.from_numpy(part).to(self.rows.device)]
        values = (self.asked[part] - self.rows.shift.astype(np.float64)) * self.rows.scale
        return torch.tensor(values, dtype=dtype, device=self.rows.device)

    def candidates(self, part: IntArray) -> tuple[IntArray, DoubleArray, BoolArray]:
        """Indices (b, k), distances (b, k), and whether each row is proved right (b,)."""
        q = self._query(part, torch.float32)
        augmented = torch.cat([q, torch.ones_like(q[:, :1])], dim=1)
        values, places = [], []
        for start, columns in self.tiles:
            score = self.buffer[: len(q) * len(columns)].view(len(q), len(columns))
            torch.mm(augmented, columns.T, out=score)
            if self.own:
                inside = (part >= start) & (part < start + len(columns))
                hit = torch.from_numpy(np.flatnonzero(inside))
                score[hit, torch.from_numpy(part[inside] - start)] = torch.inf
            value, place = self._smallest(score)
            values.append(value)
            places.append(place + start)
        value, place = torch.cat(values, 1), torch.cat(places, 1)
        if len(values) > 1:
            value, best = value.topk(self.kept, dim=1, largest=False)
            place = place.gather(1, best)
        indices, gap = self._measure(part, place.cpu().numpy())
        bound = (value.amax(1).double() + q.double().square().sum(1)).cpu().numpy()
        return indices, gap, self._proved(q, gap[:, -1] * self.rows.scale, bound)

    def _smallest(self, score: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values and columns of the smallest of each row, in any order."""
        kept = min(self.kept, score.shape[1])
        if self.fold == 1 or score.shape[1] // self.fold < kept:  # the last tile may be short
            return score.topk(kept, dim=1, largest=False)
        # The m smallest of a row lie in the m strided groups of least minimum: look only there.
        folded = score.view(len(score), self.fold, -1)
        group = folded.amin(1).topk(kept, dim=1, largest=False, sorted=False)[1]
        stride = torch.arange(self.fold, device=score.device) * folded.shape[2]
        columns = (group[:, None, :] + stride[None, :, None]).view(len(score), -1)
        value, best = score.gather(1, columns).topk(kept, dim=1, largest=False)
        return value, columns.gather(1, best)

    def _proved(self, q: torch.Tensor, kth: DoubleArray, bound: DoubleArray) -> BoolArray:
        # Rows not kept scored at least `bound`. One nearer than the k-th has a norm of at most
        # |q| + kth, so its score errs by at most `noise`.
        if self.kept == len(self.rows.array) - self.own:
            return np.ones(len(q), dtype=np.bool_)
        norm = q.double().square().sum(1).sqrt().cpu().numpy()
        eps = torch.finfo(torch.float32).eps * (8 + q.shape[1] ** 0.5)
        noise = eps * ((norm + kth) ** 2 + norm**2)
        return np.asarray(kth**2 + noise < bound, dtype=np.bool_)

    def careful(self, part: IntArray) -> tuple[IntArray, DoubleArray]:
        """The k nearest in float64, ties by index; for few rows."""
        n = len(self.rows.array)
        q = self._query(part, torch.float64)
        own = q.square().sum(1, keepdim=True)
        score = torch.empty((len(q), n), dtype=torch.float64, device=q.device)
        reach = 0.0
        for i in range(0, n, 8192):
            y = self.rows.take(i, i + 8192, torch.float64)
            square = y.square().sum(1)
            reach = max(reach, float(square.max()))
            score[:, i : i + 8192] = torch.addmm(square, q, y.T, alpha=-2) + own
        if self.own:
            score[torch.arange(len(q)), torch.from_numpy(part)] = torch.inf
        # Squared distances as whole multiples of a quantum, with the index in the low bits: equal
        # ones sort by index. The quantum must exceed the rounding error of the product.
        quantum = (float(own.max()) + reach) * 2.0 ** -min(46, 60 - n.bit_length())
        level = (score / (quantum or 1.0)).round_().clamp_(0, 2.0 ** (62 - n.bit_length()) - 1)
        key = level.long().mul_(n).add_(torch.arange(n, device=q.device))
        place = key.topk(self.kept, dim=1, largest=False)[1]
        return self._measure(part, place.cpu().numpy())

    def _measure(self, part: IntArray, place: IntArray) -> tuple[IntArray, DoubleArray]:
        return measured(self.rows.array, self.asked[part], place, self.k)


def measured(
    array: npt.NDArray[Any], queries: npt.NDArray[Any], place: IntArray, k: int
) -> tuple[IntArray, DoubleArray]:
    """Return the k nearest of some candidates, by distance and then index: (b, k) both.

    Parameters
    ----------
    array, queries
        float32 or float64 (n, d) and (b, d); distances are those of their differences in float64.
    place
        The candidates of each query, rows of ``array``: (b, c), c at least k.
    """
    place = np.sort(place, axis=1)
    gap = array[place].astype(np.float64)  # (b, c, d)
    gap -= queries[:, None, :]
    distance = np.sqrt(np.einsum("bkd,bkd->bk", gap, gap))
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(place, order, 1), np.take_along_axis(distance, order, 1)
