"""A student behind a chain next to the chain alone: ``python -m tests.bench.bench_student [--write]``.

On sets of images that come with packages, five seeds each: k-means on UMAP of the pixels, and the same
chain with one ``student``, with one that learns soft targets, and with two behind it, by the last one's
head and by k-means on its embedding: accuracy on test, mean and standard deviation. ``--write`` stores
the table in docs/students.md.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import clusterforge

SEEDS = 5
PAGE = Path(__file__).parents[2] / "docs" / "students.md"
START, END = (
    "<!-- figures: written by tests.bench.bench_student -->\n",
    "<!-- end of figures -->\n",
)
SETS: dict[str, dict[str, object]] = {
    "digits": {"use": "digits"},
    "mnist-5000": {"use": "mnist-5000", "test_fraction": 0.2},
}
EPOCHS = {"digits": 40, "mnist-5000": 20}
CHAIN = ({"use": "flatten"}, {"use": "umap", "dim": 10})
KMEANS = {"use": "kmeans", "n_clusters": "classes"}
STUDENTS: dict[str, tuple[dict[str, object], ...]] = {
    "UMAP": (),
    "student": ({},),
    "softness 0.25": ({"softness": 0.25},),
    "two students": ({}, {}),
}
COLUMNS = tuple(
    f"{title}, {by}"
    for title, taught in STUDENTS.items()
    for by in (("head", "k-means") if taught else ("k-means",))
)


def measured(name: str) -> list[str]:
    """Return the cells of a set."""
    found: list[list[float]] = [[] for _ in COLUMNS]
    for seed in range(SEEDS):
        cells: list[float] = []
        for students in STUDENTS.values():
            taught = [
                {"use": "student", "id": f"student{n}", "epochs": EPOCHS[name], "batch": 64} | own
                for n, own in enumerate(students)
            ]
            recipe = {
                "seed": seed,
                "dataset": SETS[name],
                "encoder": [*CHAIN, *taught],
                "clusterer": [{"use": "head"}, KMEANS] if students else [KMEANS],
                "metric": [{"use": "accuracy"}],
                "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
                "report": {"projection": "none"},
            }
            with tempfile.TemporaryDirectory() as folder:
                run = clusterforge.run(recipe, out=Path(folder) / "run")
                cells += [
                    score.value
                    for score in run.scores
                    if (score.split, score.metric, score.noise) == ("test", "accuracy", "excluded")
                    and score.value is not None
                ]
        for column, value in zip(found, cells, strict=True):
            column.append(value)
    return [f"{statistics.mean(some):.3f} ± {statistics.stdev(some):.3f}" for some in found]


def main() -> None:
    """Print the table, or store it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true")
    lines = [f"| set | {' | '.join(COLUMNS)} |", f"|{' --- |' * (len(COLUMNS) + 1)}"]
    for name in SETS:
        lines.append(f"| {name} | {' | '.join(measured(name))} |")
        print(lines[-1], flush=True)
    table = "\n".join(lines) + "\n"
    print(table)
    if parser.parse_args().write:
        before, _, rest = PAGE.read_text("utf-8").partition(START)
        PAGE.write_text(
            before + START + "\n" + table + "\n" + END + rest.partition(END)[2], "utf-8"
        )


if __name__ == "__main__":
    main()
