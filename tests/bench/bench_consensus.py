"""Consensus next to the fits that it is made of: ``python -m tests.bench.bench_consensus``.

On each set of :mod:`tests.bench.labelled`, with as many clusters as classes, five seeds each: single k-means
of one start and of ten, the consensus of twenty of one start, and that of twenty with twenty DBSCAN of
automatic radius. The last column is the share of rows that the latter leaves noise, which are out of its
index. ``--write`` stores the table in docs/consensus.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.builtin.clusterers import ConsensusParams, DbscanParams, KmeansParams
from clusterforge.clusterers.consensus import Consensus
from clusterforge.clusterers.dbscan import Dbscan
from clusterforge.clusterers.kmeans import Kmeans
from clusterforge.contracts import Clusterer, Context, IntArray, Points
from clusterforge.errors import InputError
from clusterforge.numerics.choosing.sample import along_components
from clusterforge.numerics.contingency import ari, contingency
from tests.bench.labelled import Labelled, available

SEEDS, RESTARTS = 5, 20
PAGE = Path(__file__).parents[2] / "docs" / "consensus.md"
START, END = (
    "<!-- figures: written by tests.bench.bench_consensus -->\n",
    "<!-- end of figures -->\n",
)
COLUMNS = ("k-means, 1 start", "k-means, 10 starts", "consensus", "consensus with DBSCAN", "noise")


def measured(labelled: Labelled, seeds: int) -> list[str]:
    """Return the cells of a set: mean and standard deviation of the adjusted Rand index."""
    rows = along_components(labelled.embedding).astype(np.float32)
    points = Points(rows)

    def k_means(starts: int) -> Clusterer[Any]:
        return Kmeans(KmeansParams(n_clusters=labelled.k, restarts=starts))

    bases: dict[str, Callable[[], Clusterer[Any]]] = {
        "kmeans": lambda: k_means(1),
        "dbscan": lambda: Dbscan(DbscanParams()),
    }

    def consensus(seed: int, *of: str) -> IntArray:
        params = ConsensusParams(n_clusters=labelled.k, restarts=RESTARTS, of=of)
        context = Context(seed=seed, below=lambda name: bases[name]())
        return Consensus(params).fit(points, context)

    single = [
        k_means(1).fit(points, Context(seed=1000 * seed + i))
        for seed in range(seeds)
        for i in range(RESTARTS // 4)
    ]
    ten = [k_means(10).fit(points, Context(seed=seed)) for seed in range(seeds)]
    ours = [consensus(seed, "kmeans") for seed in range(seeds)]
    mixed = []
    try:
        mixed = [consensus(seed, "kmeans", "dbscan") for seed in range(seeds)]
    except InputError as error:
        print(f"{labelled.name}: {error}", flush=True)
    noise = f"{np.mean([(labels < 0).mean() for labels in mixed]):.2f}" if mixed else "–"
    return [*(_spread(labelled.labels, some) for some in (single, ten, ours, mixed)), noise]


def _spread(classes: IntArray, found: list[IntArray]) -> str:
    values = [
        float(ari(contingency(classes[labels >= 0], labels[labels >= 0]).counts))
        for labels in found
        if (labels >= 0).any()
    ]
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else "–"


def main() -> None:
    """Print the table, and store it where that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*", help="names of sets; default: all")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = [f"| set | classes | {' | '.join(COLUMNS)} |", "| --- " * (2 + len(COLUMNS)) + "|"]
    for labelled in available(chosen.sets):
        start = time.perf_counter()
        cells = measured(labelled, chosen.seeds)
        lines.append(f"| {labelled.name} | {labelled.k} | {' | '.join(cells)} |")
        print(f"{lines[-1]} {time.perf_counter() - start:.0f} s", flush=True)
    if chosen.write:
        before, rest = PAGE.read_text("utf-8").split(START)
        table = "\n".join(lines)
        PAGE.write_text(f"{before}{START}\n{table}\n\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
