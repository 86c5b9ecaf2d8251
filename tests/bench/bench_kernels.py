"""Time of the kernels against scikit-learn, in pairs.

``python -m tests.bench.bench_kernels [--rows 60000] [--dim 64] [--pairs 3] [--only NAME]``

The two sides take turns, so that other load on the machine meets both. A ratio above 1 says how many
times faster ours is; the last column compares the answers.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_samples as reference
from sklearn.neighbors import NearestNeighbors

from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.neighbors import knn
from clusterforge.numerics.silhouette import silhouette_samples


def cases(rows: int, dim: int) -> dict[str, tuple[Callable[[], Any], ...]]:
    """Name to ours, theirs, and a comparison of their answers."""
    blobs, truth = make_blobs(rows, dim, centers=10, cluster_std=9.0, random_state=0)
    points = blobs.astype(np.float32)
    noise = np.random.default_rng(0).normal(size=points.shape).astype(np.float32)

    many = make_blobs(rows // 3, 16, centers=200, cluster_std=2.0, random_state=0)[0]

    def theirs(data: np.ndarray, k: int = 10) -> Callable[[], float]:
        return lambda: KMeans(k, n_init=10, random_state=0).fit(data).inertia_

    def ratio(a: float, b: float) -> str:
        return f"inertia {a / b:.5f} of theirs"

    return {
        "silhouette": (
            lambda: silhouette_samples(points, truth),
            lambda: reference(points, truth),
            lambda a, b: f"largest difference {np.abs(a - b).max():.1e}",
        ),
        "kmeans, blobs": (lambda: kmeans(points, 10, seed=0).inertia, theirs(points), ratio),
        "kmeans, no structure": (lambda: kmeans(noise, 10, seed=0).inertia, theirs(noise), ratio),
        "kmeans, 200 of 16 columns": (
            lambda: kmeans(many, 200, seed=0, start="auto").inertia,
            theirs(many, 200),
            ratio,
        ),
        "knn, k=10": (
            lambda: knn(points, 10)[0],
            lambda: NearestNeighbors(n_neighbors=10).fit(points).kneighbors()[1],
            lambda a, b: f"same neighbours {(a == b).mean():.6f}",
        ),
    }


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def spread(values: list[float]) -> str:
    return f"{min(values):7.2f} {statistics.median(values):7.2f} {max(values):7.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    options = parser.parse_args()
    kmeans(np.eye(8), 2, seed=0)  # threads started
    print(f"{options.rows} x {options.dim}, {torch.get_num_threads()} threads; min, median, max")
    for name, (ours, theirs, compare) in cases(options.rows, options.dim).items():
        if options.only not in name:
            continue
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(options.pairs)]
        print(f"{name:22} ours s   {spread([a[0] for a, _ in pairs])}")
        print(f"{'':22} theirs s {spread([b[0] for _, b in pairs])}")
        print(f"{'':22} ratio    {spread([b[0] / a[0] for a, b in pairs])}", end="   ")
        print(compare(pairs[-1][0][1], pairs[-1][1][1]), flush=True)


if __name__ == "__main__":
    main()
