"""How good a map of many rows is that was fitted on some: ``python -m tests.bench.bench_placing``.

t-SNE is fitted on 10,000 of the rows of ``bench_scale`` (64 columns, 200 groups of 12 dimensions
each), and the others are placed between their nearest fitted rows. Printed: seconds for both parts,
and how well neighbours survive, for fitted rows and for placed ones: trustworthiness (15
neighbours) of 5,000 rows, and the share of the 15 nearest rows on the map that are of the row's own
group. Argument: the number of rows (default 1,000,000).
"""

from __future__ import annotations

import sys
import time

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from clusterforge.contracts import Context, Table, View
from clusterforge.numerics.placing import placed_between
from clusterforge.registry import Registry
from tests.bench.bench_scale import grouped, peak

FITTED, SHOWN, K = 10_000, 5_000, 15


def main(n: int) -> None:
    """Print the figures."""
    rows, group = grouped(n)
    order = np.random.default_rng(0).permutation(n)
    fitted, others = order[:FITTED], order[FITTED:]
    plugin = Registry.installed().find("encoder", "tsne")
    tsne = plugin.load()(plugin.spec.params())
    before, start = peak(), time.perf_counter()
    train = rows[fitted]
    drawn = tsne.fit_encode(View(Table(train), train), Context(threads=2))
    between, fit = time.perf_counter(), time.perf_counter() - start
    xy = np.empty((n, 2), np.float32)
    xy[fitted] = drawn
    for i in range(0, len(others), 100_000):
        part = others[i : i + 100_000]
        xy[part] = placed_between(train, drawn, rows[part])
    place = time.perf_counter() - between
    print(f"{n:,} rows: fitted in {fit:.0f} s, the others placed in {place:.0f} s", end="; ")
    print(f"{peak() - before:.0f} MB")
    for name, some in (("fitted", fitted[:SHOWN]), ("placed", others[:SHOWN])):
        near = (
            NearestNeighbors(n_neighbors=K + 1)
            .fit(xy[some])
            .kneighbors(xy[some], return_distance=False)
        )
        own = float((group[some][near[:, 1:]] == group[some][:, None]).mean())
        trust = trustworthiness(rows[some], xy[some], n_neighbors=K)
        print(f"  {name}: trustworthiness {trust:.4f}, own group {own:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
