"""Exact nearest neighbours by blocked matrix products, and what follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, as_matrix, exact
from clusterforge.numerics._nearest import Nearest

__all__ = ["diffused", "knee", "knn", "kth_distance", "mutual_knn", "neighbor_mean"]


def knn(
    points: npt.ArrayLike,
    k: int,
    *,
    queries: npt.ArrayLike | None = None,
    exclude_self: bool = True,
    device: str | torch.device = "cpu",
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
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


def mutual_knn(
    indices: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
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


def neighbor_mean(
    points: npt.NDArray[np.float32], indices: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
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


def diffused(
    points: npt.ArrayLike, k: int, steps: int, *, device: str | torch.device = "cpu"
) -> npt.NDArray[np.float32]:
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


def kth_distance(
    points: npt.ArrayLike, k: int, *, device: str | torch.device = "cpu"
) -> npt.NDArray[np.float32]:
    """Distance of each row to its `k`-th neighbour, sorted: the curve to choose DBSCAN's eps on.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    k : int
        1 to n - 1; the row itself does not count.
    device : str or torch.device

    Returns
    -------
    ndarray of float32, shape (n,)

    Raises
    ------
    ValueError
        As `knn`.

    References
    ----------
    Ester et al., "A density-based algorithm for discovering clusters", KDD 1996, section 4.2.
    """
    return np.sort(knn(points, k, device=device)[1][:, -1])


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
