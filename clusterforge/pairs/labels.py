"""Rows of one label are positives."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.contracts.corpus import P
from clusterforge.contracts.training import Generator, PairSource, Scope
from clusterforge.errors import InputError


class LabelsSource(PairSource[P]):
    """Rows with the same label are positives; rows without a label (-1) take no part."""

    def setup(self, scope: Scope) -> None:
        """Sort the rows by their true label."""
        if scope.labels is None:
            raise InputError(
                "labels are asked for, but the rows have none",
                key="pairs",
                remedy='try "neighbors"',
            )
        self.use(scope.labels.cpu().numpy())

    def use(self, labels: IntArray) -> None:
        """Sort the rows by label, so that a class is one block."""
        order = np.argsort(labels, kind="stable")
        self.order = order[labels[order] >= 0]
        _, block, sizes = np.unique(labels[self.order], return_inverse=True, return_counts=True)
        if len(sizes) < 2:
            raise InputError(
                "pairs need rows of at least two labels", key="pairs", remedy='try "neighbors"'
            )
        starts = np.cumsum(sizes) - sizes
        n = len(labels)
        self.start, self.size, self.place = (np.zeros(n, dtype=np.int64) for _ in range(3))
        self.start[self.order], self.size[self.order] = starts[block], sizes[block]
        self.place[self.order] = np.arange(len(self.order))

    def anchors(self) -> IntArray | None:
        """Return the labelled rows."""
        return np.sort(self.order)

    def positive(self, rows: IntArray, rng: Generator) -> IntArray:
        """Step round the row's class by 1 to size - 1."""
        start, size = self.start[rows], self.size[rows]
        step = rng.integers(0, np.maximum(size - 1, 1)) + (size > 1)
        positives: IntArray = self.order[start + (self.place[rows] - start + step) % size]
        return positives

    def negative(self, rows: IntArray, rng: Generator) -> IntArray:
        """Draw from the other classes: from all but the block, stepping over it."""
        start, size = self.start[rows], self.size[rows]
        drawn = rng.integers(0, len(self.order) - size)
        negatives: IntArray = self.order[drawn + (drawn >= start) * size]
        return negatives
