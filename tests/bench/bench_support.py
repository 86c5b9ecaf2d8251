"""Support texts from the csv to the spreadsheet, next to BERTopic: ``python -m tests.bench.bench_support``.

The steps of docs/support-texts.md on the texts of docs/support_texts.py, each with processor seconds; then
BERTopic, where it is installed, on the embedding of the same rows, with the same UMAP and HDBSCAN. Both are
compared with the hidden topics on the rows that have one: the clusters as they come, noise as one cluster;
and after they were reduced to 15 and noise was given to the nearest.

Arguments: rows (default 40,000), seeds (default 1), ``--tfidf`` for the recipe's variant without a network.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

import clusterforge
from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.contingency import ari, contingency, nmi
from clusterforge.pipeline.result import Run
from docs import support_texts

T = TypeVar("T")
REDUCED, NEXT_WEEK = 15, 0.1
TFIDF = [{"use": "tfidf", "sublinear": True, "min_df": 5, "components": 100}]
MINILM = [{"use": "minilm"}]
UMAP = {"use": "umap", "dim": 5, "min_dist": 0.0, "metric": "cosine"}


def seconds(work: Callable[[], T]) -> tuple[T, float]:
    """Return what some work returns, and how long the processor took."""
    start = time.process_time()
    return work(), time.process_time() - start


def written(path: Path, many: int, week: int, seed: int) -> dict[str, str]:
    """Write a file of tickets and return their hidden topics."""
    with path.open("w", encoding="utf-8", newline="") as file:
        made = support_texts.rows(many, week, seed)
        writer = csv.writer(file)
        writer.writerow(support_texts.COLUMNS)
        writer.writerows(row.values() for row, _ in made)
    return {row["ticket"]: topic for row, topic in made}


def agreement(topics: Sequence[str], labels: IntArray) -> str:
    """Return NMI and ARI against the hidden topics, on the rows that have one."""
    has = np.array([topic != "" for topic in topics])
    truth = np.unique(np.array(topics)[has], return_inverse=True)[1].astype(np.int64)
    table = contingency(truth, labels[has] + 1).counts
    return f"NMI {nmi(table):.3f} ARI {ari(table):.3f}"


def recipe(
    path: Path, seed: int, encoders: list[dict[str, object]], size: int
) -> dict[str, object]:
    """Return the recipe of the page."""
    return {
        "seed": seed,
        "dataset": {
            **{"use": "files", "path": str(path), "text": "body", "id": "ticket"},
            **{
                "clean": ["strip-html", "collapse-space"],
                "missing": "drop",
                "deduplicate": "exact",
            },
        },
        "encoder": [*encoders, UMAP],
        "clusterer": [{"use": "hdbscan", "min_cluster_size": size}],
        "profile": {"columns": ["product", "country", "created"]},
    }


def ours(folder: Path, many: int, seed: int, encoders: list[dict[str, object]]) -> Run:
    """Go the way of the page, and print each step."""
    topics = written(folder / "tickets.csv", many, 1, seed)
    written(folder / "next.csv", int(many * NEXT_WEEK), 2, seed)
    tables = recipe(folder / "tickets.csv", seed, encoders, max(10, many // 800))
    run, took = seconds(lambda: clusterforge.run(tables, out=folder / "run"))
    stages = ", ".join(f"{s.stage} {s.seconds:.0f}" for s in run.info.stages if s.seconds >= 1)
    table = run.files.assignments
    hidden = [topics[row] for row in table.ids[table.rows("train")].tolist()]
    print(f"  run: {took:.0f} s ({stages}); {len(np.unique(run.labels()))} labels")
    print(f"    {agreement(hidden, run.labels())}, noise {(run.labels() < 0).mean():.3f}")
    edits = [
        clusterforge.curation.edits.Reduce(to=REDUCED),
        clusterforge.curation.edits.Outliers(policy="nearest"),
    ]
    curated, took = seconds(lambda: clusterforge.edit(run.folder, edits, out=folder / "curated"))
    print(f"  edit: {took:.0f} s; {agreement(hidden, curated.labels())}")
    for number, name in sorted(curated.files.names("edited").items()):
        inside = np.array(hidden)[curated.labels() == number]
        values, counts = np.unique(inside, return_counts=True)
        print(f"    {name!r}: {len(inside)} rows, {values[counts.argmax()] or 'no topic'}")
    _, took = seconds(lambda: curated.export(folder / "tickets.xlsx"))
    print(f"  export: {took:.0f} s")
    _, took = seconds(
        lambda: clusterforge.follow(curated.folder, folder / "next.csv", out=folder / "taxonomy")
    )
    print(f"  follow: {took:.0f} s", flush=True)
    return run


def bertopic(run: Run, topics: dict[str, str], seed: int, size: int) -> None:
    """Print what BERTopic makes of the same embedding."""
    try:
        from bertopic import BERTopic
    except ImportError:
        print("  BERTopic is not installed")
        return
    import umap
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import CountVectorizer

    table = run.files.assignments
    ids = table.ids[table.rows("train")].tolist()
    hidden = [topics[row] for row in ids]
    texts = list(run.files.items("train").column.to_pylist())
    first = run.files.run.encoders[0].id
    embedding: FloatArray = run.files.array(f"encoders/0-{first}/train.npy")
    model = BERTopic(
        umap_model=umap.UMAP(
            n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed
        ),
        hdbscan_model=HDBSCAN(min_cluster_size=size, prediction_data=True),
        vectorizer_model=CountVectorizer(stop_words="english"),
    )
    (labels, _), took = seconds(lambda: model.fit_transform(texts, embedding))
    labels = np.array(labels)
    print(f"  BERTopic fit: {took:.0f} s; {len(np.unique(labels))} labels")
    print(f"    {agreement(hidden, labels)}, noise {(labels < 0).mean():.3f}")

    def reduced() -> IntArray:
        model.reduce_topics(texts, nr_topics=REDUCED + 1)
        given = model.reduce_outliers(
            texts, list(model.topics_), strategy="embeddings", embeddings=embedding
        )
        model.update_topics(texts, topics=given)
        return np.array(given)

    labels, took = seconds(reduced)
    print(f"  BERTopic reduced, outliers given: {took:.0f} s; {agreement(hidden, labels)}")
    for number, name in zip(model.get_topic_info().Topic, model.get_topic_info().Name, strict=True):
        inside = np.array(hidden)[labels == number]
        values, counts = np.unique(inside, return_counts=True)
        if len(inside):
            print(f"    {name!r}: {len(inside)} rows, {values[counts.argmax()] or 'no topic'}")


def main() -> None:
    """Print both, seed by seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=40_000)
    parser.add_argument("seeds", type=int, nargs="?", default=1)
    parser.add_argument("--tfidf", action="store_true")
    chosen = parser.parse_args()
    for seed in range(chosen.seeds):
        print(f"{chosen.rows:,} rows, seed {seed}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            run = ours(Path(folder), chosen.rows, seed, TFIDF if chosen.tfidf else MINILM)
            topics = {r["ticket"]: t for r, t in support_texts.rows(chosen.rows, 1, seed)}
            bertopic(run, topics, seed, max(10, chosen.rows // 800))


if __name__ == "__main__":
    main()
