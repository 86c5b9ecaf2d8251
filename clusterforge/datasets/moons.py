"""Two interleaved half circles."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.datasets import MoonsParams
from clusterforge.contracts import Context, Corpus, Dataset, Peek

CLASSES = 2


class Moons(Dataset[MoonsParams]):
    """Two half circles of radius 1 that reach into each other; outliers have no label."""

    def load(self, context: Context) -> Corpus:
        """Return the corpus."""
        from clusterforge.datasets.synthetic import even_labels, finished

        rng = np.random.default_rng(self.params.sample_seed)
        labels = even_labels(self.params, CLASSES)
        angle = rng.uniform(0, np.pi, len(labels))
        upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
        points = np.where(labels[:, None] == 0, upper, lower)
        points += rng.normal(0, self.params.noise, points.shape)
        return finished(points, labels, self.params, rng, "moons", CLASSES)

    def peek(self) -> Peek:
        """Return rows and classes."""
        from clusterforge.datasets import array_corpus

        return array_corpus.peek(self.params.rows, self.params, "table", CLASSES, "synthetic")
