"""Chains of encoders and a clusterer beside plain rivals, on the same rows of many labelled sets.

A user's data are none of the sets that a chain was made on, so one that wins on a single set says little.
``python -m tests.bench.protocol run`` fits every chain of :data:`CHAINS` to every set of
:mod:`tests.bench.labelled` with five seeds, each from the set's plain embedding (pixels in [0, 1], the
columns of ``table``, MiniLM), and adds what is missing to ``docs/results/protocol.json``; ``--set`` and
``--chain`` choose some. The number of clusters is that of the classes; no chain sees the classes themselves.

``python -m tests.bench.protocol compare CHAIN AGAINST`` judges a change by two rules: it counts where the
mean accuracy over the sets rises and no set falls by more than a point. ``python -m tests.bench.results``
writes the tables into docs/results.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import JsonValue, TypeAdapter
from scipy.stats import rankdata, wilcoxon

from clusterforge.errors import ClusterforgeError
from clusterforge.estimator import ClusterPipeline
from clusterforge.numerics.contingency import Contingency, accuracy, ari, contingency
from clusterforge.runs.records import Record
from tests.bench.labelled import SETS, Labelled, available

SEEDS = 5
KEPT = Path(__file__).parents[2] / "docs" / "results" / "protocol.json"
A_POINT = 0.01
DISTINCT = 0.05  # of the test of Wilcoxon
CLASSES = "the number of classes"
SetKind = Literal["image", "table", "text"]
KINDS: Mapping[SetKind, tuple[str, ...]] = {
    "image": ("digits", "mnist"),
    "text": ("ag-news", "sample-news", "banking77", "clinc-domains", "clinc-intents"),
    "table": tuple(
        labelled.name
        for labelled in SETS
        if labelled.dataset["use"] not in ("digits", "huggingface", "sample-news")
    ),
}
Part = dict[str, JsonValue]


@dataclass(frozen=True, eq=False)
class Chain:
    """What is fitted to an embedding.

    Parameters
    ----------
    name
        Its name in the tables.
    clusterer
        The table ``[[clusterer]]``; :data:`CLASSES` stands for their number.
    encoders
        The tables ``[[encoder]]`` before it.
    plain
        Whether it is a rival: it trains no network.
    """

    name: str
    clusterer: Part
    encoders: tuple[Part, ...] = ()
    plain: bool = False


def _umap(dim: int = 10, **more: JsonValue) -> Part:
    return {"use": "umap", "dim": dim, "min_dist": 0.0, **more}


def _phase(loss: str, epochs: int, **more: JsonValue) -> Part:
    return {"loss": loss, "epochs": epochs, **more}


NETWORK: Part = {"layers": [256, 128], "dim": 32, "batch": 64}
AS_IT_IS: Part = {"use": "flatten"}
KMEANS: Part = {"use": "kmeans", "n_clusters": CLASSES}
MIXTURE: Part = {"use": "gaussian-mixture", "n_clusters": CLASSES}
AUTOENCODER: Part = {"use": "autoencoder", **NETWORK, "epochs": 60}
DEC: Part = {**NETWORK, "n_clusters": CLASSES, "pretrain_epochs": 60, "epochs": 20}
VIEWS: Part = {
    "use": "autoencoder",
    **NETWORK,
    "batch": 128,
    "normalize": True,
    "augment": {},
    "phase": [_phase("infonce", 60)],
}
PARTNERS: Part = {"use": "siamese", **NETWORK, "batch": 128}

CHAINS: tuple[Chain, ...] = (
    Chain("k-means", KMEANS, plain=True),
    Chain("Gaussian mixture, full", MIXTURE, plain=True),
    Chain("Gaussian mixture, tied", {**MIXTURE, "covariance": "tied"}, plain=True),
    Chain("Ward", {"use": "hierarchical", "n_clusters": CLASSES}, plain=True),
    Chain("spectral", {"use": "spectral", "n_clusters": CLASSES}, plain=True),
    Chain("UMAP + mixture", MIXTURE, (_umap(neighbors=20),), plain=True),
    Chain("HDBSCAN", {"use": "hdbscan", "min_cluster_size": 10}, plain=True),
    Chain(
        "UMAP + HDBSCAN",
        {"use": "hdbscan", "min_cluster_size": 10},
        (_umap(5, metric="cosine"),),
        plain=True,
    ),
    Chain(
        "smooth + discriminant + k-means",
        KMEANS,
        ({"use": "smooth"}, {"use": "discriminant", "n_clusters": CLASSES}),
        plain=True,
    ),
    Chain("autoencoder + k-means", KMEANS, (AUTOENCODER,)),
    Chain("DEC", {"use": "head"}, ({"use": "dec", **DEC},)),
    Chain("IDEC", {"use": "head"}, ({"use": "idec", **DEC},)),
    Chain("N2D: autoencoder + UMAP + mixture", MIXTURE, (AUTOENCODER, _umap(neighbors=20))),
    Chain("InfoNCE of views + k-means", KMEANS, (VIEWS,)),
    Chain(
        "InfoNCE of neighbours + k-means",
        KMEANS,
        ({**PARTNERS, "phase": [_phase("infonce", 60, pairs="neighbors")]},),
    ),
    Chain(
        "contrastive, neighbours + k-means",
        KMEANS,
        ({**PARTNERS, "phase": [_phase("contrastive", 60, pairs="neighbors")]},),
    ),
)


class Measured(Record):
    """One chain on one set, seed by seed.

    Parameters
    ----------
    chain, name
        The chain and the set.
    accuracy, ari
        Against the classes; noise is wrong, and one cluster.
    seconds
        Of one fit, mean, on one thread.
    refused
        Why there are no figures.
    """

    chain: str
    name: str
    accuracy: tuple[float, ...] = ()
    ari: tuple[float, ...] = ()
    seconds: float = 0.0
    refused: str | None = None


ALL = TypeAdapter(tuple[Measured, ...])


def _with_classes(value: JsonValue, k: int | str) -> JsonValue:
    if isinstance(value, dict):
        return {key: _with_classes(own, k) for key, own in value.items()}
    if isinstance(value, list):
        return [_with_classes(own, k) for own in value]
    return k if value == CLASSES else value


def recipe_of(chain: Chain, k: int | str) -> Part:
    """Return the recipe of a chain that is told a number of clusters, on one thread."""
    return {
        "encoder": [_with_classes(table, k) for table in chain.encoders or (AS_IT_IS,)],
        "clusterer": [_with_classes(chain.clusterer, k)],
        "compute": {"threads": 1},
    }


def right_share(table: Contingency, rows: int) -> float:
    """Return the share of rows that are right under the best map of clusters to classes; noise is wrong."""
    named = table.counts[:, table.columns >= 0]
    return float(accuracy(named)) * named.sum() / rows if named.size else 0.0


def measured(chain: Chain, labelled: Labelled) -> Measured:
    """Fit a chain to a set, once per seed."""
    recipe = recipe_of(chain, labelled.k)
    right, agreed = [], []
    start = time.process_time()
    for seed in range(SEEDS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                labels = ClusterPipeline(recipe, seed=seed).fit_predict(labelled.embedding)
        except ClusterforgeError as error:
            return Measured(chain=chain.name, name=labelled.name, refused=str(error))
        found = contingency(labelled.labels, labels)
        right.append(right_share(found, len(labels)))
        agreed.append(float(ari(found.counts)))
    return Measured(
        chain=chain.name,
        name=labelled.name,
        accuracy=tuple(right),
        ari=tuple(agreed),
        seconds=(time.process_time() - start) / SEEDS,
    )


def stored() -> dict[tuple[str, str], Measured]:
    """Return what was measured, by chain and set."""
    if not KEPT.is_file():
        return {}
    return {(one.chain, one.name): one for one in ALL.validate_json(KEPT.read_bytes())}


def run(sets: Sequence[str], names: Sequence[str], again: bool) -> None:
    """Measure what is missing, and store it after each set and chain."""
    found = stored()
    for rows in available(sets):
        for chain in CHAINS:
            if (names and chain.name not in names) or (
                (chain.name, rows.name) in found and not again
            ):
                continue
            one = measured(chain, rows)
            found[chain.name, rows.name] = one
            KEPT.write_bytes(ALL.dump_json(tuple(found.values()), indent=1) + b"\n")
            value = one.refused or f"{statistics.fmean(one.accuracy):.3f}  {one.seconds:.1f} s"
            print(f"{rows.name:20} {chain.name:36} {value}", flush=True)


@dataclass(frozen=True)
class Standing:
    """A chain over the sets of a kind, all of which it was measured on.

    Parameters
    ----------
    accuracy
        Mean over the seeds, by set.
    rank
        Mean over the sets, 1 the best.
    against
        The p-value of Wilcoxon's signed ranks over the sets, against the best plain chain.
    """

    chain: Chain
    accuracy: Mapping[str, float]
    rank: float
    against: float | None

    @property
    def mean(self) -> float:
        """The mean accuracy over the sets."""
        return statistics.fmean(self.accuracy.values())


def standings(kind: SetKind) -> list[Standing]:
    """Return the chains that were measured on every set of a kind, best mean rank first."""
    found = stored()
    values = {
        chain: {
            name: statistics.fmean(found[chain.name, name].accuracy)
            for name in KINDS[kind]
            if (chain.name, name) in found and found[chain.name, name].accuracy
        }
        for chain in CHAINS
    }
    sets = [name for name in KINDS[kind] if any(name in own for own in values.values())]
    whole = {chain: own for chain, own in values.items() if sets and len(own) == len(sets)}
    if not whole:
        return []
    matrix = np.array([[own[name] for name in sets] for own in whole.values()])
    ranks = rankdata(-matrix, axis=0).mean(axis=1)
    plain = [i for i, chain in enumerate(whole) if chain.plain]
    best = min(plain, key=lambda i: ranks[i], default=None)
    rows = []
    for i, (chain, own) in enumerate(whole.items()):
        p = None
        if best is not None and i != best and np.any(matrix[i] != matrix[best]):
            p = float(wilcoxon(matrix[i], matrix[best]).pvalue)
        rows.append(Standing(chain, own, float(ranks[i]), p))
    return sorted(rows, key=lambda row: row.rank)


def page() -> Iterator[str]:
    """Yield the lines of docs/results.md."""
    if not stored():
        return
    yield ""
    yield "## Chains beside plain rivals"
    yield ""
    yield (
        "Written by `python -m tests.bench.protocol run` and `python -m tests.bench.results`: each chain "
        "from the plain embedding of a set (pixels, the columns of `table`, MiniLM), at most 2,000 rows, as "
        "many clusters as classes; accuracy, mean of five seeds; noise counts as wrong. *rank*: mean over "
        "the sets, 1 the best. *p*: Wilcoxon's signed ranks over the sets, against the plain chain with the "
        "best rank. Chains in *italics* train a network. † held back: nothing was chosen on it."
    )
    held = {labelled.name for labelled in SETS if labelled.held_back}
    for kind in KINDS:
        rows = standings(kind)
        if not rows:
            continue
        sets = list(rows[0].accuracy)
        yield ""
        yield f"### {kind.capitalize()}s"
        yield ""
        heads = [f"{name}{' †' if name in held else ''}" for name in sets]
        yield "| chain | " + " | ".join(heads) + " | mean | rank | p |"
        yield "|" + " --- |" * (len(sets) + 4)
        best = {name: max(row.accuracy[name] for row in rows) for name in sets}
        for row in rows:
            cells = [
                f"**{value:.3f}**" if value == best[name] else f"{value:.3f}"
                for name, value in row.accuracy.items()
            ]
            name = row.chain.name if row.chain.plain else f"*{row.chain.name}*"
            p = "–" if row.against is None else f"{row.against:.3f}"
            yield f"| {name} | {' | '.join(cells)} | {row.mean:.3f} | {row.rank:.1f} | {p} |"
        yield from _verdict(kind, rows)
    refused = [one for one in stored().values() if one.refused]
    if refused:
        yield ""
        yield (
            "Not fitted: "
            + "; ".join(f"{o.chain} on {o.name} ({o.refused})" for o in refused)
            + "."
        )


def _verdict(kind: SetKind, rows: Sequence[Standing]) -> Iterator[str]:
    """Yield in a sentence whether training a network was worth it, and what was not measured."""
    plain = next((row for row in rows if row.chain.plain), None)
    trained = next((row for row in rows if not row.chain.plain), None)
    if plain and trained:
        yield ""
        yield (
            f"Of chains that train a network, *{trained.chain.name}* has the best mean rank "
            f"({trained.rank:.1f}), of plain ones {plain.chain.name} ({plain.rank:.1f}): "
            + (
                "training is no better here."
                if trained.rank >= plain.rank
                else "training is better here."
            )
        )
    left = [name for name in KINDS[kind] if name not in rows[0].accuracy]
    if left:
        yield ""
        yield f"Not measured: {', '.join(left)}."


def compare(name: str, against: str) -> bool:
    """Print set by set what a chain gains on another, and return whether the change counts."""
    found = stored()
    gains = {}
    for (chain, labelled), one in found.items():
        other = found.get((against, labelled))
        if chain == name and other is not None and one.accuracy and other.accuracy:
            gains[labelled] = statistics.fmean(one.accuracy) - statistics.fmean(other.accuracy)
    if not gains:
        raise SystemExit(f"no set has both {name!r} and {against!r}")
    for labelled, gain in gains.items():
        print(f"{labelled:20} {gain:+.3f}")
    mean, worst = statistics.fmean(gains.values()), min(gains.values())
    counts = mean > 0 and worst >= -A_POINT
    print(
        f"{'mean':20} {mean:+.3f}, least {worst:+.3f}: {'counts' if counts else 'does not count'}"
    )
    return counts


def main() -> None:
    """Measure or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run")
    every = [labelled.name for labelled in SETS]
    running.add_argument("--set", nargs="*", choices=every, default=every)
    running.add_argument("--chain", nargs="*", choices=[c.name for c in CHAINS], default=[])
    running.add_argument("--again", action="store_true")
    comparing = commands.add_parser("compare")
    comparing.add_argument("chain")
    comparing.add_argument("against")
    given = parser.parse_args()
    if given.command == "run":
        run(given.set, given.chain, given.again)
    else:
        compare(given.chain, given.against)


if __name__ == "__main__":
    main()
