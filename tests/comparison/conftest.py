"""Finished runs written from records in milliseconds: just what a comparison reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from pyarrow import parquet

from clusterforge.builtin.metrics import SPECS
from clusterforge.contracts import Details, IntArray, Noise
from clusterforge.evaluation.intervals import draws, of_tables
from clusterforge.numerics import contingency
from clusterforge.numerics.contingency import hungarian
from clusterforge.runs import Assignments, files
from clusterforge.runs.assignments import id_names, write_assignments
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.records import (
    ChanceTest,
    ClusterChance,
    ClusterExplanation,
    ClusteringEvaluation,
    ClusteringExplanation,
    ClusteringRecord,
    Compute,
    DataRecord,
    EncoderRecord,
    Evaluation,
    EvaluationSettings,
    Explanations,
    MetricRecord,
    Metrics,
    PluginRecord,
    PredictionStrength,
    RunRecord,
    ScoreRecord,
    SplitRecord,
    Stability,
    StageRecord,
)

Make = Callable[..., Path]
Index = Callable[[IntArray], npt.NDArray[np.float64]]
INDICES: dict[str, Index] = {
    "accuracy": contingency.accuracy,
    "ari": contingency.ari,
    "nmi": contingency.nmi,
    "purity": contingency.purity,
}
METRICS = {spec.name: MetricRecord.of(spec.name, spec) for spec in SPECS}
RECIPE = {
    "name": "toy",
    "dataset": {"use": "clusterforge:files", "path": "rows.csv"},
    "encoder": [{"use": "clusterforge:scale", "id": "scale"}],
    "clusterer": [{"use": "clusterforge:kmeans", "id": "kmeans", "n_clusters": 3}],
}


def score(
    clusterer: str,
    metric: str,
    value: float | None,
    *,
    split: str = "test",
    noise: Noise = "excluded",
    rows: int = 100,
    coverage: float = 1.0,
    **more: Any,
) -> ScoreRecord:
    return ScoreRecord(
        clusterer=clusterer,
        split=split,
        metric=metric,
        noise=noise,
        value=value,
        rows=rows,
        coverage=coverage,
        **more,
    )


def accuracy(truth: Sequence[int], labels: Sequence[int]) -> float:
    """Share of rows without noise in the class that their cluster is matched to."""
    t, found = np.array(truth), np.array(labels)
    kept = found >= 0
    pairs = hungarian(t[kept], found[kept])
    return float(np.mean([pairs.get(c) == t for c, t in zip(found[kept], t[kept], strict=True)]))


def write_run(
    folder: Path,
    clusters: Mapping[str, Sequence[int]],
    truth: Sequence[int] | None = None,
    *,
    seed: int = 0,
    name: str = "toy",
    ids: Sequence[object] | None = None,
    texts: Sequence[str] | None = None,
    images: Sequence[bytes] | None = None,
    fingerprint: str = "f" * 64,
    path: str = "rows.csv",
    split: str = "test",
    embedding: str = "e",
    recipe: Mapping[str, object] | None = None,
    scores: Sequence[ScoreRecord] | None = None,
    metrics: Mapping[str, MetricRecord] | None = None,
    classes: Sequence[str] = ("cats", "dogs", "mice"),
    row_values: Mapping[str, Sequence[float]] | None = None,
    resamples: int = 500,
    indices: Mapping[str, Index] = INDICES,
    labels_in_training: bool = False,
    labels_used: Sequence[str] = (),
    called: Mapping[int, str] | None = None,
    q: Mapping[int, float] | None = None,
    by_hand: str = "",
) -> Path:
    """Write a finished run of one split; ``row_values`` by file, names and q of clusters by number.

    Scores by ``indices`` are resampled as runs do it.
    """
    n = len(next(iter(clusters.values())))
    labels = {key: np.array(values, np.int64) for key, values in clusters.items()}
    names = tuple(classes) if truth is not None else ()
    folder.mkdir(parents=True)
    (folder / files.RESOLVED).write_text(json.dumps({**RECIPE, "seed": seed, **(recipe or {})}))
    (folder / files.RECIPE).write_text(f'name = "{name}"\n')
    RunRecord(
        clusterforge="0.1.0",
        id=folder.name,
        name=name,
        description="",
        started="2026-11-28T00:53:36+00:00",
        finished="2026-11-28T00:53:40+00:00",
        seconds=4.0,
        seed=seed,
        compute=Compute(device="cpu", precision="float32", threads=1, processes=1),
        versions={"python": "3.11.7"},
        plugins=(
            PluginRecord(
                kind="dataset", name="files", distribution="clusterforge", version="0", code="0"
            ),
        ),
        data=DataRecord(
            content="text" if texts else "table",
            source={"path": path},
            label_names=names,
            notes=(),
            splits={split: SplitRecord(rows=n, labelled=n, fingerprint=fingerprint, shape=None)},
        ),
        encoders=(EncoderRecord(id="scale", use="scale", dim=2),),
        labels_in_training=labels_in_training,
        labels_used=tuple(labels_used),
        stages=(StageRecord(stage="encoder.0.scale", key=embedding, reused=False, seconds=0.1),),
        warnings=(),
        networks={},
        peak_memory_mb=100.0,
    ).write(folder / files.RUN)
    if scores is None:
        scores = []
        for key, of_key in labels.items():
            rows = {"rows": int((of_key >= 0).sum()), "coverage": float((of_key >= 0).mean())}
            if truth is not None:
                value = accuracy(truth, of_key.tolist())
                scores.append(score(key, "accuracy", value, split=split, **rows))
            scores.append(score(key, "silhouette", 0.5, split=split, **rows))
    Metrics(
        metrics={**METRICS, **(metrics or {})},
        scores=tuple(scores),
        clusterings={
            key: ClusteringRecord(
                use="kmeans",
                n_clusters=len(set(of_key[of_key >= 0].tolist())),
                predicts="exact",
                rule="",
                agreement=None,
                sizes={},
                details=Details(),
                by_hand=key == by_hand,
            )
            for key, of_key in labels.items()
        },
        phases=(),
    ).write(folder / files.METRICS)
    write_assignments(
        folder / files.ASSIGNMENTS,
        Assignments(
            splits=(split,),
            split=np.zeros(n, np.int64),
            names=id_names(np.array([str(i) for i in (ids or range(n))])),
            classes=names,
            truth=np.full(n, -1) if truth is None else np.array(truth),
            clusters=labels,
        ),
    )
    _evaluation(labels, q or {}).write(folder / files.EVALUATION)
    _explanations(labels, called or {}).write(folder / files.EXPLANATIONS)
    items = {"item": pa.array(texts)} if texts else {"item": pa.array(images)} if images else {}
    table = folder / files.rows(split)
    table.parent.mkdir()
    parquet.write_table(pa.table({"id": pa.array(range(n)), **items}), table)
    for key, of_key in labels.items():
        own = [one for one in scores if one.clusterer == key]
        path_of_key = folder / files.resamples(key)
        path_of_key.parent.mkdir(parents=True)
        np.save(path_of_key, [_resampled(one, truth, of_key, resamples, indices) for one in own])
    for file, values in (row_values or {}).items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / file, np.array(values, np.float32))
    write_manifest(folder)
    return folder


def _evaluation(labels: Mapping[str, IntArray], q: Mapping[int, float]) -> Evaluation:
    chances = tuple(ClusterChance(cluster=cluster, q=value) for cluster, value in q.items())
    settings = {"level": 0.95, "resamples": 0, "refits": 0, "rows": 50, "null_draws": 39, "seed": 0}
    return Evaluation(
        settings=EvaluationSettings(**settings),
        data={},
        clusterings={
            key: ClusteringEvaluation(
                splits={},
                stability=Stability(),
                prediction_strength=PredictionStrength(),
                chance=ChanceTest(clusters=chances),
            )
            for key in labels
        },
    )


def _explanations(labels: Mapping[str, IntArray], called: Mapping[int, str]) -> Explanations:
    def cluster(number: int, rows: int) -> ClusterExplanation:
        nothing: dict[str, Any] = dict.fromkeys(("words", "mean_image", "features", "classes"))
        name = called.get(number, f"cluster {number}")
        known = {"coherence": 0.25, "c_v": 0.5} if called else {}
        return ClusterExplanation(
            cluster=number, name=name, rows=rows, typical=(), borderline=(), **nothing, **known
        )

    return Explanations(
        content="table",
        split="train",
        words_rows=None,
        clusterings={
            key: ClusteringExplanation(
                by="centroid",
                clusters=tuple(
                    cluster(number, int((of == number).sum()))
                    for number in sorted(set(of[of >= 0].tolist()))
                ),
            )
            for key, of in labels.items()
        },
        reconstructions=(),
    )


def _resampled(
    score: ScoreRecord,
    truth: Sequence[int] | None,
    labels: IntArray,
    resamples: int,
    indices: Mapping[str, Index],
) -> npt.NDArray[np.float64]:
    """Return a score on resampled rows: float64 (resamples,), nan for what rests on no table."""
    if truth is None or score.metric not in indices:
        return np.full(resamples, np.nan)
    known = (np.array(truth) >= 0) & ((labels >= 0) | (score.noise != "excluded"))
    tables = of_tables(np.array(truth), labels, known, resamples)
    assert tables is not None
    parts = [indices[score.metric](tables.of(drawn)) for drawn in draws(len(labels), resamples)]
    return np.concatenate([np.zeros(0), *parts])


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a run under a name."""

    def make_run(folder: str, *args: Any, **more: Any) -> Path:
        return write_run(tmp_path / folder, *args, **more)

    return make_run
