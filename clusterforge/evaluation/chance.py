"""Could a cluster be an accident? How deep the valley next to it is, in the rows and in noise.

Any clusterer finds clusters in anything. So the rows are compared with rows that have no clusters, drawn
like them and clustered in the same way: what is as deep there says nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.arrays import BoolArray, DoubleArray
from clusterforge.numerics.centroids import centroids
from clusterforge.numerics.kmeans import assign
from clusterforge.numerics.neighbors import knn
from clusterforge.runs.records import REAL

WIDTH = 0.25  # of the kernel, where the two means are 2 apart
GRID = np.linspace(-2, 2, 41)
BETWEEN = slice(15, 26)  # -0.5 to 0.5
CURVED = 0.1
TAILS = 0.2
EVEN = 1e-3


@dataclass(frozen=True)
class Chances:
    """How often noise has a cluster like those of the rows.

    Parameters
    ----------
    draws
        How many draws of each kind of noise were clustered.
    q
        For each cluster the share of those as deep that noise would have, too: clusters at least as deep in a
        draw, the rows counted as one draw, over those of the rows, of the kind of noise that has more; None
        where :func:`depths` is.
    """

    draws: int
    q: dict[int, float | None]


def chances(
    points: FloatArray,
    labels: IntArray,
    cluster: Callable[[FloatArray], IntArray | None],
    *,
    draws: int,
    seed: int,
    told: Callable[[], None] = lambda: None,
) -> Chances | None:
    """Return which clusters could be an accident; None where too few fits of noise succeed.

    Among all clusters of the rows that are as deep as one is, some would be there without any structure: as
    many as noise has on average. Their share is the rate of false discoveries (Benjamini and Hochberg 1995),
    with the rows counted as a draw more (Barber and Candès 2015); where noise is all there is, it is the
    error that any cluster is called real. Noise is drawn until none can be any more.

    Parameters
    ----------
    points, labels
        float32 (n, d) and int64 (n,), -1 for noise.
    cluster
        Clusters other rows in the same way; None where that fails.
    draws
        Draws of each kind of noise, at most.
    seed
        Seed of the draws.
    told
        Called after each draw.

    References
    ----------
    Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995; Barber and Candès,
    "Controlling the false discovery rate via knockoffs", Annals of Statistics 43, 2015; Besag and Clifford,
    "Sequential Monte Carlo p-values", Biometrika 78, 1991; the box is that of Tibshirani, Walther and
    Hastie, "Estimating the number of clusters via the gap statistic", JRSS B 63, 2001.
    """
    found = depths(points, labels)
    known = {c: depth for c, depth in found.items() if depth is not None}
    depth = np.array(list(known.values()), dtype=np.float64)
    as_deep = (depth[:, None] >= depth).sum(axis=0)
    noise, made = Noise(points), 0
    deeper = np.zeros((2, len(depth)), dtype=np.int64)
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw])
        drawn = [_known_depths(rows, cluster(rows)) for rows in noise.draws(rng)]
        told()
        if any(of is None for of in drawn):
            continue
        made += 1
        deeper += [(of[:, None] >= depth).sum(axis=0) for of in drawn if of is not None]
        if not ((1 + deeper).max(axis=0) <= REAL * (1 + draws) * as_deep).any():
            break
    share = (1 + deeper.max(axis=0)) / ((1 + made) * as_deep)
    if not made:
        return None
    # A deeper cluster is no less certain, and no share is above 1.
    q = np.array([min(1.0, share[depth <= own].min()) for own in depth])
    if ((deeper == 0).all(axis=0) & (q > REAL)).any():
        return None
    of = dict(zip(known, q.tolist(), strict=True))
    return Chances(made, {c: of.get(c) for c in found})


def _known_depths(points: FloatArray, labels: IntArray | None) -> DoubleArray | None:
    """Return the depths of the clusters of a draw; None where it could not be clustered."""
    if labels is None:
        return None
    return np.array([depth for depth in depths(points, labels).values() if depth is not None])


def depths(points: FloatArray, labels: IntArray) -> dict[int, float | None]:
    """Return how deep the valley between each cluster and its nearest one is, by cluster.

    The rows of both are projected on the line through their means, each with the mean of its cluster
    without itself; noise counts to the cluster with the nearest mean. The depth is the logarithm of the
    density at the lower of the two peaks over the lowest density between the means.

    Parameters
    ----------
    points
        float32 (n, d).
    labels
        int64 (n,), -1 for noise.

    Returns
    -------
    dict
        None for a cluster of which more than a tenth of the rows are nearer to the other mean: a line does
        not tell these two apart. Empty where there are fewer than two clusters.
    """
    numbers, means = centroids(points, labels)
    if len(numbers) < 2:
        return {}
    nearest = knn(means, 1)[0][:, 0]
    place = np.searchsorted(numbers, labels.clip(0))
    noise = labels < 0
    if noise.any():
        place[noise] = assign(points[noise], means)[0]
    order = np.argsort(place, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(place, minlength=len(numbers)))[:-1])
    found: dict[int, float | None] = {}
    for own, other in enumerate(nearest.tolist()):
        ours, theirs = (
            _along(points[members[a]], noise[members[a]], means[a], means[b])
            for a, b in ((own, other), (other, own))
        )
        rows = points[members[own]][~noise[members[own]]]
        aside = assign(rows, means[[own, other]])[0].mean()
        found[int(numbers[own])] = (
            _depth(np.concatenate([ours, -theirs])) if aside <= CURVED else None
        )
    return found


def _along(
    points: FloatArray, outside: BoolArray, own: FloatArray, other: FloatArray
) -> DoubleArray:
    """Return where rows lie on the line through two means: 1 at their own, -1 at the other."""
    rows = points.astype(np.float64)
    size = len(rows) - int(outside.sum())
    if size < 2:  # a row without its cluster
        return np.zeros(len(rows))
    mean = np.where(outside[:, None], own, (own * float(size) - rows) / (size - 1))
    line = mean - other
    length = np.maximum(np.square(line).sum(axis=1), np.finfo(np.float64).tiny)
    places: DoubleArray = 2 * ((rows - (mean + other) / 2) * line).sum(axis=1) / length
    return places


def _depth(places: DoubleArray) -> float:
    density = np.exp(-np.square(GRID[:, None] - places) / (2 * WIDTH**2)).sum(axis=1)
    peak = min(density[: BETWEEN.start].max(), density[BETWEEN.stop :].max())
    # One more row everywhere: a valley among a few rows is no evidence.
    return float(np.log((peak + 1) / (density[BETWEEN].min() + 1)))


class Noise:
    """Rows without clusters that are like some rows.

    Parameters
    ----------
    points
        float32 (n, d), at least two rows.
    """

    def __init__(self, points: FloatArray) -> None:
        rows = points.astype(np.float64)
        self.mean = rows.mean(axis=0)
        left, scale, self.axes = np.linalg.svd(rows - self.mean, full_matrices=False)
        self.spread = scale / np.sqrt(max(1, len(rows) - 1))
        self.low, self.high = (left * scale).min(axis=0), (left * scale).max(axis=0)
        weights = np.square(scale) / max(np.square(scale).sum(), np.finfo(np.float64).tiny)
        kurtosis = len(rows) * np.power(left, 4).sum(axis=0)
        self.excess = float((weights * (kurtosis - 3)).sum())
        lengths = np.linalg.norm(rows, axis=1)
        self.length = float(lengths.mean()) if lengths.std() < EVEN * lengths.mean() else None
        self.rows = len(rows)

    def draws(self, rng: np.random.Generator) -> Iterator[FloatArray]:
        """Yield one draw of each kind, float32 (n, d): one cloud, and an evenly filled box.

        The cloud has the covariance of the rows, and the tails of Student's t where theirs are heavier
        than those of a normal distribution. The box has their extent along each principal component.
        Where all rows have one length, so have these.
        """
        cloud = rng.standard_normal((self.rows, len(self.spread))) * self.spread
        if self.excess > TAILS:
            freedom = 4 + 6 / self.excess
            cloud *= np.sqrt((freedom - 2) / rng.chisquare(freedom, self.rows))[:, None]
        yield self._placed(cloud)
        yield self._placed(rng.uniform(self.low, self.high, (self.rows, len(self.low))))

    def _placed(self, places: DoubleArray) -> FloatArray:
        rows = self.mean + places @ self.axes
        if self.length is not None:
            norms = np.linalg.norm(rows, axis=1, keepdims=True)
            rows *= self.length / np.maximum(norms, np.finfo(np.float64).tiny)
        placed: FloatArray = rows.astype(np.float32)
        return placed
