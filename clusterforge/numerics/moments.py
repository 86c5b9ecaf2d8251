"""Sizes, centroids and spreads of clusters, of the rows themselves or of resamples of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.arrays import BoolArray, DoubleArray, IntArray, blocks
from clusterforge.numerics.stored_rows import StoredRows, row_blocks

_DOUBLE = 2**24  # numbers up to which resamples are computed in float64


@dataclass(frozen=True)
class Moments:
    """The moments of k clusters in each of r samples of the same rows.

    Parameters
    ----------
    sizes
        float64 (r, k): rows; one that is drawn twice counts twice. 0 where a sample holds no row of
        a cluster, which then is not part of its clustering.
    centroids
        float64 (r, k, d).
    deviations
        float64 (r, k): mean distance of a cluster's rows to its centroid.
    squares
        float64 (r, k): sum of the squared distances of a cluster's rows to its centroid.
    """

    sizes: DoubleArray
    centroids: DoubleArray
    deviations: DoubleArray
    squares: DoubleArray


class ClusterRows:
    """The rows of each cluster.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
        Any values; -1 is a label like the others.

    Raises
    ------
    ValueError
        If shapes don't fit or a value is not finite.
    """

    def __init__(self, points: npt.ArrayLike, labels: npt.ArrayLike) -> None:
        self.points = points if isinstance(points, StoredRows) else np.asarray(points)
        names = np.asarray(labels)
        if self.points.ndim != 2 or 0 in self.points.shape:
            raise ValueError(f"points must have shape (n, d), n, d >= 1, not {self.points.shape}")
        if names.shape != self.points.shape[:1]:
            raise ValueError(f"labels must have shape ({len(self.points)},), not {names.shape}")
        self.labels, codes, sizes = np.unique(names, return_inverse=True, return_counts=True)
        self.sizes = sizes.astype(np.int64)
        self.order = np.argsort(codes, kind="stable")
        self._codes = codes[self.order]
        with np.errstate(over="ignore", invalid="ignore"):
            self._centroids, self._deviations, self._squares = self._of_all_rows()
        if not np.isfinite(self._squares).all():
            raise ValueError("points contain NaN, infinity or numbers too large to subtract")
        self._residuals: npt.NDArray[Any] | None = None
        self._reach = 1.0

    def moments(self) -> Moments:
        """Return the moments of all rows, in float64; r is 1."""
        sizes = self.sizes.astype(np.float64)
        parts = (sizes, self._centroids, self._deviations, self._squares)
        return Moments(*(part[None] for part in parts))

    def resampled(self, weights: npt.NDArray[Any]) -> Moments:
        """Return the moments of resamples, computed in float32 where n times d exceeds 16.8 million.

        Parameters
        ----------
        weights : ndarray of float, shape (r, n)
            How often each row is drawn.
        """
        if self._residuals is None:
            self._residuals, self._reach = self._less_centroids()
        rows = self._residuals
        drawn = weights[:, self.order].astype(rows.dtype, copy=False)
        r, k, d = len(weights), len(self.sizes), rows.shape[1]
        sizes, deviations, squares = (np.zeros((r, k)) for _ in range(3))
        centroids = np.tile(self._centroids, (r, 1, 1))
        rounding = 16 * np.finfo(rows.dtype).eps
        ends = np.cumsum(self.sizes).tolist()
        for i, (stop, rows_of) in enumerate(zip(ends, self.sizes.tolist(), strict=True)):
            here = slice(stop - rows_of, stop)
            w, x = drawn[:, here], rows[here]
            sizes[:, i] = w.sum(axis=1, dtype=np.float64)
            if len(x) == 1:
                continue
            square = np.square(x).sum(axis=1)
            count = np.maximum(sizes[:, i], 1)
            shift = (w @ x) / count[:, None].astype(w.dtype)  # (r, d)
            length = np.square(shift).sum(axis=1)
            gap = square[:, None] - 2 * (x @ shift.T) + length  # (n_i, r)
            gap[gap < rounding * (square[:, None] + length)] = 0
            np.sqrt(gap, out=gap)
            deviations[:, i] = np.einsum("rn,nr->r", w, gap) / count
            total, off = w @ square, sizes[:, i] * length
            squares[:, i] = np.where(total - off > rounding * total, total - off, 0)
            centroids[:, i] += shift.reshape(r, d) * self._reach
        return Moments(sizes, centroids, deviations * self._reach, squares * self._reach**2)

    def _blocks(self) -> Iterator[tuple[slice, IntArray, IntArray, DoubleArray]]:
        """Yield blocks of the sorted rows: where, clusters, where each of these starts, rows."""
        for here in blocks(*self.points.shape):
            codes = self._codes[here]
            starts = np.flatnonzero(np.diff(codes, prepend=-1))
            yield here, codes, starts, self.points[self.order[here]].astype(np.float64)

    def _of_all_rows(self) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
        if isinstance(self.points, StoredRows):
            return self._as_they_lie(self.points)
        k = len(self.sizes)
        centroids, deviations, squares = np.zeros((k, self.points.shape[1])), *np.zeros((2, k))
        for _, codes, starts, rows in self._blocks():
            centroids[codes[starts]] += np.add.reduceat(rows, starts)
        centroids /= self.sizes[:, None]
        least = np.square(8 * np.finfo(np.float64).eps * np.abs(centroids).max(axis=1))
        for _, codes, starts, rows in self._blocks():
            square = np.square(rows - centroids[codes]).sum(axis=1)
            square[square <= least[codes]] = 0  # equal rows, whose mean is rounded
            squares[codes[starts]] += np.add.reduceat(square, starts)
            deviations[codes[starts]] += np.add.reduceat(np.sqrt(square), starts)
        return centroids, deviations / self.sizes, squares

    def _as_they_lie(self, points: StoredRows) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
        """Return the same of rows in a file, which are not sorted."""
        k = len(self.sizes)
        codes = np.empty(len(points), dtype=np.int64)
        codes[self.order] = self._codes
        centroids = np.zeros((k, points.shape[1]))
        for part, rows in row_blocks(points):
            centroids += sums_by(codes[part], rows, k)
        centroids /= self.sizes[:, None]
        least = np.square(8 * np.finfo(np.float64).eps * np.abs(centroids).max(axis=1))
        squares, deviations = np.zeros((2, k))
        for part, rows in row_blocks(points):
            own = codes[part]
            square = np.square(rows - centroids[own]).sum(axis=1)
            square[square <= least[own]] = 0
            squares += np.bincount(own, square, k)
            deviations += np.bincount(own, np.sqrt(square), k)
        return centroids, deviations / self.sizes, squares

    def _less_centroids(self) -> tuple[npt.NDArray[Any], float]:
        """Return the sorted rows less their centroids, (n, d), over their largest entry."""
        dtype = np.float64 if self.points.size <= _DOUBLE else np.float32
        residuals = np.empty(self.points.shape, dtype)
        for here, codes, _, rows in self._blocks():
            residuals[here] = rows - self._centroids[codes]
        reach = float(np.abs(residuals).max()) or 1.0
        residuals /= dtype(reach)
        return residuals, reach


def sums_by(codes: IntArray, rows: npt.NDArray[Any], k: int) -> DoubleArray:
    """Return the sum of the rows (n, d) of each of k codes, in float64: (k, d)."""
    from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

    inside = np.flatnonzero(codes >= 0)
    place = (codes[inside], inside)
    member = sparse.csr_matrix((np.ones(len(inside)), place), (k, len(codes)))
    return np.asarray(member @ rows.astype(np.float64))


_CELLS = 8_000_000  # distances at once
_TINY = 1e-8  # of the largest distance


def davies_bouldin(moments: Moments) -> DoubleArray:
    """Mean over clusters of max (s_i + s_j) / |c_i - c_j|; less is better.

    s is the mean distance of a cluster's rows to its centroid c. As in scikit-learn, 0 where all
    spreads or all distances between centroids vanish, and centroids that coincide don't count.

    Returns
    -------
    ndarray
        float64 (r,), at least 0; nan where there are not 2 to n - 1 clusters.

    References
    ----------
    Davies and Bouldin, "A cluster separation measure", IEEE PAMI 1, 1979.
    """
    found = np.full(len(moments.sizes), np.nan)
    for i in np.flatnonzero(_defined(moments)).tolist():
        here = moments.sizes[i] > 0
        spread = moments.deviations[i, here]
        worst, apart = np.zeros(len(spread)), 0.0
        for part, gap in _distances(moments.centroids[i, here]):
            apart = max(apart, float(gap.max()))
            gap[gap == 0] = np.inf
            worst[part] = ((spread[part, None] + spread) / gap).max(axis=1)
        reach = _TINY * max(apart, float(spread.max()))
        flat = spread.max() <= reach or apart <= reach
        found[i] = 0.0 if flat else worst.mean()
    return found


def calinski_harabasz(moments: Moments) -> DoubleArray:
    """(B / (k - 1)) / (W / (n - k)), sums of squares between and within clusters; more is better.

    Returns
    -------
    ndarray
        float64 (r,), at least 0; 1 where W is 0, as in scikit-learn; nan where there are not 2 to
        n - 1 clusters.

    References
    ----------
    Calinski and Harabasz, "A dendrite method for cluster analysis", Comm. in Statistics 3, 1974.
    """
    sizes, n = moments.sizes, moments.sizes.sum(axis=1)
    k = (sizes > 0).sum(axis=1)
    mean = np.einsum("rk,rkd->rd", sizes, moments.centroids) / np.maximum(n, 1)[:, None]
    gap = np.square(moments.centroids - mean[:, None]).sum(axis=2)
    between, within = (sizes * gap).sum(axis=1), moments.squares.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(within > 0, between * (n - k) / (within * (k - 1)), 1.0)
    return np.where(_defined(moments), ratio, np.nan)


@dataclass(frozen=True)
class Separation:
    """How dense each of k clusters is, and how far from the nearest other one.

    Parameters
    ----------
    compactness
        float64 (k,): root mean squared distance of a cluster's rows to its centroid.
    distance
        float64 (k,): distance to the nearest other centroid; infinite for the only cluster.
    nearest
        int64 (k,): the position of that cluster; -1 for the only one.
    """

    compactness: DoubleArray
    distance: DoubleArray
    nearest: IntArray


def separation(moments: Moments) -> Separation:
    """Return compactness and separation of each cluster, from the first sample of the moments."""
    k = moments.sizes.shape[1]
    distance, nearest = np.full(k, np.inf), np.full(k, -1, np.int64)
    for part, gap in _distances(moments.centroids[0]) if k > 1 else ():
        gap[np.arange(len(gap)), np.arange(part.start, part.start + len(gap))] = np.inf
        nearest[part] = gap.argmin(axis=1)
        distance[part] = gap.min(axis=1)
    return Separation(np.sqrt(moments.squares[0] / moments.sizes[0]), distance, nearest)


def _defined(moments: Moments) -> BoolArray:
    clusters = (moments.sizes > 0).sum(axis=1)
    return np.asarray((clusters >= 2) & (clusters < moments.sizes.sum(axis=1)))


def _distances(centroids: DoubleArray) -> Iterator[tuple[slice, DoubleArray]]:
    """Yield the distances of some centroids (k, d) to all, in blocks of rows.

    By differences: a product of matrices leaves a rounding error between a centroid and itself.
    """
    from scipy.spatial.distance import cdist  # type: ignore[import-untyped, unused-ignore]

    step = max(1, _CELLS // len(centroids))
    for start in range(0, len(centroids), step):
        yield slice(start, start + step), cdist(centroids[start : start + step], centroids)
