"""k-means: greedy k-means++ and Lloyd's iteration, all restarts in one matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._assign import assign
from clusterforge.numerics._distance import Centred, as_matrix, exact
from clusterforge.numerics._lloyd import lloyd, plus_plus

__all__ = ["KMeansResult", "assign", "kmeans"]


@dataclass(frozen=True)
class KMeansResult:
    """What k-means found.

    Attributes
    ----------
    centroids : ndarray of float32, shape (k, d)
    labels : ndarray of int64, shape (n,)
        Nearest centroid of each row: `assign(points, centroids)`.
    inertia : float
        Sum of the squared distances of the rows to their centroids.
    n_iter : int
        Iterations of the restart that was kept.
    """

    centroids: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    inertia: float
    n_iter: int


def kmeans(
    points: npt.ArrayLike,
    k: int,
    *,
    seed: int,
    n_init: int = 10,
    max_iter: int = 300,
    tol: float = 1e-4,
    device: str | torch.device = "cpu",
) -> KMeansResult:
    """Partition rows into `k` clusters of least inertia, the best of `n_init` restarts.

    Random numbers come from NumPy on the CPU, one stream a restart, so restart `i` is the same
    whatever `n_init` and the device. The same seed and number of threads give the same bytes.
    Clusters that run empty restart from the farthest rows. Where float32 rounding is not small
    beside the inertia (tight clusters far apart), everything is done again in float64.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    k : int
        Number of clusters, 1 to the number of distinct rows.
    seed : int
        At least 0.
    n_init : int
        Restarts, at least 1.
    max_iter : int
        Iterations of a restart at most, at least 1.
    tol : float
        A restart stops once its centroids' summed squared movement is at most `tol` times the mean
        variance of the columns, as in scikit-learn.
    device : str or torch.device

    Returns
    -------
    KMeansResult

    Raises
    ------
    ValueError
        If a parameter is out of range, `points` is not a finite matrix, has fewer than `k` distinct
        rows, or lies so far from the origin that float32 centroids can't tell clusters apart.

    References
    ----------
    Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28, 1982.
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007 (greedy
    variant of section 7, with 2 + log k trials).
    """
    array = as_matrix(points)
    if k < 1 or n_init < 1 or max_iter < 1 or not tol >= 0:
        raise ValueError("k, n_init and max_iter must be at least 1 and tol at least 0")
    rows = Centred(array, device)
    distinct = distinct_rows(array, k)
    if distinct < k:
        raise ValueError(f"k is {k}, but points have only {distinct} distinct rows")
    with exact(device):
        for dtype in (torch.float32, torch.float64):
            x = rows.all(dtype)
            total = float(x.square().sum(dtype=torch.float64))
            centres, inertia, n_iter = _best_restart(x, k, seed, n_init, max_iter, tol)
            # float32 errs by about 1e-7 of a squared norm: keep that under 1 % of what is summed.
            if inertia > 1e-5 * total:
                break
    centroids = (centres / rows.scale + rows.shift.astype(np.float64)).astype(np.float32)
    labels, squared = assign(array, centroids, device=device)
    rounded = float(squared.sum(dtype=np.float64))
    if rounded * rows.scale**2 > inertia + 0.01 * total:
        raise ValueError(
            "points lie too far from the origin for float32 centroids: subtract their mean first"
        )
    return KMeansResult(centroids, labels, rounded, n_iter)


def _best_restart(
    x: torch.Tensor, k: int, seed: int, n_init: int, max_iter: int, tol: float
) -> tuple[npt.NDArray[np.float64], float, int]:
    n = len(x)
    trials = 2 + int(np.log(k))
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(n_init)]
    # Bounded memory: k-means++ holds 20 bytes a row and restart, Lloyd k scores a row and restart.
    group = max(1, min(1024 // k, 200_000_000 // (20 * n)))
    best: tuple[npt.NDArray[np.float64], float, int] | None = None
    for i in range(0, n_init, group):
        part = streams[i : i + group]
        first = np.array([stream.integers(n) for stream in part])
        uniform = np.stack([stream.random((k - 1, trials)) for stream in part])
        start = plus_plus(x, torch.from_numpy(first), torch.from_numpy(uniform))
        centroids, inertia, n_iter = lloyd(x, start, max_iter, tol)
        winner = int(np.argmin(inertia))
        if best is None or inertia[winner] < best[1]:
            values = centroids[winner].double().cpu().numpy()
            best = values, float(inertia[winner]), int(n_iter[winner])
    assert best is not None
    return best


def distinct_rows(array: npt.NDArray[Any], enough: int) -> int:
    """Return the number of distinct rows, or at least `enough` once that many are seen."""
    size = 4 * enough
    while True:
        found = len(np.unique(array[:size], axis=0))
        if found >= enough or size >= len(array):
            return found
        size *= 4
