"""The rules: each looks at a sample and suggests a number of clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from clusterforge.numerics.arrays import IntArray
from clusterforge.numerics.choosing.gap import gap_statistic, within_errors
from clusterforge.numerics.choosing.sample import Sample, silhouettes
from clusterforge.numerics.choosing.sweep import RuleCurve, Value, largest, swept
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.numerics.graph import neighbor_graph, smallest

Rule = Literal[
    "held-out",
    "silhouette",
    "elbow",
    "gap",
    "stability",
    "prediction-strength",
    "eigengap",
    "bic",
]
SHORT = 20  # reach of rules whose values drift with k
PRICE, STABLE, STRONG = 0.08, 0.02, 0.8
GAP_ROWS, REFERENCES = 1000, 10
NEIGHBORS = 10
EXHAUSTED = 1e-12


def held_out(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the k of the largest silhouette of rows that k-means was not fitted on, less a price.

    k-means of one half of the rows labels the other half, whose rows are compared with the members in
    the first: small clusters that the rows of one half happen to form are none in the other. Twice as
    many clusters have to raise the silhouette by 5.5 % of the largest (8 % for e times as many).
    """

    def value(k: int) -> Value:
        return _mean(
            float(silhouettes(gaps, labels[test], labels[train]).mean())
            for fits, pair in zip(halves.fits(k), between, strict=True)
            for gaps, labels, train, test in zip(
                pair, fits.labels, fits.rows, fits.rows[::-1], strict=True
            )
        )

    def pick(values: Mapping[int, Value]) -> int:
        price = PRICE * max(abs(value) for value, _ in values.values())
        return max(values, key=lambda k: (values[k][0] - price * np.log(k), -k))

    halves = sample.halves(sample.limit(k_max))
    if halves.limit < 2:
        return RuleCurve("held-out", min(sample.distinct, 2), len(sample))
    between = [
        (sample.distances[np.ix_(two, one)], sample.distances[np.ix_(one, two)])
        for one, two in halves.splits
    ]
    return swept("held-out", value, pick, first=2, limit=halves.limit, rows=len(sample))


