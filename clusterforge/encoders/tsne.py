"""A picture of the rows that keeps neighbours together."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.frozen_encoders import TsneParams
from clusterforge.contracts import Context, Encoder, FloatArray, View
from clusterforge.encoders.pca import principal_components, project
from clusterforge.encoders.rows import finite_rows
from clusterforge.errors import InputError

START_SCALE = 1e-4
FEWEST_ROWS = 4
ORDERED_THREADS = 2
ANGLE = 0.7  # up to which far rows count as one; 0.5, scikit-learn's, keeps no more neighbours


class Tsne(Encoder[TsneParams]):
    """Barnes-Hut t-SNE by scikit-learn, for projections only: it can't encode other rows.

    Perplexity is lowered to (n - 1) / 3 where there are few rows. Fewer than four rows, or rows
    that are all the same, lie in one point.
    """

    def encode(self, view: View, context: Context) -> FloatArray:
        """Refuse: there is no way from new rows into the picture."""
        raise InputError(
            "t-SNE can't place rows that it was not fitted on",
            remedy="use it as report.projection; pca can place new rows",
        )

    def fit_encode(self, view: View, context: Context) -> FloatArray:
        """Return where the rows lie in the picture: float32 (n, dim)."""
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits

        rows = finite_rows(view)
        if len(rows) < FEWEST_ROWS or (rows == rows[0]).all():
            return np.zeros((len(rows), self.params.dim), dtype=np.float32)
        # More threads would add up the gradient in order of arrival.
        with threadpool_limits(min(ORDERED_THREADS, context.threads)):
            model = TSNE(
                n_components=self.params.dim,
                perplexity=min(self.params.perplexity, (len(rows) - 1) / 3),
                max_iter=self.params.iterations,
                metric=self.params.metric,
                init=self._start(rows, context.seed),
                learning_rate="auto",
                angle=ANGLE,
                random_state=context.seed % 2**32,
                n_jobs=min(ORDERED_THREADS, context.threads),
            )
            placed = model.fit_transform(rows)
        return np.ascontiguousarray(placed, dtype=np.float32)

    def _start(self, rows: FloatArray, seed: int) -> FloatArray:
        dim = self.params.dim
        start = np.random.default_rng(seed).normal(size=(len(rows), dim))
        if self.params.init == "pca":
            width = min(dim, rows.shape[1])
            mean, components, _ = principal_components(rows, width)
            placed = project(rows, mean, components.T)
            start[:, :width] = placed / (float(placed[:, 0].std()) or 1.0)
        return (start * START_SCALE).astype(np.float32)
