"""AG News in weeks of 1,000: ``python -m tests.bench.bench_follow``; needs CLUSTERFORGE_MIRROR or the Hub.

First eight weeks of texts, Sports absent until week 3, Business gone from week 6: what was reported, the
share of rows whose id is that of their class, seconds a week. Then weeks in which nothing changes: how many
say that something did. ``--weeks N`` of the latter, default 200; ``--refit`` fits every week anew. The
embeddings of the latter are kept in the temporary folder.

``--umap`` instead repeats the latter behind UMAP to ten dimensions, with k-means and HDBSCAN, on AG News,
Banking77 and CLINC150 (or on those that ``--sets`` names), in weeks of 300 rows that are drawn from all rows,
so that chance alone changes the classes' shares. Each seed is another run, on 1,000 rows, and other weeks.
Below UMAP stands PCA to all components; with ``--below scale`` an encoder of which a run stores nothing
otherwise, with ``--below none`` nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

import clusterforge
from clusterforge.contracts import FloatArray
from clusterforge.taxonomy.following import Followed, follow
from tests.bench import bench_edits

ROWS, FEW = 1000, 300
CLASSES = ("World", "Sports", "Business", "Sci/Tech")
SPORTS, BUSINESS = 1, 2
KEPT = Path(tempfile.gettempdir()) / "clusterforge-bench-follow.npz"
PARTS = {"evaluation": {"refits": 0, "resamples": 0}, "report": {"projection": "none"}}
MINILM = {
    "use": "sentence-transformer",
    "model": "sentence-transformers/all-MiniLM-L6-v2",
}
KMEANS = {"use": "kmeans", "n_clusters": 3}  # as many as the classes of the first weeks
Ids = npt.NDArray[np.int64]


def texts() -> tuple[list[str], Ids]:
    """Return the texts of AG News at hand, and their classes."""
    from clusterforge.contracts import Context
    from clusterforge.registry import Registry

    plugin = Registry.installed().find("dataset", "huggingface")
    table = {"path": "fancyzhx/ag_news", "text": "text", "label": "label", "test": "test"}
    corpus = plugin.load()(plugin.spec.params.model_validate(table)).load(Context())
    rows, labels = [], []
    for split in corpus.splits.values():
        rows += split.items.take(np.arange(len(split)))
        labels.append(split.labels)
    return rows, np.concatenate(labels)


def classes_of(week: int) -> list[int]:
    """Return the classes that a week's rows are of, from 1 to 8."""
    absent = {SPORTS} if week < 3 else {BUSINESS} if week >= 6 else set()
    return [c for c in range(len(CLASSES)) if c not in absent]


