"""Handwritten digits of 8 by 8 pixels."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.datasets import DigitsParams
from clusterforge.contracts import Context, Corpus, Dataset, Images, Peek

ROWS, CLASSES = 1797, 10
HIGHEST = 16
"""The ink of a pixel counts from 0 to 16 in the source."""


class Digits(Dataset[DigitsParams]):
    """1,797 grey images (8, 8, 1), 10 classes, from scikit-learn; scaled to 0..255."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        import sklearn
        from sklearn.datasets import load_digits

        from clusterforge.datasets.array_corpus import divide

        bunch = load_digits()
        pixels = np.rint(bunch.images * (255 / HIGHEST)).astype(np.uint8)[..., None]
        return divide(
            lambda rows: Images(pixels[rows]),
            bunch.target.astype(np.int64),
            tuple(map(str, bunch.target_names)),
            self.params,
            source={"from": "scikit-learn", "name": "digits", "version": sklearn.__version__},
        )

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        return array_corpus.peek(ROWS, self.params, "image", CLASSES, "scikit-learn")
