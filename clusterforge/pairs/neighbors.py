"""Nearest neighbours are positives."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.pairs import NeighborPairs
from clusterforge.contracts import IntArray
from clusterforge.contracts.training import Generator, PairSource, Scope
from clusterforge.errors import InputError
from clusterforge.numerics.neighbors import knn, mutual_knn


class NeighborsSource(PairSource[NeighborPairs]):
    """Nearest neighbours are positives, rows beyond them are negatives.

    A row without a mutual neighbour takes its nearest.
    """

    def setup(self, scope: Scope) -> None:
        """Find the neighbours of the rows, at least 3, as they come in."""
        points, params, device = scope.points(), self.params, str(scope.device)
        n = len(points)
        if n < 3:
            raise InputError(f"pairs of neighbours need 3 rows, there are {n}", key="pairs")
        near, _ = knn(points, min(params.k, n - 2), device=device)
        self.near = np.sort(np.column_stack([near, np.arange(n)]), axis=1)  # (n, k + 1), with self
        if params.mutual:
            a, b = mutual_knn(near)
            source, target = np.concatenate([a, b]), np.concatenate([b, a])
        else:
            source, target = np.repeat(np.arange(n), near.shape[1]), near.ravel()
        lonely = np.setdiff1d(np.arange(n), source)
        self.lonely = len(lonely)
        source = np.concatenate([source, lonely])
        target = np.concatenate([target, near[lonely, 0]])
        self.target = target[np.argsort(source, kind="stable")]
        self.count = np.bincount(source, minlength=n)
        self.first = np.cumsum(self.count) - self.count

    def positive(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw one of the row's neighbours."""
        positives: IntArray = self.target[self.first[rows] + rng.integers(0, self.count[rows])]
        return positives

    def negative(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw evenly from all rows but the neighbours and the row itself."""
        near = self.near[rows]
        drawn: IntArray = rng.integers(0, len(self.near) - near.shape[1], size=len(rows))
        for column in near.T:  # sorted: stepping over each in turn leaves the draw even
            drawn += drawn >= column
        return drawn

    def details(self) -> dict[str, float | str]:
        """Return k and how many rows have no mutual neighbour."""
        return {"k": self.near.shape[1] - 1, "without_mutual": self.lonely}
