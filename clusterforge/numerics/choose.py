"""The number of clusters, chosen from the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clusterforge.numerics.arrays import FloatArray
from clusterforge.numerics.gap import gap_statistic, within_errors
from clusterforge.numerics.kmeans import KMeansResult, kmeans
from clusterforge.numerics.silhouette import silhouette_samples

SAMPLE_ROWS = 5000
LEAST_ROWS = 1000
VALUES = 2_500_000
GAP_ROWS = 1000
REFERENCES = 10
RESTARTS = 3
EXHAUSTED = 1e-12


@dataclass(frozen=True)
class Choice:
    """A number of clusters and what it was chosen by.

    Parameters
    ----------
    k
        The number of clusters.
    curve
        (k, mean silhouette) for every k tried; empty where only one k is possible.
    rows
        Rows the curve was computed on.
    """

    k: int
    curve: tuple[tuple[int, float], ...]
    rows: int


@dataclass(frozen=True)
class Search:
    """What three rules say of the number of clusters; the lists go by ``k``.

    Parameters
    ----------
    k
        The numbers tried, from 1.
    inertia
        Of k-means.
    silhouette
        Mean silhouette; None for k = 1.
    gap, gap_error
        The gap statistic and its standard error; None where k-means leaves no inertia.
    rows, gap_rows
        Rows that inertia and silhouette, and the gap, were computed on.
    suggested
        The number that each rule suggests, by the rule's name.
    """

    k: tuple[int, ...]
    inertia: tuple[float, ...]
    silhouette: tuple[float | None, ...]
    gap: tuple[float | None, ...]
    gap_error: tuple[float | None, ...]
    rows: int
    gap_rows: int
    suggested: Mapping[str, int]


def choose_k(
    points: FloatArray,
    *,
    seed: int,
    k_min: int = 2,
    k_max: int = 20,
    sample: int = SAMPLE_ROWS,
    device: str = "cpu",
) -> Choice:
    """Return the k whose k-means has the largest mean silhouette; of equals, the smallest.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    seed
        Seed of the sample and of k-means.
    k_min, k_max
        Bounds of the search; k also stays within the number of distinct rows.
    sample
        Rows looked at, at most, drawn without replacement; fewer, but not below 1,000, where rows
        are wider than 500 columns.
    device
        A torch device name.

    Notes
    -----
    Rousseeuw 1987, section 4. Rows without two distinct values have one cluster.
    """
    points, distinct = _sampled(points, sample, seed)
    bounds = max(k_min, 2), _largest(k_max, distinct, len(points))
    curve = [
        (k, value) for k, _, value in _tried(points, *bounds, seed, device) if value is not None
    ]
    if not curve:
        return Choice(min(distinct, max(k_min, 1)), (), len(points))
    return Choice(_highest(curve), tuple(curve), len(points))


def search_k(
    points: FloatArray,
    *,
    seed: int,
    k_max: int = 20,
    sample: int = SAMPLE_ROWS,
    gap_sample: int = GAP_ROWS,
    device: str = "cpu",
) -> Search:
    """Return what silhouette, elbow and gap statistic suggest, from one sweep of k-means over k.

    The silhouette's answer is that of :func:`choose_k`. Rows without two distinct values have one
    cluster by every rule.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    seed
        Seed of the samples, of k-means and of the references.
    k_max
        The largest k tried; k also stays within the number of distinct rows.
    sample, gap_sample
        Rows looked at, at most, as in :func:`choose_k`; those of the gap are among the others.
    device
        A torch device name.
    """
    points, distinct = _sampled(points, sample, seed)
    tried = list(_tried(points, 1, _largest(k_max, distinct, len(points)), seed, device))
    ks = tuple(k for k, _, _ in tried)
    inertia = tuple(float(found.inertia) for _, found, _ in tried)
    silhouette = tuple(value for _, _, value in tried)
    few, few_distinct = _sampled(points, gap_sample, seed)
    # A k for every distinct row leaves no inertia to take the logarithm of.
    measured = [k for k in ks if k < few_distinct]
    blank: list[float | None] = [None] * (len(ks) - len(measured))
    gap, error = np.empty(0), np.empty(0)
    if measured:
        gap, error = gap_statistic(few, measured, seed=seed, references=REFERENCES, device=device)
    known = [(k, value) for k, value in zip(ks, silhouette, strict=True) if value is not None]
    suggested = {
        "silhouette": _highest(known) if known else 1,
        "elbow": elbow(ks, inertia),
        "gap": within_errors(measured, gap, error) if measured else 1,
    }
    return Search(
        k=ks,
        inertia=inertia,
        silhouette=silhouette,
        gap=(*map(float, gap), *blank),
        gap_error=(*map(float, error), *blank),
        rows=len(points),
        gap_rows=len(few),
        suggested=suggested,
    )


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


def _sampled(points: FloatArray, sample: int, seed: int) -> tuple[FloatArray, int]:
    """Return at most ``sample`` rows and the number of distinct ones among them."""
    sample = min(sample, max(VALUES // points.shape[1], LEAST_ROWS))
    if len(points) > sample:
        rng = np.random.default_rng(seed)
        points = points[np.sort(rng.choice(len(points), sample, replace=False))]
    return points, len(np.unique(points, axis=0))


def _largest(k_max: int, distinct: int, rows: int) -> int:
    return max(min(k_max, distinct, rows - 1), 1)


def _tried(
    points: FloatArray, first: int, last: int, seed: int, device: str
) -> Iterator[tuple[int, KMeansResult, float | None]]:
    """Yield k, its k-means and its mean silhouette, which one cluster has not."""
    for k in range(first, last + 1):
        found = kmeans(points, k, seed=seed, n_init=RESTARTS, device=device)
        value = None
        if k > 1:
            value = float(silhouette_samples(points, found.labels, device=device).mean())
        yield k, found, value


def _highest(curve: Sequence[tuple[int, float]]) -> int:
    return max(curve, key=lambda entry: (entry[1], -entry[0]))[0]
