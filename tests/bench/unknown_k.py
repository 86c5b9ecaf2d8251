"""Chains that find the number of clusters themselves, on sets as they are and made 10 : 1.

``python -m tests.bench.unknown_k`` fits :data:`CHAINS`, some of those of :mod:`tests.bench.protocol`, to all
sets of :mod:`tests.bench.labelled` with five seeds. What they would be told, the number of classes, is
``"auto"``. A set is also fitted with classes of unequal size: they fall by equal factors from as many rows as
the median class has to a tenth of it. What is missing is added to ``docs/results/unknown-k.json``; ``--set``
and ``--chain`` choose some. ``python -m tests.bench.results`` writes the table into docs/results.md.
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from clusterforge.contracts import IntArray
from clusterforge.errors import ClusterforgeError
from clusterforge.estimator import ClusterPipeline
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.runs.records import Record
from tests.bench import protocol
from tests.bench.labelled import SETS, Labelled, available
from tests.bench.protocol import SEEDS, recipe_of, right_share

KEPT = Path(__file__).parents[2] / "docs" / "results" / "unknown-k.json"
NAMES = ("k-means", "UMAP + HDBSCAN", "autoencoder + k-means", "DEC")
CHAINS = tuple(chain for chain in protocol.CHAINS if chain.name in NAMES)
RATIO = 10.0
TWICE = "clinc-domains"  # the rows of clinc-intents, where rules see the intents


class Found(Record):
    """One chain on one set, seed by seed.

    Parameters
    ----------
    chain, name
        The chain and the set.
    uneven
        Whether the set's classes were made 10 : 1.
    classes, clusters
        How many there are, and how many were found.
    accuracy, ari
        Against the classes; noise is wrong, and one cluster.
    """

    chain: str
    name: str
    uneven: bool
    classes: int
    clusters: tuple[int, ...]
    accuracy: tuple[float, ...]
    ari: tuple[float, ...]

    @property
    def error(self) -> float:
        """The mean of abs(clusters - classes) / classes."""
        return statistics.fmean(abs(k - self.classes) / self.classes for k in self.clusters)


ALL = TypeAdapter(tuple[Found, ...])


def uneven(labels: IntArray) -> IntArray:
    """Return the rows of a set whose classes are 10 : 1, at least two of each: int64 (m,).

    Parameters
    ----------
    labels
        int64 (n,), 0 to k - 1.
    """
    rng = np.random.default_rng(0)
    sizes = np.bincount(labels)
    shares = RATIO ** -np.linspace(0, 1, len(sizes))
    wanted = np.maximum(2, np.median(sizes) * rng.permutation(shares)).astype(int)
    kept = [rng.permutation(np.flatnonzero(labels == c))[:most] for c, most in enumerate(wanted)]
    return np.sort(np.concatenate(kept))


def measured(chain: protocol.Chain, rows: Labelled, *, skewed: bool) -> Found:
    """Fit a chain to a set, once per seed, without the number of its classes."""
    embedding, labels = rows.embedding, rows.labels
    if skewed:
        some = uneven(labels)
        embedding, labels = embedding[some], labels[some]
    recipe = recipe_of(chain, "auto")
    clusters, right, agreed = [], [], []
    for seed in range(SEEDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ClusterPipeline(recipe, seed=seed).fit_predict(embedding)
        table = contingency(labels, found)
        clusters.append(len(np.unique(found[found >= 0])))
        right.append(right_share(table, len(found)))
        agreed.append(float(ari(table.counts)))
    return Found(
        chain=chain.name,
        name=rows.name,
        uneven=skewed,
        classes=rows.k,
        clusters=tuple(clusters),
        accuracy=tuple(right),
        ari=tuple(agreed),
    )


def stored() -> dict[tuple[str, str, bool], Found]:
    """Return what was measured, by chain, set and whether it was made uneven."""
    if not KEPT.is_file():
        return {}
    return {(one.chain, one.name, one.uneven): one for one in ALL.validate_json(KEPT.read_bytes())}


def run(sets: Sequence[str], names: Sequence[str]) -> None:
    """Measure what is missing, and store it after each set and chain."""
    found = stored()
    for rows in available(sets):
        for chain in CHAINS:
            for skewed in (False, True):
                key = (chain.name, rows.name, skewed)
                if (names and chain.name not in names) or key in found:
                    continue
                try:
                    one = found[key] = measured(chain, rows, skewed=skewed)
                except ClusterforgeError as error:
                    print(f"{rows.name:20} {chain.name:24} {error}", flush=True)
                    continue
                KEPT.write_bytes(ALL.dump_json(tuple(found.values()), indent=1) + b"\n")
                print(
                    f"{rows.name:20} {chain.name:24} {'10 : 1' if skewed else '':6} "
                    f"{one.clusters} of {one.classes}, ARI {statistics.fmean(one.ari):.3f}",
                    flush=True,
                )


def page() -> Iterator[str]:
    """Yield the lines of docs/results.md: means over the sets that all chains were measured on."""
    found = stored()
    held = {labelled.name for labelled in SETS if labelled.held_back}
    whole = [
        labelled.name
        for labelled in SETS
        if all((c.name, labelled.name, u) in found for c in CHAINS for u in (False, True))
    ]
    if not whole:
        return
    yield ""
    yield "## The number of clusters not given"
    yield ""
    yield (
        "Written by `python -m tests.bench.unknown_k` and `python -m tests.bench.results`: chains of the "
        'tables above that find the number of clusters themselves (`n_clusters = "auto"`, HDBSCAN by its '
        f"own rule), on {len(whole)} sets with five seeds, as they are and with classes made 10 : 1. *off*: "
        "mean of |clusters − classes| / classes. † held back: nothing was chosen on it."
    )
    yield ""
    yield "| chain | ARI | accuracy | off | ARI, 10 : 1 | accuracy, 10 : 1 | off, 10 : 1 |"
    yield "|" + " --- |" * 7
    for chain in CHAINS:
        cells = []
        for skewed in (False, True):
            ones = [found[chain.name, name, skewed] for name in whole]
            cells += [
                f"{statistics.fmean(statistics.fmean(one.ari) for one in ones):.3f}",
                f"{statistics.fmean(statistics.fmean(one.accuracy) for one in ones):.3f}",
                f"{statistics.fmean(one.error for one in ones):.2f}",
            ]
        name = chain.name if chain.plain else f"*{chain.name}*"
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    yield "| set | classes | " + " | ".join(c.name for c in CHAINS) + " |"
    yield "|" + " --- |" * (len(CHAINS) + 2)
    for name in whole:
        counts = []
        for chain in CHAINS:
            some = [found[chain.name, name, skewed].clusters for skewed in (False, True)]
            counts.append("; ".join(_range(ks) for ks in some))
        classes = found[CHAINS[0].name, name, False].classes
        yield f"| {name}{' †' if name in held else ''} | {classes} | {' | '.join(counts)} |"
    yield ""
    yield "Clusters found, as they are; 10 : 1."


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low}–{high}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    every = [labelled.name for labelled in SETS if labelled.name != TWICE]
    parser.add_argument("--set", nargs="*", choices=every, default=every)
    parser.add_argument("--chain", nargs="*", choices=NAMES, default=[])
    given = parser.parse_args()
    run(given.set, given.chain)


if __name__ == "__main__":
    main()