def stability(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the largest k whose k-means of two halves agree on all rows within 0.02 of the best.

    The agreement is the adjusted Rand index.

    References
    ----------
    Ben-Hur, Elisseeff & Guyon 2002 (PSB); Lange et al. 2004, doi:10.1162/089976604773717621.
    """

    def value(k: int) -> Value:
        return _mean(float(ari(contingency(*fits.labels).counts)) for fits in halves.fits(k))

    def pick(values: Mapping[int, Value]) -> int:
        top = max(value for value, _ in values.values())
        return max(k for k, (value, _) in values.items() if value >= top - STABLE)

    halves = sample.halves(sample.limit(k_max))
    if halves.limit < 2:
        return RuleCurve("stability", min(sample.distinct, 2), len(sample))
    return swept("stability", value, pick, first=2, limit=halves.limit, rows=len(sample))


def prediction_strength(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the largest k whose prediction strength, and its standard error, reach 0.8.

    It is the least share, over the clusters of one half, of pairs that the fit on the other half keeps
    together; 1 for one cluster.

    References
    ----------
    Tibshirani & Walther 2005, doi:10.1198/106186005X59243, section 2.
    """

    def value(k: int) -> Value:
        return _mean(
            _least_together(labels[1][rows[1]], labels[0][rows[1]])
            for fits in halves.fits(k)
            for labels, rows in ((fits.labels, fits.rows), (fits.labels[::-1], fits.rows[::-1]))
        )

    def pick(values: Mapping[int, Value]) -> int:
        return max(k for k, (value, error) in values.items() if value + (error or 0) >= STRONG)

    halves = sample.halves(sample.limit(k_max))
    limit = max(halves.limit, 1)
    rule = "prediction-strength"
    if limit == 1:
        return RuleCurve(rule, 1, len(sample), (1,), (1.0,))
    return swept(rule, value, pick, first=1, limit=limit, rows=len(sample))


def silhouette(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the k of the largest mean silhouette of k-means; of equals, the smallest.

    References
    ----------
    Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7, section 4.
    """
    limit = sample.limit(k_max, SHORT)
    if limit < 2:
        return RuleCurve("silhouette", min(sample.distinct, 2), len(sample))
    many, distances = sample.whole(limit), sample.distances

    def value(k: int) -> Value:
        labels = many.fit(k)[0]
        size = np.bincount(labels, minlength=k)[labels]
        # A row is none of the members that it is compared with.
        values = silhouettes(distances, labels, labels, size / np.maximum(size - 1, 1))
        return float(np.where(size > 1, values, 0).mean()), None

    return swept("silhouette", value, largest, first=2, limit=limit, rows=len(sample))


def by_elbow(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the k at the elbow of the inertia of k-means; see :func:`elbow`."""
    limit = sample.limit(k_max, SHORT)
    many = sample.whole(limit)

    def value(k: int) -> Value:
        return _inertia(sample, *many.fit(k)), None

    def pick(values: Mapping[int, Value]) -> int:
        return elbow(list(values), [value for value, _ in values.values()])

    return swept("elbow", value, pick, first=1, limit=limit, rows=len(sample))


def bic(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the k of the largest Bayesian information criterion, per row, of k-means.

    As a mixture of spherical Gaussians of one variance.

    References
    ----------
    Pelleg & Moore 2000, "X-means" (ICML), section 3.2.
    """
    limit = sample.limit(k_max)
    many, (n, d) = sample.whole(limit), sample.points.shape

    def value(k: int) -> Value:
        labels, centroids = many.fit(k)
        shares = np.bincount(labels, minlength=k) / n
        shares = shares[shares > 0]
        variance = max(_inertia(sample, labels, centroids) / (n * d), tiny)
        likelihood = float((shares * np.log(shares)).sum())
        likelihood -= d / 2 * (np.log(2 * np.pi * variance) + 1)
        return likelihood - k * (d + 1) / 2 * np.log(n) / n, None

    tiny = EXHAUSTED * max(float(sample.points.var()), np.finfo(np.float64).tiny)
    return swept("bic", value, largest, first=1, limit=limit, rows=len(sample))


def gap(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the smallest k whose gap is within three standard errors of the largest; 1,000 rows."""
    n = len(sample)
    some = np.random.default_rng(sample.seed).permutation(n)[:GAP_ROWS]
    points = sample.points[np.sort(some)]
    # A k for every distinct row leaves no inertia to take the logarithm of.
    limit = min(sample.limit(k_max, SHORT), len(np.unique(points, axis=0)) - 1)
    if limit < 1:
        return RuleCurve("gap", 1, len(points))
    ks = tuple(range(1, limit + 1))
    values, errors = gap_statistic(
        points, ks, seed=sample.seed, references=REFERENCES, device=sample.device
    )
    return RuleCurve(
        rule="gap",
        suggested=within_errors(ks, values, errors),
        rows=len(points),
        k=ks,
        values=tuple(map(float, values)),
        error=tuple(map(float, errors)),
    )


def eigengap(sample: Sample, k_max: int | None) -> RuleCurve:
    """Return the k after which the eigenvalues of a neighbour graph rise most; of equals, the smallest.

    The graph joins each row and its 10 nearest; the eigenvalues are those of its normalised Laplacian.

    References
    ----------
    von Luxburg 2007, arXiv:0711.0189, section 8.3.
    """
    limit = min(sample.limit(k_max), len(sample) - 2)
    if limit < 2 or sample.distinct < 2:
        return RuleCurve("eigengap", min(sample.distinct, 2), len(sample))
    points = sample.points.astype(np.float32)
    graph, _ = neighbor_graph(points, min(NEIGHBORS, len(points) - 1), sample.device)
    rises = np.diff(smallest(graph, limit + 1, sample.seed)[0])[1:]
    return RuleCurve(
        rule="eigengap",
        suggested=int(rises.argmax()) + 2,
        rows=len(sample),
        k=tuple(range(2, limit + 1)),
        values=tuple(map(float, rises)),
    )


RULES: Mapping[Rule, Callable[[Sample, int | None], RuleCurve]] = {
    "held-out": held_out,
    "silhouette": silhouette,
    "elbow": by_elbow,
    "gap": gap,
    "stability": stability,
    "prediction-strength": prediction_strength,
    "eigengap": eigengap,
    "bic": bic,
}


def elbow(ks: Sequence[int], inertia: Sequence[float]) -> int:
    """Return the k where the logarithm of the inertia lies farthest below the chord of its ends.

    On a plain axis the first splits, which part what is far apart, hide all later ones. Where
    nothing lies below the chord the inertia still falls at the end, and that is the largest k;
    where it does not fall, the smallest.

    Parameters
    ----------
    ks
        Ascending.
    inertia
        At least 0, for each k; what k-means missed (a larger value than before) is levelled.

    References
    ----------
    Satopää et al. 2011, "Finding a 'kneedle' in a haystack", section III (without smoothing).
    """
    values = np.minimum.accumulate(np.asarray(inertia, dtype=np.float64))
    nothing_left = np.flatnonzero(values <= EXHAUSTED * values[0])
    if len(nothing_left):
        return ks[int(nothing_left[0])]
    height, place = np.log(values), np.asarray(ks, dtype=np.float64)
    fall = height[0] - height[-1]
    if fall <= EXHAUSTED:
        return ks[0]
    below = height[0] - fall * (place - place[0]) / (place[-1] - place[0]) - height
    at = int(below.argmax())
    return ks[at] if below[at] > 1e-9 * fall else ks[-1]


def _mean(values: Iterable[float]) -> Value:
    """Return the mean of some values and its standard error."""
    known = np.array(list(values))
    spread = known.std(ddof=1) if len(known) > 1 else 0.0
    return float(known.mean()), float(spread / np.sqrt(len(known)))


def _least_together(own: IntArray, predicted: IntArray) -> float:
    """Return the least share of pairs of a cluster that a prediction keeps together; 1 without any pair."""
    counts = contingency(own, predicted).counts.astype(np.float64)
    size = counts.sum(axis=1)
    pairs = size * (size - 1)
    together = (counts * (counts - 1)).sum(axis=1)[pairs > 0] / pairs[pairs > 0]
    return float(together.min()) if len(together) else 1.0


def _inertia(sample: Sample, labels: IntArray, centroids: np.ndarray) -> float:
    gaps = sample.points - centroids[labels]
    return float(np.einsum("ij,ij->", gaps, gaps))
