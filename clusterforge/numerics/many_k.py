"""k-means for many numbers of clusters, from one seeding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, Device, as_matrix, exact
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.kmeans import assign, lloyd, plus_plus


class ManyK:
    """k-means of the same rows for any k up to a limit.

    k-means++ draws one centre after the other, so the first k of a long draw are a draw for k.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    limit : int
        The largest k, at most the number of distinct rows.
    seed : int
    restarts : int
        Draws; for each k the one of the least inertia is used.
    device : str or torch.device

    Raises
    ------
    ValueError
        If ``points`` is not a finite matrix, or lies too far from the origin.
    """

    def __init__(
        self,
        points: npt.ArrayLike,
        limit: int,
        *,
        seed: int,
        restarts: int = 3,
        device: Device = "cpu",
    ) -> None:
        self.points, self.device = as_matrix(points), device
        self._rows = Centred(self.points, device)
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(restarts)]
        n, trials = len(self.points), 2 + int(np.log(limit))
        first = np.array([stream.integers(n) for stream in streams])
        uniform = np.stack([stream.random((limit - 1, trials)) for stream in streams])
        with exact(device):
            self._x = self._rows.all(torch.float32)
            self._starts = plus_plus(self._x, torch.from_numpy(first), torch.from_numpy(uniform))

    def fit(self, k: int, *, max_iter: int = 30, tol: float = 1e-4) -> tuple[IntArray, FloatArray]:
        """Return the nearest centroid of each row, int64 (n,), and the centroids, float32 (k, d)."""
        with exact(self.device):
            centroids, inertia, _ = lloyd(self._x, self._starts[:, :k], max_iter, tol)
        best = centroids[int(inertia.argmin())].double().cpu().numpy()
        moved = (best / self._rows.scale + self._rows.shift.astype(np.float64)).astype(np.float32)
        return assign(self.points, moved, device=self.device)[0], moved
