"""Internal indices from centroids and spreads, in time O(n d)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

from clusterforge.numerics._distance import Centred, as_matrix, encode

__all__ = ["Geometry", "calinski_harabasz", "cluster_geometry", "davies_bouldin"]

_BLOCK = 8192

Values = npt.NDArray[np.float64]


def davies_bouldin(points: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Davies-Bouldin index: mean over clusters of max (s_i + s_j) / |c_i - c_j|; less is better.

    s is the mean distance of a cluster's rows to its centroid c. As in scikit-learn, 0 where all
    spreads or all distances between centroids vanish, and centroids that coincide don't count.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
        Any values; -1 is a label like the others.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If there are not 2 to n - 1 clusters, shapes don't fit or a value is not finite.

    References
    ----------
    Davies and Bouldin, "A cluster separation measure", IEEE PAMI 1, 1979.
    """
    rows, codes, sizes, centroids = _summary(points, labels)
    spread = np.zeros(len(sizes))
    for part, x in _blocks(rows):
        gap = np.sqrt(np.square(x - centroids[codes[part]]).sum(1))
        spread += np.bincount(codes[part], gap, minlength=len(sizes))
    spread /= sizes
    worst, apart = np.zeros(len(sizes)), 0.0
    c, s = torch.from_numpy(centroids), torch.from_numpy(spread)
    step = max(1, 8_000_000 // len(sizes))
    for i in range(0, len(sizes), step):
        between = torch.cdist(c[i : i + step], c, compute_mode="donot_use_mm_for_euclid_dist")
        apart = max(apart, float(between.max()))
        between[between == 0] = torch.inf
        worst[i : i + step] = ((s[i : i + step, None] + s) / between).amax(1).numpy()
    # Rows are scaled to a largest entry of about 1.
    if np.allclose(spread, 0) or np.isclose(apart, 0):
        return 0.0
    return float(worst.mean())


def calinski_harabasz(points: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Calinski-Harabasz index, variance between over variance within clusters; more is better.

    (B / (k - 1)) / (W / (n - k)), with B and W the sums of squares between and within clusters; 1
    where W is 0, as in scikit-learn.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    labels : array_like, shape (n,)
        Any values; -1 is a label like the others.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If there are not 2 to n - 1 clusters, shapes don't fit or a value is not finite.

    References
    ----------
    Calinski and Harabasz, "A dendrite method for cluster analysis", Comm. in Statistics 3, 1974.
    """
    rows, codes, sizes, centroids = _summary(points, labels)
    n, k = len(codes), len(sizes)
    mean = (sizes[:, None] * centroids).sum(0) / n
    between = float((sizes * np.square(centroids - mean).sum(1)).sum())
    within = sum(float(np.square(x - centroids[codes[p]]).sum()) for p, x in _blocks(rows))
    return between * (n - k) / (within * (k - 1)) if within > 0 else 1.0


@dataclass(frozen=True)
class Geometry:
    """Clusters one by one, in the order of their sorted labels; k of them.

    Parameters
    ----------
    labels
        (k,): the distinct labels.
    sizes
        int64 (k,).
    compactness
        float64 (k,): root mean squared distance of a cluster's rows to its centroid.
    separation
        float64 (k,): distance to the nearest other centroid; infinite for the only cluster.
    nearest
        int64 (k,): the position of that cluster; -1 for the only one.
    """

    labels: npt.NDArray[Any]
    sizes: npt.NDArray[np.int64]
    compactness: Values
    separation: Values
    nearest: npt.NDArray[np.int64]


def cluster_geometry(points: npt.ArrayLike, labels: npt.ArrayLike) -> Geometry:
    """Compactness of each cluster and its distance to the nearest other one.

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
    array = as_matrix(points)
    names, codes = encode(labels, len(array))
    rows, sizes, centroids = _centroids(array, codes, len(names))
    square = np.zeros(len(names))
    for part, x in _blocks(rows):
        gap = np.square(x - centroids[codes[part]]).sum(1)
        square += np.bincount(codes[part], gap, minlength=len(names))
    separation, nearest = np.full(len(names), np.inf), np.full(len(names), -1)
    c = torch.from_numpy(centroids)
    step = max(1, 8_000_000 // len(names))
    for i in range(0, len(names) if len(names) > 1 else 0, step):
        between = torch.cdist(c[i : i + step], c, compute_mode="donot_use_mm_for_euclid_dist")
        here = torch.arange(len(between))
        between[here, here + i] = torch.inf
        least = between.min(1)
        separation[i : i + step], nearest[i : i + step] = least.values, least.indices
    compactness = np.sqrt(square / sizes) / rows.scale
    return Geometry(names, sizes, compactness, separation / rows.scale, nearest)


def _summary(
    points: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[Centred, npt.NDArray[np.int64], npt.NDArray[np.int64], Values]:
    """Rows, clusters (n,), sizes (k,) and centroids (k, d) in the rows' shift and scale."""
    array = as_matrix(points)
    names, codes = encode(labels, len(array))
    if not 2 <= len(names) < len(array):
        raise ValueError(
            f"needs 2 to {len(array) - 1} clusters for {len(array)} rows, not {len(names)}"
        )
    rows, sizes, centroids = _centroids(array, codes, len(names))
    return rows, codes, sizes, centroids


def _centroids(
    array: npt.NDArray[Any], codes: npt.NDArray[np.int64], clusters: int
) -> tuple[Centred, npt.NDArray[np.int64], Values]:
    """Rows, sizes (k,) and centroids (k, d) in the rows' shift and scale."""
    rows = Centred(array)
    sizes = np.bincount(codes, minlength=clusters)
    sums = np.zeros((clusters, array.shape[1]))
    for part, x in _blocks(rows):
        # Only the clusters of the block: there may be as many as rows.
        here, place = np.unique(codes[part], return_inverse=True)
        member = sparse.csr_matrix((np.ones(len(x)), (place, np.arange(len(x)))))
        sums[here] += member @ x
    return rows, sizes, sums / sizes[:, None]


def _blocks(rows: Centred) -> Any:
    for i in range(0, len(rows.array), _BLOCK):
        yield slice(i, i + _BLOCK), rows.take(i, i + _BLOCK, torch.float64).numpy()
