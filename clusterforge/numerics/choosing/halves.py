"""k-means of halves of the rows, each applied to all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.numerics.arrays import DoubleArray, IntArray
from clusterforge.numerics.kmeans import assign
from clusterforge.numerics.many_k import ManyK

SPLIT_ROWS, LEAST_SPLITS, MOST_SPLITS = 1500, 3, 5
RESTARTS = 2


@dataclass(frozen=True)
class Fits:
    """The k-means of each half of a split.

    Parameters
    ----------
    rows
        Row numbers of each half.
    labels
        What the fit on each half makes of all rows: int64 (n,).
    """

    rows: tuple[IntArray, IntArray]
    labels: tuple[IntArray, IntArray]


class Halves:
    """Rows split in two at random, several times, and k-means of each half for any k up to a limit.

    Parameters
    ----------
    points
        float64 (n, d).
    limit
        The largest k.
    seed
        Seed of the splits and of k-means.
    device
        A torch device name.

    Attributes
    ----------
    limit : int
        The largest k for which every half has as many distinct rows; 0 where there are no two rows.
    """

    def __init__(self, points: DoubleArray, limit: int, *, seed: int, device: str) -> None:
        self.points, self.device = points, device
        self._fits: dict[int, tuple[Fits, ...]] = {}
        n = len(points)
        count = int(np.clip(SPLIT_ROWS // n, LEAST_SPLITS, MOST_SPLITS))
        orders = [np.random.default_rng([seed, i]).permutation(n) for i in range(count)]
        self.splits = [(np.sort(order[: n // 2]), np.sort(order[n // 2 :])) for order in orders]
        distinct = (len(np.unique(points[half], axis=0)) for pair in self.splits for half in pair)
        self.limit = min(limit, *distinct) if n > 1 else 0
        self._many = [
            tuple(
                ManyK(points[half], self.limit, seed=seed, restarts=RESTARTS, device=device)
                for half in pair
            )
            for pair in (self.splits if self.limit else ())
        ]

    def fits(self, k: int) -> tuple[Fits, ...]:
        """Return the fits of k clusters, one entry per split."""
        if k not in self._fits:
            self._fits[k] = tuple(
                Fits(rows, (self._labels(one, k, *rows), self._labels(other, k, *rows[::-1])))
                for rows, (one, other) in zip(self.splits, self._many, strict=True)
            )
        return self._fits[k]

    def _labels(self, many: ManyK, k: int, train: IntArray, test: IntArray) -> IntArray:
        labels = np.empty(len(self.points), dtype=np.int64)
        labels[train], centroids = many.fit(k)
        labels[test] = assign(self.points[test], centroids, device=self.device)[0]
        return labels
