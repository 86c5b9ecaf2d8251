"""What each phase of training did, in the records of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import silhouette_score
from sklearn.metrics.cluster import contingency_matrix

import clusterforge
from clusterforge.builtin.metrics import SPECS
from clusterforge.numerics.kmeans import kmeans
from clusterforge.pipeline import by_phase as module
from clusterforge.pipeline.events import Observer
from clusterforge.runs.pressed import pressed
from clusterforge.runs.records import MetricRecord, PhaseRecord

METRICS = {spec.name: MetricRecord.of(spec.name, spec) for spec in SPECS}


def row(
    phase: str, silhouette: float | None, accuracy: float | None, stage: str = "s"
) -> PhaseRecord:
    scores = {"silhouette": silhouette, "accuracy": accuracy}
    return PhaseRecord(stage=stage, phase=phase, rows=1438, clusters=2, scores=scores)


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([row("a", 0.2, 0.8), row("b", 0.9, 0.81)], True),
        ([row("a", 0.2, 0.8), row("b", 0.9, 0.99)], False),
        ([row("a", 0.2, 0.812), row("b", 0.9, 0.834)], False),
        ([row("a", 0.2, 0.8), row("b", 0.3, 0.8)], False),
        ([row("input", 0.2, 0.8), row("b", 0.9, 0.8)], False),
        ([row("a", 0.2, None), row("b", 0.9, None)], False),
        ([row("a", 0.2, 0.8), row("b", 0.9, 0.8, stage="t")], False),
    ],
)
def test_a_silhouette_that_rises_alone_is_told(records: list[PhaseRecord], told: bool) -> None:
    assert bool(list(pressed(records, METRICS))) is told


def test_what_is_said_names_the_change_and_what_chance_explains() -> None:
    said = list(pressed([row("a", 0.27, 0.812), row("dec", 0.66, 0.828)], METRICS))
    assert said == [
        "s: phase dec made clusters tighter (Silhouette from 0.27 to 0.66); Accuracy changed within "
        "chance (from 0.812 to 0.828, ±0.020)."
    ]
    worse = list(pressed([row("a", 0.27, 0.812), row("dec", 0.66, 0.7)], METRICS))
    assert worse[0].endswith("Accuracy changed from 0.812 to 0.700.")


DEC = {
    "use": "dec",
    "layers": [32],
    "dim": 5,
    "n_clusters": "classes",
    "pretrain_epochs": 3,
    "epochs": 2,
}
RECIPE: dict[str, Any] = {
    "name": "phases",
    "dataset": {"use": "digits", "limit": 600},
    "encoder": [{"use": "flatten"}, DEC],
    "clusterer": [{"use": "head"}],
    "metric": [{"use": "accuracy"}],
    "evaluation": {"null_draws": 0},
    "report": {"projection": "none"},
}


class Stages(Observer):
    """Remembers the stages that were promised and those that ended."""

    def __init__(self) -> None:
        self.promised: list[str] = []
        self.ended: dict[str, bool] = {}

    def run_started(self, folder: Path, recipe: Any, stages: list[str]) -> None:
        self.promised = stages

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        self.ended[stage] = reused


def test_a_run_records_each_phase(tmp_path: Path) -> None:
    run = clusterforge.run(RECIPE, out=tmp_path / "run", cache=False)
    records = run.phases
    assert [r.phase for r in records] == ["input", "pretrain", "dec"]
    assert {r.clusters for r in records} == {10}
    rows = np.load(run.folder / "encoders/1-dec/sample.npy")
    last = np.load(run.folder / "encoders/1-dec/phase.1.npy")
    np.testing.assert_allclose(last, run.embedding("train")[rows], atol=1e-5)
    labels = kmeans(last, 10, seed=0, n_init=10).labels
    assert records[2].scores["silhouette"] == pytest.approx(
        silhouette_score(last, labels), abs=1e-5
    )
    truth = pq.read_table(run.folder / "data/train.parquet")["label"].to_numpy()[rows]
    table = contingency_matrix(truth, labels)
    matched = table[linear_sum_assignment(-table)].sum() / len(rows)
    assert records[2].scores["accuracy"] == pytest.approx(matched)
    assert records[2].rows == len(rows)


def test_the_records_are_read_where_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    first, counted = clusterforge.run(RECIPE, out=tmp_path / "first"), []
    once = module.kmeans
    monkeypatch.setattr(module, "kmeans", lambda *a, **b: counted.append(a) or once(*a, **b))
    told = Stages()
    again = clusterforge.run(RECIPE, out=tmp_path / "again", observer=told)
    assert again.phases == first.phases
    assert not counted
    assert told.ended["phases"]
    assert list(told.ended) == told.promised

    encoders = [{"use": "flatten"}, {**DEC, "epochs": 3}]
    changed = clusterforge.run({**RECIPE, "encoder": encoders}, out=tmp_path / "changed")
    assert len(counted) == 3
    assert changed.phases[:2] == first.phases[:2]
    assert changed.phases[2] != first.phases[2]


def test_there_is_no_such_stage_without_training(tmp_path: Path) -> None:
    told, clusterer = Stages(), [{"use": "kmeans", "n_clusters": 3}]
    plain = {**RECIPE, "encoder": [{"use": "flatten"}], "clusterer": clusterer}
    run = clusterforge.run(plain, out=tmp_path / "run", observer=told)
    assert run.phases == ()
    assert "phases" not in told.promised
    assert list(told.ended) == told.promised
