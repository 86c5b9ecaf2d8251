"""Synthetic Gaussian blobs."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.datasets import BlobsParams
from clusterforge.contracts import Context, Corpus, Dataset, Peek
from clusterforge.errors import InputError

HALF_WIDTH = 10.0


class Blobs(Dataset[BlobsParams]):
    """Blobs of equal size round centres drawn from [-10, 10]; outliers have no label."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from clusterforge.datasets.synthetic import even_labels, finished

        own = self.params
        self._check()
        rng = np.random.default_rng(own.sample_seed)
        labels = even_labels(own, own.centers)
        centers = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (own.centers, own.dimensions))
        points = centers[labels] + rng.normal(0, own.spread, (len(labels), own.dimensions))
        points += rng.normal(0, own.noise, points.shape)
        return finished(points, labels, own, rng, "blobs", own.centers)

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        self._check()
        return array_corpus.peek(
            self.params.rows, self.params, "table", self.params.centers, "synthetic"
        )

    def _check(self) -> None:
        from clusterforge.datasets.synthetic import outlier_rows

        rows = self.params.rows - outlier_rows(self.params)
        if rows < self.params.centers:
            raise InputError(
                f"{self.params.centers} blobs need as many rows, but there are {rows}",
                key="centers",
            )
