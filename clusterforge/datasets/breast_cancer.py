"""Biopsies of the breast, malignant or benign."""

from __future__ import annotations

from clusterforge.builtin.datasets import BreastCancerParams
from clusterforge.contracts import Context, Corpus, Dataset, Peek

ROWS, CLASSES = 569, 2


class BreastCancer(Dataset[BreastCancerParams]):
    """569 rows of 30 measurements, 2 classes, from scikit-learn."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from sklearn.datasets import load_breast_cancer

        from clusterforge.datasets.array_corpus import scikit_corpus

        return scikit_corpus(load_breast_cancer(), self.params, "breast-cancer")

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        return array_corpus.peek(ROWS, self.params, "table", CLASSES, "scikit-learn")
