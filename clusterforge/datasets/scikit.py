"""Data sets that come with scikit-learn."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from clusterforge.builtin import datasets as own
from clusterforge.contracts import (
    Context,
    Corpus,
    Dataset,
    Images,
    ItemKind,
    Items,
    Peek,
    Table,
    numbers,
)
from clusterforge.datasets.parts import divide, peek

S = TypeVar("S", bound=own.SplitParams)

HIGHEST = 16
"""The ink of a pixel of the digits counts from 0 to 16 in the source."""


class ScikitTable(Dataset[S]):
    """A table of scikit-learn, with its classes."""

    name: str
    rows: int
    classes: int
    shape: tuple[int, ...]
    content: ItemKind = "table"

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        import sklearn.datasets

        bunch = getattr(sklearn.datasets, f"load_{self.name.replace('-', '_')}")()
        items = self.items(bunch)
        return divide(
            items,
            bunch.target.astype(np.int64),
            tuple(map(str, bunch.target_names)),
            self.params,
            source={"from": "scikit-learn", "name": self.name, "version": sklearn.__version__},
        )

    def peek(self) -> Peek:
        """Return rows and classes."""
        own = (self.rows, self.params, self.content, self.classes)
        return peek(*own, "scikit-learn", shape=self.shape)

    def items(self, bunch: Any) -> Items:
        """Return all rows of the data set."""
        return Table(np.ascontiguousarray(bunch.data), numbers(bunch.feature_names))


class Iris(ScikitTable[own.IrisParams]):
    """150 rows of 4 measurements, 3 classes."""

    name, rows, classes, shape = "iris", 150, 3, (4,)


class Wine(ScikitTable[own.WineParams]):
    """178 rows of 13 measurements, 3 classes."""

    name, rows, classes, shape = "wine", 178, 3, (13,)


class BreastCancer(ScikitTable[own.BreastCancerParams]):
    """569 rows of 30 measurements, 2 classes."""

    name, rows, classes, shape = "breast-cancer", 569, 2, (30,)


class Digits(ScikitTable[own.DigitsParams]):
    """1,797 grey images (8, 8, 1), 10 classes; scaled to 0..255."""

    name, rows, classes, shape = "digits", 1797, 10, (8, 8, 1)
    content = "image"

    def items(self, bunch: Any) -> Items:
        """Return all images."""
        return Images(np.rint(bunch.images * (255 / HIGHEST)).astype(np.uint8)[..., None])
