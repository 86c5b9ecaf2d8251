"""Synthetic data sets: Gaussian blobs and two moons, with outliers if wanted."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

import numpy as np

from clusterforge.builtin.datasets import BlobsParams, MoonsParams
from clusterforge.contracts import Context, Corpus, Dataset, IntArray, Peek, Table, numbers
from clusterforge.datasets.class_labels import UNLABELLED
from clusterforge.datasets.parts import divide, peek
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import DoubleArray

S = TypeVar("S", bound=BlobsParams | MoonsParams)

HALF_WIDTH = 10.0


class Synthetic(Dataset[S]):
    """Classes of equal size; outliers lie evenly in a box one and a half times as wide as the rows."""

    name: str

    @property
    def classes(self) -> int:
        """Number of classes."""
        return 2

    @property
    def dimensions(self) -> int:
        """Number of columns."""
        return 2

    @property
    def outliers(self) -> int:
        """How many rows are outliers."""
        return round(self.params.rows * self.params.outliers)

    @abstractmethod
    def points(self, labels: IntArray, rng: np.random.Generator) -> DoubleArray:
        """Draw a row of each class in int64 (m,): float64 (m, d)."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus, shuffled."""
        self.check()
        rng = np.random.default_rng(self.params.sample_seed)
        labels = np.arange(self.params.rows - self.outliers, dtype=np.int64) % self.classes
        points = self.points(labels, rng)
        low, high = points.min(axis=0), points.max(axis=0)
        margin = (high - low) / 4
        outliers = rng.uniform(low - margin, high + margin, (self.outliers, points.shape[1]))
        values = np.concatenate([points, outliers]).astype(np.float32)
        codes = np.concatenate([labels, np.full(len(outliers), UNLABELLED, dtype=np.int64)])
        order = rng.permutation(len(values))
        return divide(
            Table(values[order], numbers(f"x{index}" for index in range(values.shape[1]))),
            codes[order],
            tuple(map(str, range(self.classes))),
            self.params,
            source={"from": "synthetic", "name": self.name, "rows": self.params.rows},
        )

    def peek(self) -> Peek:
        """Return rows and classes."""
        self.check()
        shape = (self.dimensions,)
        return peek(self.params.rows, self.params, "table", self.classes, "synthetic", shape=shape)

    def check(self) -> None:
        """Refuse parameters that leave a class without rows."""


class Blobs(Synthetic[BlobsParams]):
    """Blobs of equal size round centres drawn from [-10, 10]; outliers have no label."""

    name = "blobs"

    @property
    def classes(self) -> int:
        """Number of blobs."""
        return self.params.centers

    @property
    def dimensions(self) -> int:
        """Number of columns."""
        return self.params.dimensions

    def points(self, labels: IntArray, rng: np.random.Generator) -> DoubleArray:
        """Draw a row of each blob."""
        own = self.params
        centers = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (own.centers, own.dimensions))
        points = centers[labels] + rng.normal(0, own.spread, (len(labels), own.dimensions))
        return points + rng.normal(0, own.noise, points.shape)

    def check(self) -> None:
        """Refuse more blobs than rows."""
        rows = self.params.rows - self.outliers
        if rows < self.params.centers:
            raise InputError(
                f"{self.params.centers} blobs need as many rows, but there are {rows}",
                key="centers",
            )


class Moons(Synthetic[MoonsParams]):
    """Two half circles of radius 1 that reach into each other; outliers have no label."""

    name = "moons"

    def points(self, labels: IntArray, rng: np.random.Generator) -> DoubleArray:
        """Draw a row of each half circle."""
        angle = rng.uniform(0, np.pi, len(labels))
        upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
        points = np.where(labels[:, None] == 0, upper, lower)
        return points + rng.normal(0, self.params.noise, points.shape)
