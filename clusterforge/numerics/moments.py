"""Sizes, centroids and spreads of clusters, of the rows themselves or of resamples of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ClusterRows", "Moments"]

Values = npt.NDArray[np.float64]

_BLOCK = 65_536  # rows
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

    sizes: Values
    centroids: Values
    deviations: Values
    squares: Values


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
        self.points, names = np.asarray(points), np.asarray(labels)
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

    def _blocks(
        self,
    ) -> Iterator[tuple[slice, npt.NDArray[np.int64], npt.NDArray[np.int64], Values]]:
        """Yield blocks of the sorted rows: where, clusters, where each of these starts, rows."""
        for start in range(0, len(self.order), _BLOCK):
            here = slice(start, min(start + _BLOCK, len(self.order)))
            codes = self._codes[here]
            starts = np.flatnonzero(np.diff(codes, prepend=-1))
            yield here, codes, starts, self.points[self.order[here]].astype(np.float64)

    def _of_all_rows(self) -> tuple[Values, Values, Values]:
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

    def _less_centroids(self) -> tuple[npt.NDArray[Any], float]:
        """Return the sorted rows less their centroids, (n, d), over their largest entry."""
        dtype = np.float64 if self.points.size <= _DOUBLE else np.float32
        residuals = np.empty(self.points.shape, dtype)
        for here, codes, _, rows in self._blocks():
            residuals[here] = rows - self._centroids[codes]
        reach = float(np.abs(residuals).max()) or 1.0
        residuals /= dtype(reach)
        return residuals, reach
