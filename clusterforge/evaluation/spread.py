"""Bootstrap intervals of the scores that rest on centroids: Davies-Bouldin, Calinski-Harabasz."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist  # type: ignore[import-untyped, unused-ignore]

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.evaluation.intervals import Values

CLUSTERS = 300
WORK = 20_000_000_000  # rows times dimensions times resamples: seconds
_CHUNK = 4_000_000
_DOUBLE = 2**24  # numbers up to which the rows are kept in float64


def resampled_spread(
    points: FloatArray, labels: IntArray, resamples: int, seed: int, *, alone: bool = False
) -> dict[str, Values] | None:
    """Return ``davies-bouldin`` and ``calinski-harabasz`` of every resample, float64 (resamples,).

    Rows are drawn with replacement; a resample's centroids and spreads are those of its own rows,
    from weighted sums within each cluster.

    Parameters
    ----------
    points
        float32 (n, d).
    labels
        int64 (n,); -1 is a label like the others.
    alone
        Each row labelled -1 is a cluster of its own, and so is each copy of it; Davies-Bouldin is
        not computed then.

    Returns
    -------
    dict or None
        nan where a resample has no score. None for all beyond 300 clusters, and where n times d
        times resamples exceeds 2e10.
    """
    n = len(points)
    ids = np.unique(labels[labels >= 0] if alone else labels)
    if len(ids) > CLUSTERS or not len(ids) or n * points.shape[1] * resamples > WORK:
        return None
    rows = _Rows(points, labels, ids)
    rng, parts = np.random.default_rng(seed), []
    step = max(1, _CHUNK // max(n, len(ids) * points.shape[1]))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        weights = np.stack(
            [np.bincount(rng.integers(0, n, n), minlength=n)[rows.order] for _ in range(count)]
        ).astype(rows.points.dtype)
        parts.append(rows.scores(weights, n, alone=alone))
    if not parts:
        return None
    names = ("davies-bouldin", "calinski-harabasz")
    return {name: np.concatenate(values) for name, *values in zip(names, *parts, strict=True)}


class _Rows:
    """Rows sorted by cluster, less their cluster's centroid; rows of no cluster stand last."""

    def __init__(self, points: FloatArray, labels: IntArray, ids: IntArray) -> None:
        n, d = points.shape
        place = np.searchsorted(ids, labels)
        inside = np.isin(labels, ids)
        place[~inside] = len(ids)
        self.order = np.argsort(place, kind="stable")
        self.edges = np.searchsorted(place[self.order], np.arange(len(ids) + 2))
        self.points: npt.NDArray[Any] = points[self.order].astype(
            np.float64 if n * d <= _DOUBLE else np.float32
        )
        mean = self.points.mean(axis=0, dtype=np.float64)
        self.points -= mean.astype(self.points.dtype)
        reach = float(np.abs(self.points).max(initial=0))
        self.points /= self.points.dtype.type(reach or 1.0)
        self.centroids = np.zeros((len(ids) + 1, d))
        for k in range(len(ids)):
            part = self.points[self.edges[k] : self.edges[k + 1]]
            self.centroids[k] = part.mean(axis=0, dtype=np.float64)
            part -= self.centroids[k].astype(part.dtype)
        self.square = np.square(self.points).sum(axis=1)

    def scores(self, weights: npt.NDArray[Any], n: int, *, alone: bool) -> tuple[Values, ...]:
        """Return Davies-Bouldin and Calinski-Harabasz for weights (r, n) of the sorted rows."""
        r, clusters = len(weights), len(self.edges) - 2
        sizes, within = np.zeros((clusters, r)), np.zeros(r)
        rounding = 16 * np.finfo(self.points.dtype).eps
        spread = np.zeros((clusters, r))
        centroids = np.zeros((clusters, r, self.points.shape[1]))
        for k in range(clusters):
            here = slice(self.edges[k], self.edges[k + 1])
            w, x, square = weights[:, here], self.points[here], self.square[here]
            sizes[k] = w.sum(axis=1, dtype=np.float64)
            count = np.maximum(sizes[k], 1)
            shift = (w @ x) / count[:, None].astype(w.dtype)  # (r, d)
            length = np.square(shift).sum(axis=1)
            gap = square[:, None] - 2 * (x @ shift.T) + length  # (n_k, r)
            gap[gap < rounding * (square[:, None] + length)] = 0
            np.sqrt(gap, out=gap)
            spread[k] = np.einsum("rn,nr->r", w, gap) / count
            total, off = w @ square, sizes[k] * length
            within += np.where(total - off > rounding * total, total - off, 0)
            centroids[k] = self.centroids[k] + shift
        rest = slice(self.edges[clusters], None)
        single = weights[:, rest].sum(axis=1, dtype=np.float64)
        outside = (weights[:, rest] @ self.points[rest]).astype(np.float64)  # (r, d)
        mean = (np.einsum("kr,krd->rd", sizes, centroids) + outside) / n
        between = np.einsum("kr,krd->r", sizes, np.square(centroids - mean))
        between += weights[:, rest] @ self.square[rest] - 2 * np.einsum("rd,rd->r", mean, outside)
        between += single * np.square(mean).sum(axis=1)
        k = (sizes > 0).sum(axis=0) + single
        undefined = (k < 2) | (k >= n)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = between * (n - k) / (within * (k - 1))
        ratio = np.where(within > 0, ratio, 1.0)
        ratio[undefined] = np.nan
        if alone:
            return np.full(r, np.nan), ratio
        worst = _davies_bouldin(centroids, spread, sizes)
        worst[undefined] = np.nan
        return worst, ratio


def _davies_bouldin(centroids: Values, spread: Values, sizes: Values) -> Values:
    """Davies-Bouldin of r resamples from (k, r, d), (k, r) and (k, r); rows reach about 1."""
    s, here = spread.T, sizes.T > 0
    # By differences: a product of matrices leaves a rounding error between a centroid and itself.
    gap = np.stack([cdist(c, c) for c in centroids.transpose(1, 0, 2)])
    gap[~(here[:, :, None] & here[:, None, :])] = 0
    apart = gap.max(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(gap > 0, (s[:, :, None] + s[:, None, :]) / gap, 0)
    worst: Values = ratio.max(axis=2).sum(axis=1) / here.sum(axis=1)
    worst[(np.where(here, s, 0).max(axis=1) < 1e-8) | (apart < 1e-8)] = 0
    return worst
