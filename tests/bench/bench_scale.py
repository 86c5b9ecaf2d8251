"""What clusterers and neighbours need for many rows: ``python -m tests.bench.bench_scale``.

Each case fits in a process of its own, on rows of 64 columns in 200 groups of unequal spread, each in a
subspace of 12 dimensions. It prints seconds of the processor, the peak of memory beyond that of the rows and
libraries, what the run records of approximations (the recall of neighbours, the agreement with the exact
method on drawn rows), and the adjusted Rand index with the groups. What takes longer than the limit is
stopped, and says so. ``OMP_NUM_THREADS=1`` gives it one thread.

Arguments: the numbers of rows (default 100,000 and 300,000); ``--only`` some of them; ``--limit`` in
seconds; ``--neighbors`` compares the 15 nearest rows by our index, exactly, and by pynndescent and hnswlib
where they are installed; ``--quality`` compares, by five seeds, what is exact and what stands in for it
above 50,000 rows: adjusted Rand indices with the groups, with one another, and of two exact fits by two
seeds, the mean and the least.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

GROUPS, COLUMNS, INNER, K = 200, 64, 12, 15
CLUSTERERS = {
    "kmeans": {"n_clusters": GROUPS, "restarts": 1},
    "dbscan": {},
    "hdbscan": {"min_cluster_size": 50, "min_samples": 15},
    "spectral": {"n_clusters": GROUPS},
    "hierarchical": {"n_clusters": GROUPS},
    "gaussian-mixture": {"n_clusters": GROUPS, "covariance": "diag"},
    "leiden": {},
}


def grouped(n: int, seed: int = 0) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return rows float32 (n, 64) and the group of each, int64 (n,)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(GROUPS, COLUMNS))
    spaces = rng.normal(size=(GROUPS, INNER, COLUMNS)) * rng.uniform(
        0.15, 0.35, size=(GROUPS, 1, 1)
    )
    group = rng.integers(GROUPS, size=n)
    rows = np.empty((n, COLUMNS), dtype=np.float32)
    for own in range(GROUPS):
        here = np.flatnonzero(group == own)
        rows[here] = centres[own] + rng.normal(size=(len(here), INNER)) @ spaces[own]
    return rows + 0.1 * rng.standard_normal(rows.shape, dtype=np.float32), group


EXACT = {
    "hierarchical": ({"connectivity": "full"}, {"connectivity": "microclusters"}),
    "spectral": ({"nodes": "rows"}, {"nodes": "microclusters"}),
    "gaussian-mixture": ({"method": "whole"}, {"method": "blocks"}),
    "kmeans": ({"method": "lloyd"}, {"method": "blocks"}),
}
"""What is exact, and what stands in for it above so many rows."""


def peak() -> float:
    """Return the largest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fitted(name: str, n: int) -> dict[str, object]:
    """Fit a clusterer, and return its figures."""
    from clusterforge.contracts import Context, Points
    from clusterforge.numerics.contingency import ari, contingency
    from clusterforge.registry import Registry

    rows, group = grouped(n)
    plugin = Registry.installed().find("clusterer", name)
    clusterer = plugin.load()(plugin.spec.params(**CLUSTERERS[name]))
    before, start = peak(), time.process_time()
    labels = clusterer.fit(Points(rows), Context(threads=threads()))
    seconds, memory = time.process_time() - start, peak() - before
    values = clusterer.details().values
    return {
        "seconds": seconds,
        "memory": memory,
        "recall": values.get("neighbors_recall"),
        "agreement": values.get("exact_agreement"),
        "clusters": int(labels.max()) + 1,
        "noise": float((labels < 0).mean()),
        "ari": float(ari(contingency(labels, group).counts)),
    }


def compared(name: str, n: int) -> dict[str, object]:
    """Fit a clusterer exactly and as above 50,000 rows, by five seeds; return means of the agreements."""
    from clusterforge.contracts import Context, Points
    from clusterforge.numerics.contingency import ari, contingency
    from clusterforge.registry import Registry

    plugin = Registry.installed().find("clusterer", name)
    found = []
    for seed in range(5):
        rows, group = grouped(n, seed)
        whole, less = EXACT[name]
        exact, other, again = (
            plugin.load()(plugin.spec.params(**CLUSTERERS[name], **more)).fit(
                Points(rows), Context(seed=own, threads=threads())
            )
            for own, more in ((seed, whole), (seed, less), (seed + 100, whole))
        )
        pairs = ((exact, group), (other, group), (other, exact), (again, exact))
        found.append([float(ari(contingency(one, two).counts)) for one, two in pairs])
    return {"mean": np.mean(found, axis=0).tolist(), "least": np.min(found, axis=0).tolist()}


