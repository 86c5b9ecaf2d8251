"""How often noise is called clusters, and clusters noise: ``python -m tests.bench.bench_accident [DRAWS]``.

First clouds without clusters, of which at most 5 in 100 may have a cluster that is called real; then blobs.
Each line is a kind of rows and a clusterer; with an embedding of texts (``.npy``) and a number of clusters
behind the number of draws, k-means on 2,000 of its rows comes last.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.evaluation.chance import chances
from clusterforge.runs.records import REAL

ROWS, NULL_DRAWS = 400, 39
Fit = Callable[[FloatArray], IntArray]


def kmeans(k: int) -> Fit:
    """Return k-means with five restarts."""
    from clusterforge.numerics.kmeans import kmeans as fit

    return lambda rows: fit(rows, k, seed=0, n_init=5).labels


def mixture(k: int) -> Fit:
    """Return a Gaussian mixture."""
    from sklearn.mixture import GaussianMixture

    return lambda rows: GaussianMixture(k, random_state=0).fit_predict(rows).astype(np.int64)


def ward(k: int) -> Fit:
    """Return a hierarchical clustering."""
    from sklearn.cluster import AgglomerativeClustering

    return lambda rows: AgglomerativeClustering(k).fit_predict(rows).astype(np.int64)


def hdbscan(least: int) -> Fit:
    """Return HDBSCAN."""
    from sklearn.cluster import HDBSCAN

    fitted = HDBSCAN(min_cluster_size=least, copy=True)
    return lambda rows: fitted.fit_predict(rows).astype(np.int64)


def dbscan(eps: float) -> Fit:
    """Return DBSCAN."""
    from sklearn.cluster import DBSCAN

    return lambda rows: DBSCAN(eps=eps).fit_predict(rows).astype(np.int64)


def correlated(rng: np.random.Generator, n: int, d: int) -> FloatArray:
    """Draw a Gaussian cloud whose axes have falling lengths."""
    axes = np.linalg.qr(rng.standard_normal((d, d)))[0] / np.sqrt(1 + np.arange(d))[:, None]
    return (rng.standard_normal((n, d)) @ axes).astype(np.float32)


def banana(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw half a ring."""
    turn = rng.uniform(0, np.pi, n)
    ring = 5 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return (ring + 0.5 * rng.standard_normal((n, 2))).astype(np.float32)


def blobs(
    rng: np.random.Generator, n: int, k: int, d: int, apart: float, *, uneven: bool = False
) -> FloatArray:
    """Draw Gaussian blobs whose means lie so many of their radii apart, at least."""
    means = rng.standard_normal((k, d))
    gaps = np.linalg.norm(means[:, None] - means, axis=2)[~np.eye(k, dtype=bool)]
    sizes = rng.dirichlet(np.full(k, 3.0)) if uneven else np.full(k, 1 / k)
    widths = rng.uniform(0.5, 1, k) if uneven else np.ones(k)
    of = rng.choice(k, n, p=np.maximum(sizes, 0.04) / np.maximum(sizes, 0.04).sum())
    rows = means[of] * apart / gaps.min() + rng.standard_normal((n, d)) * widths[of][:, None]
    return rows.astype(np.float32)


