"""Metrics of the clusters alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clusterforge.builtin import metrics as own
from clusterforge.contracts import Clustering, Metric, MomentMetric, Noise, Score, treat_noise
from clusterforge.contracts.metric import inseparable
from clusterforge.errors import Undefined
from clusterforge.numerics import silhouette
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.moments import Moments, calinski_harabasz, davies_bouldin
from clusterforge.numerics.stored_rows import row_blocks

TREATMENTS: tuple[Noise, ...] = ("excluded", "cluster", "singletons")


class Silhouette(Metric[own.SilhouetteParams]):
    """Mean over rows of (b - a) / max(a, b), Euclidean.

    a is a row's mean distance to the others of its cluster, b the least mean distance to another
    cluster. Exact in one pass over the distances, or from a sample of rows, each measured against
    all others. With noise as singletons, a noise row counts 0.

    References
    ----------
    Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7.
    """

    def score(self, clustering: Clustering) -> Mapping[Noise, Score]:
        """Return the score for each treatment of noise."""
        n = len(clustering.labels)
        if not n:
            raise Undefined("no rows are left")
        if not all(np.isfinite(block).all() for _, block in row_blocks(clustering.embedding)):
            raise Undefined("NaN or infinity in the embedding")
        rows = self._rows(n)
        if rows is not None:
            return self._sampled(clustering, rows)
        found = silhouette.silhouettes_with_noise(
            clustering.embedding, clustering.labels, device=clustering.device
        )
        scores: dict[Noise, Score] = {}
        for noise in TREATMENTS:
            labels, kept = treat_noise(clustering.labels, noise)
            values = found[noise]
            if values is None:
                scores[noise] = Score(None, reason=inseparable(labels[kept]))
                continue
            # Noise rows as singletons rest on one row each, of which no derivative tells the effect.
            influence = (
                None
                if noise == "singletons"
                else silhouette.influence(
                    clustering.embedding, labels, values, device=clustering.device
                )
            )
            scores[noise] = Score(float(np.nanmean(values)), values=values, influence=influence)
            if noise == "excluded" and kept.all():  # without noise the treatments are one
                return dict.fromkeys(TREATMENTS, scores[noise])
        return scores

    def _rows(self, n: int) -> int | None:
        """Return how many rows to draw, or None for all."""
        wanted = self.params.rows
        if wanted == "auto":
            wanted = silhouette.rows_to_measure(n)
        return None if wanted == "all" or wanted >= n else wanted

    def _sampled(self, clustering: Clustering, rows: int) -> Mapping[Noise, Score]:
        scores: dict[Noise, Score] = {}
        for noise in TREATMENTS:
            labels, kept = treat_noise(clustering.labels, noise)
            labels = labels[kept]
            undefined = inseparable(labels)
            if undefined:
                scores[noise] = Score(None, reason=undefined)
                continue
            values = np.full(len(kept), np.nan)
            values[kept] = silhouette.silhouette_drawn(
                clustering.embedding[kept],
                labels,
                rows,
                self.params.sample_seed,
                device=clustering.device,
            )
            value, exact = float(np.nanmean(values)), rows >= len(labels)
            error = np.nanstd(values, ddof=1) * np.sqrt((1 - rows / len(labels)) / rows)
            reason = f"from {rows:,} of {len(labels):,} rows, standard error {error:.2g}"
            scores[noise] = Score(value, exact, None if exact else reason, values)
            if noise == "excluded" and kept.all():  # without noise the treatments are one
                return dict.fromkeys(TREATMENTS, scores[noise])
        return scores


class CalinskiHarabasz(MomentMetric[own.CalinskiHarabaszParams]):
    """B / (k - 1) over W / (n - k), the dispersion between and within k clusters of n rows.

    References
    ----------
    Calinski & Harabasz 1974, doi:10.1080/03610927408827101.
    """

    def of_moments(self, moments: Moments) -> DoubleArray:
        """Return the index, 0 or more; higher is better."""
        return calinski_harabasz(moments)


class DaviesBouldin(MomentMetric[own.DaviesBouldinParams]):
    """Mean over clusters i of the largest (s_i + s_j) / |c_i - c_j| over other clusters j.

    s is the mean distance of a cluster's rows to its centroid c.

    References
    ----------
    Davies & Bouldin 1979, doi:10.1109/TPAMI.1979.4766909.
    """

    def of_moments(self, moments: Moments) -> DoubleArray:
        """Return the index, 0 or more; lower is better."""
        return davies_bouldin(moments)


class NoiseFraction(Metric[own.NoiseFractionParams]):
    """Rows labelled -1 over all rows."""

    def score(self, clustering: Clustering) -> Score:
        """Return the share, 0 to 1."""
        if not len(clustering.labels):
            raise Undefined("no rows are left")
        values = (clustering.labels < 0).astype(np.float32)
        return Score(float(values.mean(dtype=np.float64)), values=values)