def threads() -> int:
    """Return how many threads the libraries take: ``OMP_NUM_THREADS``, or all cores."""
    return int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0))))


def ours(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Search with our index."""
    from clusterforge.numerics.near import near

    return near(rows, K).indices


def exactly(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Compare all pairs."""
    from clusterforge.numerics.neighbors import knn

    return knn(rows, K)[0]


def by_pynndescent(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Search with pynndescent's defaults."""
    from pynndescent import NNDescent

    return np.asarray(NNDescent(rows, n_neighbors=K + 1, random_state=0).neighbor_graph[0])[:, 1:]


def by_hnswlib(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Search with hnswlib: 16 links, 64 candidates."""
    import hnswlib

    index = hnswlib.Index("l2", COLUMNS)
    index.init_index(len(rows), M=16, ef_construction=64)
    index.add_items(rows)
    index.set_ef(64)
    return np.asarray(index.knn_query(rows, K + 1)[0]).astype(np.int64)[:, 1:]


SEARCHES: dict[str, Callable[[npt.NDArray[np.float32]], npt.NDArray[np.int64]]] = {
    "ours": ours,
    "exact": exactly,
    "pynndescent": by_pynndescent,
    "hnswlib": by_hnswlib,
}


def searched(name: str, n: int) -> dict[str, object]:
    """Find the nearest rows of all, twice, and return the figures of the second time.

    What is compiled is so the first time, on few rows.
    """
    rows, _ = grouped(n)
    SEARCHES[name](rows[:2000])
    before, start = peak(), time.process_time()
    found = SEARCHES[name](rows)
    seconds, memory = time.process_time() - start, peak() - before
    from clusterforge.numerics.neighbors import knn

    some = np.linspace(0, n - 1, 1000).astype(np.int64)
    true = knn(rows, K + 1, queries=rows[some], exclude_self=False)[0][:, 1:]
    right = [np.isin(found[row], own).mean() for row, own in zip(some, true, strict=True)]
    return {"seconds": seconds, "memory": memory, "recall": float(np.mean(right))}


def child(kind: str, name: str, n: int, limit: float) -> str:
    """Return the row of a case, from a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_scale", "--case", kind, name, str(n)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"| {name} | {n:,} | not in {limit:.0f} s |  |  |  |  |"
    if done.returncode:
        return f"| {name} | {n:,} | {done.stderr.strip().splitlines()[-1]} |  |  |  |  |"
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    if kind == "compare":
        pairs = zip(figures["mean"], figures["least"], strict=True)
        cells = " | ".join(f"{mean:.3f} ({least:.3f})" for mean, least in pairs)
        return f"| {name} | {n:,} | {cells} |"
    shares = (figures.get(name) for name in ("recall", "agreement"))
    recall, agreement = ("" if share is None else f"{share:.3f}" for share in shares)
    rest = f"{figures['clusters']:,} / {figures['ari']:.3f}" if "ari" in figures else ""
    taken = f"{figures['seconds']:.1f} | {figures['memory']:.0f}"
    return f"| {name} | {n:,} | {taken} | {recall} | {agreement} | {rest} |"


CASES = {"fit": fitted, "search": searched, "compare": compared}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[100_000, 300_000])
    parser.add_argument("--only", nargs="+", choices=[*CLUSTERERS, *SEARCHES])
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--neighbors", action="store_true")
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        kind, name, n = args.case
        print(json.dumps(CASES[kind](name, int(n))))
        return
    cases = [*SEARCHES] if args.neighbors else [*EXACT] if args.quality else [*CLUSTERERS]
    kind = "search" if args.neighbors else "compare" if args.quality else "fit"
    if args.quality:
        print("| by | rows | exact | approximate | one with the other | exact by two seeds |")
        print("|---|---|---|---|---|---|")
    else:
        print("| by | rows | s of the processor | MB | recall | exact agreement | clusters / ARI |")
        print("|---|---|---|---|---|---|---|")
    for n in args.rows:
        for name in cases:
            if not args.only or name in args.only:
                print(child(kind, name, n, args.limit), flush=True)


if __name__ == "__main__":
    main()
