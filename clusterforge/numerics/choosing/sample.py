"""What rules look at: sampled rows along their components, their distances, k-means of them and of halves."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from clusterforge.numerics.arrays import DoubleArray, FloatArray, IntArray
from clusterforge.numerics.choosing.halves import Halves
from clusterforge.numerics.many_k import ManyK
from clusterforge.numerics.threads import at_most

COLUMNS = 64
LEAST_ROWS, VALUES = 1000, 2_500_000
ROWS_PER_CLUSTER, FEW, MANY = 8, 10, 250


class Sample:
    """Rows to look at, and what rules compute of them, once.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    seed
        Seed of the sample, of k-means and of splits.
    rows
        Rows at most, drawn without replacement; fewer, but not below 1,000, where they hold more than
        2,500,000 values.
    device
        A torch device name.

    Attributes
    ----------
    points : ndarray of float64, shape (m, c)
        The sample along its 64 largest principal components.
    distinct : int
        How many rows differ.
    """

    def __init__(self, points: FloatArray, *, seed: int, rows: int, device: str) -> None:
        rows = min(rows, max(VALUES // points.shape[1], LEAST_ROWS))
        if len(points) > rows:
            rng = np.random.default_rng(seed)
            points = points[np.sort(rng.choice(len(points), rows, replace=False))]
        self.seed, self.device = seed, device
        self.distinct = len(np.unique(points, axis=0))
        self.points = along_components(points)
        self._whole: dict[int, ManyK] = {}
        self._halves: dict[int, Halves] = {}

    def __len__(self) -> int:
        return len(self.points)

    def limit(self, k_max: int | None, otherwise: int | None = None) -> int:
        """Return the largest k to try: ``k_max``, or else an eighth of the rows, 10 to 250."""
        if k_max is None:
            k_max = otherwise or min(max(len(self) // ROWS_PER_CLUSTER, FEW), MANY)
        return max(min(k_max, self.distinct, len(self) - 1), 1)

    def whole(self, limit: int) -> ManyK:
        """Return k-means of all rows, for up to ``limit`` clusters."""
        if limit not in self._whole:
            self._whole[limit] = ManyK(self.points, limit, seed=self.seed, device=self.device)
        return self._whole[limit]

    def halves(self, limit: int) -> Halves:
        """Return k-means of halves of the rows, for up to ``limit`` clusters."""
        if limit not in self._halves:
            self._halves[limit] = Halves(self.points, limit, seed=self.seed, device=self.device)
        return self._halves[limit]

    @cached_property
    def distances(self) -> FloatArray:
        """Euclidean distances, float32 (m, m)."""
        square = np.einsum("ij,ij->i", self.points, self.points)
        # One thread: a sum over several would depend on how many there are.
        with at_most(1):
            gaps = square[:, None] + square - 2 * (self.points @ self.points.T)
        np.fill_diagonal(gaps, 0)
        distances: FloatArray = np.sqrt(np.maximum(gaps, 0)).astype(np.float32)
        return distances


def silhouettes(
    distances: FloatArray, own: IntArray, labels: IntArray, among: DoubleArray | None = None
) -> DoubleArray:
    """Return the silhouette of rows among the clusters of members: float64 (n,).

    a is the mean distance to the members of the row's own cluster, b the least mean distance to
    those of another; the silhouette is (b - a) / max(a, b), and 0 where there is no other.

    Parameters
    ----------
    distances
        float32 (n, m), from rows to members.
    own
        int64 (n,): the cluster of each row; it has members.
    labels
        int64 (m,): the clusters of the members.
    among
        float64 (n,): what the mean distance to the own cluster is multiplied by, where the row itself is
        one of its members.
    """
    present, codes = np.unique(labels, return_inverse=True)
    one_hot = np.zeros((len(labels), len(present)), dtype=np.float32)
    one_hot[np.arange(len(labels)), codes] = 1
    with at_most(1):
        means = (distances @ one_hot).astype(np.float64) / one_hot.sum(axis=0)
    place = (np.arange(len(own)), np.searchsorted(present, own))
    a = means[place] if among is None else means[place] * among
    means[place] = np.inf
    b = means.min(axis=1)
    larger = np.maximum(a, b)
    usable = np.isfinite(b) & (larger > 0)
    values = np.zeros(len(own))
    values[usable] = ((b - a) / np.where(usable, larger, 1))[usable]
    return values


def along_components(points: npt.ArrayLike) -> DoubleArray:
    """Return centred rows along their principal components, largest first: float64 (n, ≤ 64)."""
    rows = np.asarray(points, dtype=np.float64)
    rows = rows - rows.mean(axis=0)
    n, d = rows.shape
    kept = min(n, d, COLUMNS)
    # One thread: a sum over several would depend on how many there are.
    with at_most(1):
        if d <= n:
            vectors = eigh(rows.T @ rows, subset_by_index=[d - kept, d - 1])[1]
            aligned: DoubleArray = rows @ vectors[:, ::-1]
        else:  # the same from the rows' products, as there are fewer of these
            values, vectors = eigh(rows @ rows.T, subset_by_index=[n - kept, n - 1])
            aligned = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    return aligned
