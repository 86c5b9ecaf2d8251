"""Wines of three growers, by chemical analysis."""

from __future__ import annotations

from clusterforge.builtin.datasets import WineParams
from clusterforge.contracts import Context, Corpus, Dataset, Peek

ROWS, CLASSES = 178, 3


class Wine(Dataset[WineParams]):
    """178 rows of 13 measurements, 3 classes, from scikit-learn."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from sklearn.datasets import load_wine

        from clusterforge.datasets.array_corpus import scikit_corpus

        return scikit_corpus(load_wine(), self.params, "wine")

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        return array_corpus.peek(ROWS, self.params, "table", CLASSES, "scikit-learn")
