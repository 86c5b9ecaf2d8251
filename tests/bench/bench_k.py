"""The number of clusters that each rule suggests, and what k-means makes of it.

``python -m tests.bench.bench_k`` goes through the sets of :mod:`tests.bench.labelled`, five seeds each, and
prints for each rule the numbers suggested, how far they are from the classes, and how much less accurate
k-means is with them than with the number of classes. ``--write`` stores the figures in
``docs/results/k.json`` and the tables in docs/choosing-k.md; ``--check`` tells whether the page agrees with
the figures.

CLINC150 has intents and domains, so a number that is right for one is wrong for the other: domains are shown
and left out of the means.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.choosing import RULES
from clusterforge.numerics.choosing.sample import Sample
from clusterforge.numerics.choosing.search import SAMPLE_ROWS
from clusterforge.numerics.contingency import accuracy, contingency
from clusterforge.numerics.kmeans import kmeans
from clusterforge.runs.records import Record
from tests.bench.labelled import Labelled, available

SEEDS = 5
DOCS = Path(__file__).parents[2] / "docs"
KEPT, PAGE = DOCS / "results" / "k.json", DOCS / "choosing-k.md"
START, END = "<!-- figures: written by tests.bench.bench_k -->\n", "<!-- end of figures -->\n"
SHOWN_ONLY = ("clinc-domains",)


class Suggested(Record):
    """What one rule suggests for one set, seed by seed.

    Parameters
    ----------
    k
        The numbers.
    accuracy
        Of k-means with them.
    """

    k: tuple[int, ...]
    accuracy: tuple[float, ...]


class Measured(Record):
    """One set.

    Parameters
    ----------
    name, classes, rows, columns, held_back
        What it is.
    accuracy
        Of k-means with the number of classes, seed by seed.
    rules
        By the rule's name.
    """

    name: str
    classes: int
    rows: int
    columns: int
    held_back: bool
    accuracy: tuple[float, ...]
    rules: dict[str, Suggested]

    def error(self, rule: str) -> float:
        """Return the mean of |k - classes| / classes over the seeds."""
        return statistics.fmean(abs(k - self.classes) / self.classes for k in self.rules[rule].k)

    def lost(self, rule: str) -> float:
        """Return how many points of accuracy the rule's numbers cost, in the mean over the seeds."""
        own = self.rules[rule].accuracy
        return 100 * (statistics.fmean(self.accuracy) - statistics.fmean(own))


def measured(labelled: Labelled, seeds: Sequence[int]) -> Measured:
    """Return what every rule suggests for a set."""
    known: dict[tuple[int, int], float] = {}

    def score(k: int, seed: int) -> float:
        if (k, seed) not in known:
            known[k, seed] = _accuracy(labelled.labels, _clusters(labelled.embedding, k, seed))
        return known[k, seed]

    numbers: dict[str, list[int]] = {rule: [] for rule in RULES}
    for seed in seeds:
        sample = Sample(labelled.embedding, seed=seed, rows=SAMPLE_ROWS, device="cpu")
        for rule, suggest in RULES.items():
            numbers[rule].append(suggest(sample, None).suggested)
    rules = {
        rule: Suggested(
            k=tuple(ks), accuracy=tuple(score(k, s) for k, s in zip(ks, seeds, strict=True))
        )
        for rule, ks in numbers.items()
    }
    rows, columns = labelled.embedding.shape
    return Measured(
        name=labelled.name,
        classes=labelled.k,
        rows=rows,
        columns=columns,
        held_back=labelled.held_back,
        accuracy=tuple(score(labelled.k, seed) for seed in seeds),
        rules=rules,
    )


def tables(sets: Sequence[Measured]) -> str:
    """Return the tables of the page."""
    counted = [each for each in sets if each.name not in SHOWN_ONLY]
    halves = {
        "all": counted,
        "chosen on": [each for each in counted if not each.held_back],
        "held back": [each for each in counted if each.held_back],
    }
    head = [f"{column}, {half}" for column in ("error", "points lost") for half in halves]
    lines = ["| rule | " + " | ".join(head) + " | median error |", "| --- " * 8 + "|"]
    for rule in RULES:
        errors = [
            f"{statistics.fmean(each.error(rule) for each in half):.2f}" for half in halves.values()
        ]
        lost = [
            f"{statistics.fmean(each.lost(rule) for each in half):.1f}" for half in halves.values()
        ]
        median = statistics.median(each.error(rule) for each in counted)
        lines.append(f"| `{rule}` | {' | '.join([*errors, *lost])} | {median:.2f} |")
    names = [f"`{rule}`" for rule in RULES]
    lines += [
        "",
        "| set | rows | classes | accuracy with them | " + " | ".join(names) + " |",
        "| --- " * (4 + len(names)) + "|",
    ]
    for each in sets:
        cells = [f"{each.name}{' †' if each.held_back else ''}", f"{each.rows:,}"]
        cells += [str(each.classes), f"{statistics.fmean(each.accuracy):.3f}"]
        cells += [_range(each.rules[rule].k) for rule in RULES]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page(sets: Sequence[Measured]) -> str:
    """Return the page with the tables of these figures."""
    before, rest = PAGE.read_text("utf-8").split(START)
    return before + START + "\n" + tables(sets) + "\n" + END + rest.split(END)[1]


def stored() -> list[Measured]:
    """Return the figures that are stored."""
    return TypeAdapter(list[Measured]).validate_json(KEPT.read_text("utf-8"))


def _range(ks: Sequence[int]) -> str:
    low, high = min(ks), max(ks)
    return str(low) if low == high else f"{low}–{high}"


def _clusters(rows: FloatArray, k: int, seed: int) -> IntArray:
    return kmeans(rows, k, seed=seed).labels


def _accuracy(classes: IntArray, clusters: IntArray) -> float:
    return float(accuracy(contingency(classes, clusters).counts))


def main() -> int:
    """Print the tables, and store or check them where that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*", help="names of sets; default: all")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    if chosen.check:
        return int(page(stored()) != PAGE.read_text("utf-8"))
    found = []
    for labelled in available(chosen.sets):
        start = time.perf_counter()
        found.append(measured(labelled, range(chosen.seeds)))
        print(f"{labelled.name}: {time.perf_counter() - start:.0f} s", flush=True)
    print(tables(found))
    if chosen.write:
        values: list[Mapping[str, object]] = [each.model_dump(mode="json") for each in found]
        KEPT.write_text(json.dumps(values) + "\n", "utf-8")
        PAGE.write_text(page(found), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