def grouped(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw 170 uneven blobs in 8 groups of them, in 20 columns."""
    groups = rng.standard_normal((8, 20)) * 6
    means = groups[rng.integers(8, size=170)] + rng.standard_normal((170, 20)) * 2
    of = rng.choice(170, n, p=rng.dirichlet(np.full(170, 3.0)))
    return (means[of] + rng.standard_normal((n, 20))).astype(np.float32)


NOISE: dict[str, tuple[Callable[[np.random.Generator], FloatArray], Fit]] = {
    "Gaussian, 2 columns; k-means 5": (lambda r: r.standard_normal((ROWS, 2)), kmeans(5)),
    "Gaussian, 10 columns; k-means 8": (lambda r: r.standard_normal((ROWS, 10)), kmeans(8)),
    "Gaussian, 384 columns; k-means 8": (lambda r: correlated(r, ROWS, 384), kmeans(8)),
    "correlated, 10 columns; mixture 4": (lambda r: correlated(r, ROWS, 10), mixture(4)),
    "uniform, 2 columns; hierarchical 5": (lambda r: r.uniform(size=(ROWS, 2)), ward(5)),
    "uniform, 10 columns; k-means 8": (lambda r: r.uniform(size=(ROWS, 10)), kmeans(8)),
    "uniform, 2 columns; HDBSCAN": (lambda r: r.uniform(size=(ROWS, 2)), hdbscan(8)),
    "Gaussian, 2 columns; HDBSCAN": (lambda r: r.standard_normal((ROWS, 2)), hdbscan(8)),
    "Gaussian, 2 columns; DBSCAN": (lambda r: r.standard_normal((ROWS, 2)), dbscan(0.2)),
    "Student's t3, 2 columns; k-means 5": (lambda r: r.standard_t(3, (ROWS, 2)), kmeans(5)),
    "Student's t3, 10 columns; HDBSCAN": (lambda r: r.standard_t(3, (ROWS, 10)), hdbscan(8)),
    "exponential, 2 columns; k-means 5": (lambda r: r.exponential(size=(ROWS, 2)), kmeans(5)),
    "half a ring; k-means 5": (lambda r: banana(r, ROWS), kmeans(5)),
}
BLOBS: dict[str, tuple[Callable[[np.random.Generator], FloatArray], Fit]] = {
    "4 blobs, 2 columns, 6 apart; k-means": (lambda r: blobs(r, ROWS, 4, 2, 6), kmeans(4)),
    "4 uneven, 2 columns, 6 apart; mixture": (
        lambda r: blobs(r, ROWS, 4, 2, 6, uneven=True),
        mixture(4),
    ),
    "8 blobs, 10 columns, 5 apart; k-means": (lambda r: blobs(r, ROWS, 8, 10, 5), kmeans(8)),
    "8 uneven, 10 columns, 6 apart; hierarchical": (
        lambda r: blobs(r, ROWS, 8, 10, 6, uneven=True),
        ward(8),
    ),
    "4 blobs, 2 columns, 6 apart; HDBSCAN": (lambda r: blobs(r, ROWS, 4, 2, 6), hdbscan(8)),
    "6 blobs, 384 columns, 12 apart; k-means": (lambda r: blobs(r, ROWS, 6, 384, 12), kmeans(6)),
    "170 blobs in 8 groups, 20 columns, 2,000 rows; k-means 150": (
        lambda r: grouped(r, 2_000),
        kmeans(150),
    ),
}


def real(rows: FloatArray, fit: Fit, seed: int) -> tuple[int, int]:
    """Return how many clusters are called real, and how many there are."""
    points = np.asarray(rows, dtype=np.float32)
    labels = fit(points)
    found = chances(points, labels, fit, draws=NULL_DRAWS, seed=seed)
    assert found is not None
    q = [value for value in found.q.values() if value is not None]
    return sum(value <= REAL for value in q), len(np.unique(labels[labels >= 0]))


def main(draws: int, embedding: str | None = None, clusters: int = 77) -> None:
    print(
        "| rows without clusters | draws with a cluster called real | s per draw |\n| --- | --- | --- |"
    )
    for name, (draw, fit) in NOISE.items():
        start = time.perf_counter()
        wrong = sum(real(draw(np.random.default_rng(i)), fit, i)[0] > 0 for i in range(draws))
        each = (time.perf_counter() - start) / draws
        print(f"| {name} | {wrong} of {draws} | {each:.1f} |", flush=True)
    print("\n| blobs | clusters called real | s per draw |\n| --- | --- | --- |")
    few = max(1, draws // 20)
    for name, (draw, fit) in BLOBS.items():
        start = time.perf_counter()
        counts = [real(draw(np.random.default_rng(i)), fit, i) for i in range(few)]
        good, all_of = map(sum, zip(*counts, strict=True))
        each = (time.perf_counter() - start) / few
        print(f"| {name} | {good} of {all_of} | {each:.1f} |", flush=True)
    if embedding:
        rows = np.load(embedding)
        rows = rows[np.random.default_rng(0).permutation(len(rows))[:2_000]]
        start = time.perf_counter()
        good, all_of = real(rows, kmeans(clusters), 0)
        each = time.perf_counter() - start
        print(f"| {embedding}; k-means {clusters} | {good} of {all_of} | {each:.1f} |")


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["100"])[0]), *sys.argv[2:3], *map(int, sys.argv[3:4]))
