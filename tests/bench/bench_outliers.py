"""What becomes of noise, where rows that belong nowhere are known: ``python -m tests.bench.bench_outliers``.

Needs ``CLUSTERFORGE_MIRROR`` with CLINC150 and MiniLM, umap-learn and hdbscan; a file behind the command
keeps the embedding. The test rows, of which 1,000 of 5,500 are out of scope, go through MiniLM, UMAP to 10
dimensions and HDBSCAN with five seeds. Then every policy is put to the same labels: ours, HDBSCAN's own, and
BERTopic's four where it is installed. Printed are means over the seeds: the share of all rows in a cluster,
the accuracy of the rows in scope (noise counts as wrong; clusters are matched to classes one to one), that
of those in a cluster, and the share of rows out of scope that are in one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import hdbscan
import numpy as np
import umap

import clusterforge
from clusterforge.contracts import FloatArray, IntArray, Texts
from clusterforge.curation import Labelling
from clusterforge.curation.outliers import POLICIES, propose
from clusterforge.numerics.contingency import contingency, match

SEEDS, LEAST = 5, 10
OUT = "oos"
Answers = Mapping[str, Callable[[], IntArray | None]]


def rows_of(path: Path | None) -> tuple[list[str], IntArray, list[str], FloatArray]:
    """Return the texts, their classes, the names of these, and the embedding, float32 (n, 384)."""
    import tempfile

    recipe = {
        "dataset": {
            "use": "huggingface",
            "path": "clinc/clinc_oos",
            "text": "text",
            "label": "intent",
            "train": "test",
        },
        "encoder": [
            {"use": "sentence-transformer", "model": "sentence-transformers/all-MiniLM-L6-v2"}
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 2, "n_init": 1}],
        "metric": [{"use": "nmi"}],
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    if path is None or not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            run = clusterforge.run(recipe, out=f"{folder}/run")
            table, items = run.files.assignments, run.files.items("train").column
            assert items is not None
            known = {
                "text": np.array(items.to_pylist()),
                "label": table.truth[table.rows("train")],
                "names": np.array(table.classes),
                "embedding": run.embedding("train"),
            }
        if path is None:
            return _parts(known)
        np.savez(path, **known)
    with np.load(path, allow_pickle=False) as file:
        return _parts(dict(file))


def _parts(known: Mapping[str, np.ndarray]) -> tuple[list[str], IntArray, list[str], FloatArray]:
    return known["text"].tolist(), known["label"], known["names"].tolist(), known["embedding"]


def figures(labels: IntArray, truth: IntArray, out: int) -> tuple[float, ...]:
    """Return coverage, accuracy of all rows in scope and of those in a cluster, and what is out of scope."""
    inside, scope = labels >= 0, truth != out
    table = contingency(truth[scope & inside], labels[scope & inside])
    right = table.counts[match(table.counts)].sum()
    wrong = (inside & ~scope).sum() / (~scope).sum()
    return (
        float(inside.mean()),
        right / scope.sum(),
        right / (scope & inside).sum(),
        float(wrong),
    )


def filled(labels: IntArray, noise: IntArray, values: IntArray) -> IntArray:
    """Return labels whose noise has other values."""
    new = labels.copy()
    new[noise] = values
    return new


def ours(rows: Labelling, noise: IntArray) -> Answers:
    """Return our policies, from no certainty at all and from the half of the rows that each is surest of."""

    def all_of(policy: str) -> IntArray | None:
        proposal = propose(policy, rows, noise)
        return None if proposal is None else filled(rows.labels, noise, proposal.labels)

    def half(policy: str) -> IntArray | None:
        proposal = propose(policy, rows, noise)
        if proposal is None:
            return None
        middle = float(np.median(proposal.certainty))
        return filled(rows.labels, noise, proposal.above(middle))

    answers: dict[str, Callable[[], IntArray | None]] = {}
    for policy in POLICIES:
        answers[f"`{policy}`"] = lambda policy=policy: all_of(policy)  # type: ignore[misc]
        if policy != "recluster":
            answers[f"`{policy}`, surest half"] = lambda policy=policy: half(policy)  # type: ignore[misc]
    return answers


def bertopic(texts: list[str], rows: Labelling, embedding: FloatArray) -> Answers:
    """Return BERTopic's strategies on the same labels, with their defaults."""
    try:
        from bertopic import BERTopic
        from bertopic.cluster import BaseCluster
        from bertopic.dimensionality import BaseDimensionalityReduction
    except ImportError:
        return {}
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster(), embedding_model=None
    )
    topics, _ = model.fit_transform(texts, embeddings=embedding, y=rows.labels)
    # It numbers topics by their size.
    pairs = {
        topic: label
        for topic, label in zip(topics, rows.labels.tolist(), strict=True)
        if label >= 0
    }
    assert rows.membership is not None
    order = [pairs[topic] for topic in sorted(pairs)]

    def reduced(strategy: str) -> IntArray:
        more = {
            "probabilities": {"probabilities": rows.membership[:, order]},  # type: ignore[index]
            "embeddings": {"embeddings": embedding},
        }.get(strategy, {})
        found = model.reduce_outliers(texts, topics, strategy=strategy, **more)
        return np.array([pairs.get(topic, -1) for topic in found], dtype=np.int64)

    strategies = ("probabilities", "distributions", "c-tf-idf", "embeddings")
    return {f"BERTopic, {s}": lambda s=s: reduced(s) for s in strategies}  # type: ignore[misc]


def main(path: Path | None) -> None:
    texts, truth, names, embedding = rows_of(path)
    out = names.index(OUT)
    results: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(SEEDS):
        start = time.perf_counter()
        mapped = umap.UMAP(
            n_components=10, n_neighbors=15, min_dist=0.0, metric="cosine", random_state=seed
        ).fit_transform(embedding)
        fit = hdbscan.HDBSCAN(min_cluster_size=LEAST, prediction_data=True).fit(mapped)
        labels = fit.labels_.astype(np.int64)
        shares = hdbscan.all_points_membership_vectors(fit).astype(np.float32)
        noise = np.flatnonzero(labels < 0)
        rows = Labelling(
            ids=np.arange(len(texts)).astype(str),
            split="train",
            embedding=mapped.astype(np.float32),
            labels=labels,
            texts=Texts(texts),
            membership=shares,
        )
        predicted = hdbscan.approximate_predict(fit, mapped[noise])[0].astype(np.int64)
        answers = {
            "noise stays noise": lambda labels=labels: labels,
            **ours(rows, noise),
            "hdbscan, approximate_predict": lambda: filled(labels, noise, predicted),  # noqa: B023
            **bertopic(texts, rows, embedding),
        }
        for name, answer in answers.items():
            found = answer()
            if found is not None:
                results.setdefault(name, []).append(figures(found, truth, out))
        took = time.perf_counter() - start
        print(
            f"seed {seed}: {labels.max() + 1} clusters, {took:.0f} s", file=sys.stderr, flush=True
        )
    print("| noise | covered | accuracy in scope | of those covered | out of scope taken |")
    print("| --- | --- | --- | --- | --- |")
    for name, of_seeds in results.items():
        mean = " | ".join(f"{value:.3f}" for value in np.mean(of_seeds, axis=0))
        print(f"| {name} | {mean} |")
    if not any(name.startswith("BERTopic") for name in results):
        print("\nBERTopic is not installed, so its strategies are left out.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
