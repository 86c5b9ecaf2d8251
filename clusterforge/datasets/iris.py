"""Irises of three species."""

from __future__ import annotations

from clusterforge.builtin.datasets import IrisParams
from clusterforge.contracts import Context, Corpus, Dataset, Peek

ROWS, CLASSES = 150, 3


class Iris(Dataset[IrisParams]):
    """150 rows of 4 measurements, 3 classes, from scikit-learn."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from sklearn.datasets import load_iris

        from clusterforge.datasets.array_corpus import scikit_corpus

        return scikit_corpus(load_iris(), self.params, "iris")

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        return array_corpus.peek(ROWS, self.params, "table", CLASSES, "scikit-learn")
