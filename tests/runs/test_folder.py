"""A run's folder read back: what was written, and one line for each file that is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.runs import UNLABELLED, RunFolder, files
from clusterforge.runs.manifest import write_manifest

RECIPE = {
    "name": "small",
    "dataset": {"use": "digits", "limit": 300},
    "encoder": [
        {"use": "flatten"},
        {"use": "autoencoder", "layers": [16], "dim": 4, "epochs": 2},
    ],
    "clusterer": [
        {"use": "kmeans", "n_clusters": 60},
        {"use": "dbscan", "eps": 3.0},
        {"use": "hierarchical", "n_clusters": 5},
    ],
    "evaluation": {"refits": 2, "resamples": 50, "null_draws": 0},
    "report": {"projection": "pca"},
}
RECORDS = (
    files.RUN,
    files.METRICS,
    files.EVALUATION,
    files.EXPLANATIONS,
    files.HISTORY,
    files.MAP_RECORD,
)
TABLES = (files.ASSIGNMENTS, files.SOURCE, files.MAP, files.rows("train"))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    return clusterforge.run(RECIPE, out=folder, cache=False).folder


@pytest.fixture
def copy(done: Path, tmp_path: Path) -> Path:
    return shutil.copytree(done, tmp_path / "copy")


def test_a_run_reads_back_as_it_was_written(done: Path) -> None:
    run = RunFolder.open(done)
    run.verify()
    assert [stage.stage for stage in run.run.stages][:2] == ["dataset.digits", "encoder.0.flatten"]
    assert [encoder.dim for encoder in run.run.encoders] == [64, 4]
    assert run.run.networks["encoder.1.autoencoder"].parameters > 0
    assert [epoch.epoch for epoch in run.history.epochs] == [1, 2]

    table, splits = run.assignments, run.run.data.splits
    assert table.splits == tuple(splits)
    assert len(table) == sum(split.rows for split in splits.values())
    assert table.classes == run.run.data.label_names
    for name in splits:
        rows = table.rows(name)
        assert len(run.items(name)) == len(table.truth[rows]) == len(run.embedding(name))
        for clusterer, labels in table.clusters.items():
            stored = run.labels(clusterer, name)
            if stored is None:
                assert (labels[rows] == UNLABELLED).all()
            else:
                np.testing.assert_array_equal(labels[rows], stored)
                sizes = run.metrics.clusterings[clusterer].sizes[name]
                ids, counts = np.unique(stored, return_counts=True)
                assert sizes == dict(zip(ids.tolist(), counts.tolist(), strict=True))

    assert run.map is not None
    assert run.map_record is not None
    assert len(run.map) == run.map_record.rows
    items = run.items("train")
    assert items.present().all()
    assert items.take(np.array([3]))[0].startswith(b"\x89PNG")


def test_every_score_has_its_metric_and_every_cluster_its_explanation(done: Path) -> None:
    run = RunFolder.open(done)
    assert {score.metric for score in run.metrics.scores} <= set(run.metrics.metrics)
    accuracy = run.metrics.headline()["kmeans", "test", "accuracy"]
    assert accuracy.low <= accuracy.value <= accuracy.high
    for clusterer, clustering in run.explanations.clusterings.items():
        rows = {
            c: n for c, n in run.metrics.clusterings[clusterer].sizes["train"].items() if c >= 0
        }
        assert {c.cluster: c.rows for c in clustering.clusters} == rows
    assert len(run.explanations.clusterings["kmeans"].clusters) > 50
    evaluated = run.evaluation.clusterings["kmeans"].splits["test"]
    values = run.row_values("kmeans", files.SILHOUETTE)
    assert values is not None
    assert np.isfinite(values[run.assignments.rows("test")]).sum() == evaluated.silhouette_rows


@pytest.mark.parametrize("name", [*RECORDS, *TABLES, files.embedding(1, "autoencoder", "test")])
def test_a_file_that_is_not_what_the_run_wrote_is_named(copy: Path, name: str) -> None:
    data = (copy / name).read_bytes()
    for content in (data[:-1] + bytes([data[-1] ^ 1]), None):
        if content is None:
            (copy / name).unlink()
        else:
            (copy / name).write_bytes(content)
        with pytest.raises(
            InputError, match=f"{name} is missing or has changed since the run"
        ) as error:
            everything(RunFolder.open(copy))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", [*RECORDS, *TABLES, files.embedding(1, "autoencoder", "test")])
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[" * 5000, b"PAR1\x00\x00PAR1"],
    ids=["empty", "object", "deep", "parquet"],
)
def test_a_manifest_that_agrees_with_nonsense_is_one_line(
    copy: Path, name: str, content: bytes
) -> None:
    (copy / name).write_bytes(content)
    write_manifest(copy)
    with pytest.raises(InputError, match=r"not what a run writes|fit together") as error:
        everything(RunFolder.open(copy))
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_a_key_that_no_record_has_is_refused(copy: Path) -> None:
    path = copy / files.METRICS
    path.write_text(json.dumps({**json.loads(path.read_text()), "more": 1}))
    write_manifest(copy)
    with pytest.raises(InputError, match="more: Extra inputs"):
        everything(RunFolder.open(copy))


def test_another_format_and_an_unfinished_run(copy: Path, tmp_path: Path) -> None:
    path = copy / files.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))
    with pytest.raises(InputError, match="another format"):
        RunFolder.open(copy)
    path.unlink()
    with pytest.raises(InputError, match=f"clusterforge run --resume {copy}"):
        RunFolder.open(copy)
    with pytest.raises(InputError, match="holds no finished run"):
        RunFolder.open(tmp_path)


def everything(run: RunFolder) -> object:
    return (
        run.run,
        run.metrics,
        run.evaluation,
        run.explanations,
        run.history,
        run.assignments,
        run.source_rows,
        run.map,
        run.map_record,
        [run.items(split) for split in run.run.data.splits],
        [run.embedding(split) for split in run.run.data.splits],
    )
