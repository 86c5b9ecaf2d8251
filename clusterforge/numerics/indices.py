"""Separation of clusters from their moments: Davies-Bouldin, Calinski-Harabasz, nearest centroids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.moments import Moments

__all__ = ["Separation", "calinski_harabasz", "davies_bouldin", "separation"]

Values = npt.NDArray[np.float64]

_CELLS = 8_000_000  # distances at once
_TINY = 1e-8  # of the largest distance


def davies_bouldin(moments: Moments) -> Values:
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


def calinski_harabasz(moments: Moments) -> Values:
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

    compactness: Values
    distance: Values
    nearest: npt.NDArray[np.int64]


def separation(moments: Moments) -> Separation:
    """Return compactness and separation of each cluster, from the first sample of the moments."""
    k = moments.sizes.shape[1]
    distance, nearest = np.full(k, np.inf), np.full(k, -1, np.int64)
    for part, gap in _distances(moments.centroids[0]) if k > 1 else ():
        gap[np.arange(len(gap)), np.arange(part.start, part.start + len(gap))] = np.inf
        nearest[part] = gap.argmin(axis=1)
        distance[part] = gap.min(axis=1)
    return Separation(np.sqrt(moments.squares[0] / moments.sizes[0]), distance, nearest)


def _defined(moments: Moments) -> npt.NDArray[np.bool_]:
    clusters = (moments.sizes > 0).sum(axis=1)
    return np.asarray((clusters >= 2) & (clusters < moments.sizes.sum(axis=1)))


def _distances(centroids: Values) -> Iterator[tuple[slice, Values]]:
    """Yield the distances of some centroids (k, d) to all, in blocks of rows.

    By differences: a product of matrices leaves a rounding error between a centroid and itself.
    """
    from scipy.spatial.distance import cdist  # type: ignore[import-untyped, unused-ignore]

    step = max(1, _CELLS // len(centroids))
    for start in range(0, len(centroids), step):
        yield slice(start, start + step), cdist(centroids[start : start + step], centroids)