def draw(labels: Ids, classes: list[int], free: Ids, rng: np.random.Generator) -> Ids:
    """Return a week's rows, equally many of each class, among those that are free."""
    parts = [
        rng.choice(free[labels[free] == c], ROWS // len(classes), replace=False) for c in classes
    ]
    return np.concatenate(parts)


def describe(week: int, done: Followed, seconds: float, truth: Ids) -> None:
    """Print what a week reported."""
    generation = done.generations[-1]
    folder = done.folder / "generations" / f"{generation.number:04d}"
    ids = np.array(pq.read_table(folder / "rows.parquet")["cluster"].to_pylist())
    own = {}
    for id in np.unique(ids).tolist():
        counts = np.bincount(truth[ids == id], minlength=len(CLASSES))
        own[id] = f"{CLASSES[counts.argmax()]} {counts.max() / counts.sum():.2f}"
    changes = [f"{c.kind} {c.id} (p {c.p:.3f})" for c in generation.changed()]
    print(f"week {week}: {', '.join(changes) or 'nothing'}; {own}; {seconds:.1f} s", flush=True)


def eight_weeks(refit: bool, folder: Path) -> None:
    """Follow eight weeks of texts."""
    rows, labels = texts()
    rng, free = np.random.default_rng(0), np.arange(len(labels))
    for week in range(1, 9):
        chosen = draw(labels, classes_of(week), free, rng)
        free = np.setdiff1d(free, chosen)
        path = folder / f"week{week}.jsonl"
        path.write_text("".join(json.dumps({"text": rows[i]}) + "\n" for i in chosen))
        start = time.perf_counter()
        if week == 1:
            recipe = {"dataset": {"use": "files", "path": str(path), "text": "text"}, **PARTS}
            recipe |= {"name": "ag-news", "encoder": [MINILM], "clusterer": [KMEANS]}
            clusterforge.run(recipe, out=folder / "run")
            continue
        target = folder / "taxonomy"
        if week == 2:
            done = follow(folder / "run", path, out=target, refit=refit)
        else:
            done = follow(target, path, refit=refit)
        describe(week, done, time.perf_counter() - start, labels[chosen])
    print(f"page: {done.page}")


def embedded() -> tuple[npt.NDArray[np.float32], Ids]:
    """Return the embedding of all texts, float32 (n, 384), worked out once."""
    if not KEPT.exists():
        from clusterforge.contracts import Context, Texts, View
        from clusterforge.registry import Registry

        rows, labels = texts()
        plugin = Registry.installed().find("encoder", "sentence-transformer")
        encoder = plugin.load()(plugin.spec.params.model_validate({"model": MINILM["model"]}))
        view = View(Texts(rows))
        encoder.fit(view, Context())
        np.savez(KEPT, x=encoder.encode(view, Context()), y=labels)
    kept = np.load(KEPT)
    return kept["x"], kept["y"]


def without_change(weeks: int, refit: bool, folder: Path) -> None:
    """Follow weeks that are all of the four classes; no row is in two weeks that follow each other."""
    points, labels = embedded()
    rng, before = np.random.default_rng(1), np.arange(0)
    alarms, seconds = 0, []
    for week in range(weeks + 1):
        free = np.setdiff1d(np.arange(len(labels)), before)
        before = draw(labels, list(range(len(CLASSES))), free, rng)
        path = folder / "week.npy"
        np.save(path, points[before])
        if week == 0:
            recipe = {"dataset": {"use": "files", "path": str(path), "features": "all"}, **PARTS}
            whole = {"use": "pca", "components": points.shape[1]}  # a turn of the axes, no more
            recipe |= {"name": "still", "encoder": [whole], "clusterer": [KMEANS]}
            clusterforge.run(recipe, out=folder / "still")
            continue
        start = time.perf_counter()
        still, target = folder / "still", folder / "stills"
        if week == 1:
            done = follow(still, path, out=target, refit=refit, label="1")
        else:
            done = follow(target, path, refit=refit, label=str(week))
        seconds.append(time.perf_counter() - start)
        if done.changes:
            alarms += 1
            print(f"  {week}: {[(c.id, c.kind, round(c.p or 0, 3)) for c in done.changes]}")
        if week % 20 == 0 or week == weeks:
            rate = alarms / week
            print(
                f"{week} weeks without change: {alarms} with an alarm ({rate:.1%}), "
                f"{np.median(seconds):.1f} s a week",
                flush=True,
            )


def embedded_set(name: str) -> FloatArray:
    """Return the embedding of a set of texts, float32 (n, 384), worked out once."""
    if name == "agnews":
        return embedded()[0]
    path = KEPT.with_name(f"clusterforge-bench-{name}.npy")
    if not path.exists():
        np.save(path, bench_edits.rows_of(name)[0])
    points: FloatArray = np.load(path)
    return points


def behind_umap(
    name: str,
    clusterer: dict[str, object],
    seed: int,
    weeks: int,
    refit: bool,
    folder: Path,
    below: str,
) -> tuple[int, list[float]]:
    """Follow weeks without change; return how many have an alarm, and the seconds of each."""
    points, rng = embedded_set(name), np.random.default_rng([2, seed])
    path, before = folder / "rows.npy", rng.choice(len(points), ROWS, replace=False)
    np.save(path, points[before])
    encoders = {
        "pca": [{"use": "pca", "components": points.shape[1]}],
        "scale": [{"use": "scale", "kind": "unit"}],
        "none": [],
    }
    recipe = {
        "name": "still",
        "seed": seed,
        "dataset": {"use": "files", "path": str(path), "features": "all"},
        "encoder": [
            *encoders[below],
            {"use": "umap", "dim": 10, "neighbors": 15, "min_dist": 0.0},
        ],
        "clusterer": [clusterer],
        **PARTS,
    }
    clusterforge.run(recipe, out=folder / "run", cache=False)
    alarms, seconds = 0, []
    for week in range(1, weeks + 1):
        free = np.setdiff1d(np.arange(len(points)), before)
        before = rng.choice(free, FEW, replace=False)
        np.save(path, points[before])
        start, out = time.perf_counter(), folder / "taxonomy"
        first = {"out": out} if week == 1 else {}
        done = follow(folder / "run" if first else out, path, refit=refit, label=str(week), **first)
        seconds.append(time.perf_counter() - start)
        if done.changes:
            alarms += 1
            kinds = [(c.id, c.kind, round(c.p or 0, 3)) for c in done.changes]
            print(f"  {name} seed {seed} week {week}: {kinds}", flush=True)
    return alarms, seconds


def all_behind_umap(sets: list[str], seeds: int, weeks: int, refit: bool, below: str) -> None:
    """Print a line for each set and clusterer: weeks without change, and those with an alarm."""
    print(
        "| rows | clusterer | weeks | with a false alarm | a week |\n| --- | --- | --- | --- | --- |"
    )
    for name in sets:
        k = 4 if name == "agnews" else 20
        for clusterer in (
            {"use": "kmeans", "n_clusters": k},
            {"use": "hdbscan", "min_cluster_size": 15},
        ):
            alarms, seconds = 0, []
            for seed in range(seeds):
                with tempfile.TemporaryDirectory() as folder:
                    more, took = behind_umap(
                        name, clusterer, seed, weeks, refit, Path(folder), below
                    )
                alarms, seconds = alarms + more, seconds + took
            print(
                f"| {name} | {clusterer['use']} | {len(seconds)} | {alarms} "
                f"({alarms / len(seconds):.1%}) | {np.median(seconds):.1f} s |",
                flush=True,
            )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weeks", type=int, default=200)
    parser.add_argument("--refit", action="store_true")
    parser.add_argument("--umap", action="store_true")
    parser.add_argument("--below", choices=["pca", "scale", "none"], default="pca")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", default=["agnews", "banking77", "clinc150"])
    asked = parser.parse_args()
    if asked.umap:
        weeks = asked.weeks // asked.seeds
        all_behind_umap(asked.sets, asked.seeds, weeks, asked.refit, asked.below)
        return
    with tempfile.TemporaryDirectory() as folder:
        eight_weeks(asked.refit, Path(folder))
        if asked.weeks:
            without_change(asked.weeks, asked.refit, Path(folder))


if __name__ == "__main__":
    main()
