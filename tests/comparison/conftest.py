"""Run folders with just what a comparison reads, written in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from clusterforge.runs.manifest import write_manifest
from tests.report.conftest import score, write_json, write_table

Make = Callable[..., Path]
RECIPE = {
    "name": "toy",
    "seed": 0,
    "dataset": {"use": "clusterforge:files", "path": "rows.csv"},
    "encoder": [{"use": "clusterforge:scale", "id": "scale"}],
    "clusterer": [{"use": "clusterforge:kmeans", "id": "kmeans", "n_clusters": 3}],
}


def accuracy(truth: np.ndarray, labels: np.ndarray) -> float:
    from clusterforge.numerics.contingency import accuracy, contingency

    kept = labels >= 0
    return float(accuracy(contingency(truth[kept], labels[kept]).counts))


def write_run(
    folder: Path,
    clusters: dict[str, Sequence[int]],
    truth: Sequence[int] | None = None,
    *,
    seed: int = 0,
    ids: Sequence[Any] | None = None,
    texts: Sequence[str] | None = None,
    print_: str = "f" * 64,
    source: dict[str, Any] | None = None,
    split: str = "test",
    embedding: str = "e",
    recipe: dict[str, Any] | None = None,
    scores: list[dict[str, Any]] | None = None,
    names: Sequence[str] = ("cats", "dogs", "mice"),
    **info: Any,
) -> Path:
    """Write a finished run of one split."""
    n = len(next(iter(clusters.values())))
    ids = list(range(n)) if ids is None else ids
    known = None if truth is None else [names[t] if t >= 0 else None for t in truth]
    write_json(folder / "recipe.json", {**RECIPE, "seed": seed, **(recipe or {})})
    (folder / "recipe.toml").write_text('name = "toy"\n')
    write_json(
        folder / "run.json",
        {
            "name": "toy",
            "seed": seed,
            "labels_in_training": False,
            "labels_used": [],
            "embedding": {"stage": "encoder.0.scale", "dim": 2},
            "stages": [{"stage": "encoder.0.scale", "key": embedding}],
            "data": {
                "source": source or {"path": "rows.csv"},
                "label_names": list(names) if truth is not None else [],
                "splits": {split: {"rows": n, "fingerprint": print_}},
            },
            **info,
        },
    )
    if scores is None:
        scores = []
        for name, labels in clusters.items():
            given = np.array(labels)
            cover = {"coverage": float((given >= 0).mean()), "n": int((given >= 0).sum())}
            if truth is not None:
                value = accuracy(np.array(truth), given)
                scores.append(score(name, split, "accuracy", value, **cover))
            scores.append(score(name, split, "silhouette", 0.5, **cover))
    counts = {name: len({c for c in labels if c >= 0}) for name, labels in clusters.items()}
    write_json(
        folder / "metrics.json",
        {"scores": scores, "clusterers": {k: {"n_clusters": n} for k, n in counts.items()}},
    )
    columns: dict[str, Any] = {"id": pa.array(ids)}
    if texts is not None:
        columns["item"] = pa.array(list(texts), pa.string())
    write_table(folder / "data" / f"{split}.parquet", **columns)
    write_table(
        folder / "assignments.parquet",
        split=[split] * n,
        id=pa.array(ids),
        label=pa.array(known or [None] * n, pa.string()),
        **{name: pa.array(list(labels), pa.int64()) for name, labels in clusters.items()},
    )
    write_manifest(folder)
    return folder


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a run under a name."""

    def made(name: str, *args: Any, **more: Any) -> Path:
        return write_run(tmp_path / name, *args, **more)

    return made
