"""The pipeline from end to end, with plugins small enough to see through."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import clusterforge
from clusterforge.errors import EnvironmentProblem, InputError, PluginError
from clusterforge.pipeline.api import check, resume
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.result import Run
from clusterforge.runs.files import LOCK
from clusterforge.runs.lock import locked
from tests.pipeline import toy


def run(tmp_path: Path, name: str = "run", **options: Any) -> Run:
    changes = options.pop("recipe", {})
    return clusterforge.run(
        toy.recipe(**changes), out=tmp_path / name, registry=toy.registry(), **options
    )


def stages(run: Run) -> dict[str, bool]:
    return {stage.stage: stage.reused for stage in run.info.stages}


def test_leaves_everything_a_reader_needs(tmp_path: Path) -> None:
    done = run(tmp_path)

    manifest = json.loads((done.folder / "manifest.json").read_text())
    for name in (
        "recipe.toml",
        "recipe.json",
        "run.json",
        "metrics.json",
        "history.json",
        "assignments.parquet",
        "projection.parquet",
        "report.html",
        "encoders/0-shift/train.npy",
        "encoders/0-shift/state.safetensors",
        "clusterers/cut/test.npy",
        "data/train.parquet",
    ):
        assert name in manifest["files"], name
    assert not (done.folder / "run.lock").exists()
    assert done.info.data.splits["train"].rows == 60
    assert done.info.data.source == {"from": "a test"}
    assert done.info.labels_in_training is False
    assigned = pq.read_table(done.folder / "assignments.parquet").to_pydict()
    assert assigned["label"][:3] == ["a", "b", "c"]
    assert assigned["cut"][60:] == done.labels(split="test").tolist()


def test_scores_every_split(tmp_path: Path) -> None:
    done = run(tmp_path)

    assert {(s.metric, s.split) for s in done.scores} == {
        (metric, split) for metric in ("largest", "matches") for split in ("train", "test")
    }
    assert done.score("matches", split="test") == 1.0
    assert done.score("largest") == pytest.approx(1 / 3)


def test_noise_is_treated_in_three_ways(tmp_path: Path) -> None:
    done = run(tmp_path, recipe={"clusterer": [{"use": "cut", "noise": 6}]})

    scores = {s.noise: s for s in done.scores if (s.metric, s.split) == ("largest", "train")}
    assert {name: (s.rows, s.coverage) for name, s in scores.items()} == {
        "excluded": (54, 0.9),
        "cluster": (60, 1.0),
        "singletons": (60, 1.0),
    }
    assert scores["excluded"].value == pytest.approx(18 / 54)
    assert scores["singletons"].value == pytest.approx(18 / 60)


def test_an_undefined_score_is_null_with_its_reason(tmp_path: Path) -> None:
    toy.FAIL["labels"] = np.zeros(60, dtype=np.int64)
    done = run(tmp_path)

    score = next(s for s in done.scores if s.metric == "largest" and s.split == "train")
    assert score.value is None
    assert score.reason == "one cluster only"


def test_no_labels_leaves_out_what_needs_them(tmp_path: Path) -> None:
    done = run(tmp_path, recipe={"dataset": {"use": "dots", "labels": False}})
    assert {s.metric for s in done.scores} == {"largest"}

    named = run(
        tmp_path,
        "named",
        recipe={"dataset": {"use": "dots", "labels": False}, "metric": [{"use": "matches"}]},
    )
    assert {s.reason for s in named.scores} == {"the split has no labels"}


def test_a_second_run_reuses_every_stage(tmp_path: Path) -> None:
    first = run(tmp_path)
    fits = toy.CALLS.count("shift.fit")
    second = run(tmp_path, "second")

    assert toy.CALLS.count("shift.fit") == fits
    assert {name for name, reused in stages(second).items() if not reused} == {
        "dataset.dots",
        "report",
    }
    assert second.scores == first.scores
    np.testing.assert_array_equal(second.embedding("test"), first.embedding("test"))


def test_no_cache_neither_reads_nor_writes(tmp_path: Path) -> None:
    run(tmp_path, cache=False)
    assert not (tmp_path / "cache").exists()
    run(tmp_path, "kept")
    run(tmp_path, "again", cache=False)
    assert toy.CALLS.count("shift.fit") == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"encoder": [{"use": "shift", "by": 2.0}]},
        {"seed": 1},
        {"dataset": {"use": "dots", "rows": 63}},
        {"compute": {"threads": 1}},
        {"compute": {"precision": "float32", "threads": 2}},
    ],
)
def test_a_changed_input_is_done_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    run(tmp_path, recipe={"compute": {"threads": 2, "precision": "bfloat16"}})
    run(tmp_path, "changed", recipe=changes)
    assert toy.CALLS.count("shift.fit") == 2


def test_a_changed_clusterer_shares_the_embedding(tmp_path: Path) -> None:
    run(tmp_path)
    second = run(tmp_path, "second", recipe={"clusterer": [{"use": "cut", "n_clusters": 2}]})
    assert stages(second)["encoder.0.shift"] is True
    assert stages(second)["clusterer.0.cut"] is False


def test_a_damaged_cache_entry_is_done_again(tmp_path: Path) -> None:
    first = run(tmp_path)
    for path in (tmp_path / "cache").rglob("test.npy"):
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.unlink()
        path.write_bytes(bytes(data))
    second = run(tmp_path, "second")
    assert stages(second)["encoder.0.shift"] is False
    np.testing.assert_array_equal(second.embedding("test"), first.embedding("test"))


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE_SIZE", "0KB")
    run(tmp_path)
    assert not list((tmp_path / "cache" / "stages").glob("*/*"))
    monkeypatch.setenv("CLUSTERFORGE_CACHE_SIZE", "much")
    with pytest.raises(InputError, match="CLUSTERFORGE_CACHE_SIZE: 'much' is not a size"):
        run(tmp_path, "second")


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path) -> None:
    changes = {"encoder": [{"use": "shift", "noisy": True}]}
    runs = [run(tmp_path, str(n), cache=False, recipe=changes) for n in range(2)]
    for name in (
        "metrics.json",
        "assignments.parquet",
        "projection.parquet",
        "encoders/0-shift/test.npy",
        "encoders/0-shift/state.safetensors",
    ):
        first, second = ((r.folder / name).read_bytes() for r in runs)
        assert first == second, name


def test_an_interrupted_run_is_resumed(tmp_path: Path) -> None:
    class Stop(Observer):
        def stage_started(self, stage: str) -> None:
            if stage.startswith("scores"):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, cache=False, observer=Stop())
    folder = tmp_path / "run"
    with pytest.raises(InputError, match=r"interrupted.*--resume"):
        clusterforge.load(folder)
    with pytest.raises(
        InputError, match=r"is not empty; name another folder, or finish the run in it.*--resume"
    ):
        run(tmp_path)

    done = resume(folder, cache=False, registry=toy.registry())
    assert toy.CALLS.count("shift.fit") == 1
    assert stages(done)["encoder.0.shift"] is True
    assert stages(done)["clusterer.0.cut"] is True
    whole = run(tmp_path, "whole", cache=False)
    assert done.scores == whole.scores
    with pytest.raises(InputError, match="nothing to resume"):
        resume(folder, registry=toy.registry())


def test_an_unfinished_stage_is_not_trusted(tmp_path: Path) -> None:
    done = run(tmp_path, cache=False)
    (done.folder / "manifest.json").unlink()
    (done.folder / "encoders/0-shift/stage.json").unlink()
    resume(done.folder, cache=False, registry=toy.registry())
    assert toy.CALLS.count("shift.fit") == 2


def test_new_rows_get_the_labels_of_the_test_split(tmp_path: Path) -> None:
    done = run(tmp_path)
    rows = toy.Dots(toy.DotsParams()).load(None).splits["test"].items.values  # type: ignore
    opened = clusterforge.load(done.folder)
    again = Run(opened.folder, toy.registry())

    np.testing.assert_array_equal(again.predict(rows), done.labels(split="test"))
    np.testing.assert_array_equal(again.encode(rows), done.embedding("test"))
    with pytest.raises(InputError, match="the model takes numbers"):
        again.predict(["a text"])
    with pytest.raises(InputError, match=r"shape \(4,\), a new row has \(3,\)"):
        again.predict(rows[:, :3])
    with pytest.raises(InputError, match="no clusterer 'cat'; did you mean 'cut'"):
        again.predict(rows, "cat")


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path)
    path = done.folder / "metrics.json"
    text = path.read_text().replace("1.0", "0.9", 1)
    path.unlink()
    path.write_text(text)
    with pytest.raises(InputError, match=r"metrics\.json is missing or has changed since the run"):
        clusterforge.load(done.folder)


def test_labels_are_withheld_unless_declared(tmp_path: Path) -> None:
    run(tmp_path)
    assert toy.LABELS_SEEN == [None]
    done = run(tmp_path, "peeps", recipe={"encoder": [{"use": "shift", "peeps": True}]})
    assert toy.LABELS_SEEN[1] is not None
    assert done.info.labels_in_training is True
    assert "training of encoder.0.shift" in done.info.labels_used
    with pytest.raises(InputError, match=r"encoder\.0: it trains on labels, but"):
        run(
            tmp_path,
            "none",
            recipe={
                "encoder": [{"use": "shift", "peeps": True}],
                "dataset": {"use": "dots", "labels": False},
            },
        )


def test_classes_become_a_number_and_are_stamped(tmp_path: Path) -> None:
    changes = {"clusterer": [{"use": "cut", "n_clusters": "classes"}]}
    done = run(tmp_path, recipe=changes)
    assert done.info.labels_used == ("number of clusters of clusterer.0.cut",)
    assert done.score("matches") == 1.0
    with pytest.raises(InputError, match=r'clusterer\.0\.n_clusters: is "classes"'):
        run(tmp_path, "none", recipe=changes | {"dataset": {"use": "dots", "labels": False}})


@pytest.mark.parametrize(
    ("what", "answer", "message"),
    [
        ("encode", np.zeros((60, 2)), "must be float32"),
        ("encode", np.zeros((59, 2), dtype=np.float32), "60 rows were given"),
        ("encode", np.full((60, 2), np.nan, dtype=np.float32), "not finite in 60 of 60"),
        ("encode", None, "not NoneType"),
        ("shift", ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        ("shift", SystemExit(0), "SystemExit"),
        ("labels", np.zeros(60), "labels must be int64"),
        ("labels", np.full(60, -3, dtype=np.int64), "-1 or more, not -3"),
    ],
)
def test_a_plugin_that_fails_is_named(tmp_path: Path, what: str, answer: Any, message: str) -> None:
    toy.FAIL[what] = answer
    with pytest.raises(PluginError, match=message) as error:
        run(tmp_path)
    assert "of toy 1.0 failed" in str(error.value)
    assert not (tmp_path / "run" / "manifest.json").exists()


def test_a_stray_metric_does_not_stop_a_run_but_a_named_one_does(tmp_path: Path) -> None:
    toy.FAIL["metric"] = RuntimeError("broken")
    done = run(tmp_path)
    score = next(s for s in done.scores if s.metric == "largest")
    assert score.value is None
    assert "of toy 1.0 failed: RuntimeError: broken" in score.reason
    with pytest.raises(PluginError, match="RuntimeError: broken"):
        run(tmp_path, "named", recipe={"metric": [{"use": "largest"}]})


def test_memory_and_disk_are_the_environments(tmp_path: Path) -> None:
    toy.FAIL["shift"] = MemoryError()
    with pytest.raises(EnvironmentProblem, match="memory ran out"):
        run(tmp_path)
    toy.FAIL["shift"] = OSError(28, "No space left on device")
    with pytest.raises(EnvironmentProblem, match="No space left"):
        run(tmp_path, "second")


def test_more_clusters_than_rows_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^clusterer\.0\.n_clusters: is 61, but the train split"):
        run(tmp_path, recipe={"clusterer": [{"use": "cut", "n_clusters": 61}]})
    assert toy.CALLS == []  # nothing was fitted
    assert not (tmp_path / "run").exists()


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dataset: the train split has no rows"):
        run(tmp_path, recipe={"dataset": {"use": "dots", "rows": 0}})


def test_one_process_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "held"
    folder.mkdir()
    with locked(folder), pytest.raises(EnvironmentProblem, match="another process"), locked(folder):
        pass
    with locked(folder):
        pass


def test_a_lock_that_was_removed_meanwhile_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock, calls = fcntl.flock, []

    def late(file: IO[str], operation: int) -> None:
        flock(file, operation)
        if not calls:  # whoever had it removes it after this process has opened it
            (tmp_path / LOCK).unlink()
        calls.append(file)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(tmp_path):
        assert len(calls) == 2
        with pytest.raises(EnvironmentProblem, match="another process"), locked(tmp_path):
            pass
    assert not (tmp_path / LOCK).exists()


def test_out_must_be_empty(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match=r": is not empty; name another folder"):
        run(tmp_path)
    assert os.listdir(tmp_path / "run") == ["mine.txt"]


def test_the_stored_recipe_runs_again(tmp_path: Path) -> None:
    first = run(tmp_path)
    again = clusterforge.run(
        first.folder / "recipe.toml", out=tmp_path / "again", registry=toy.registry()
    )
    assert again.scores == first.scores
    assert [name for name, reused in stages(again).items() if not reused][1:] == ["report"]


def test_check_builds_nothing() -> None:
    checked = check(toy.recipe(), registry=toy.registry())
    assert checked.unknown == [
        "dataset: dots is not on this machine; its splits, columns and rows are checked by run"
    ]
    assert toy.CALLS == []


def test_a_plugin_that_works_in_place_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = toy.Cut.fit

    def fit(self: Any, points: Any, context: Any) -> Any:
        labels = honest(self, points, context)
        points.embedding[:] -= 1
        return labels

    monkeypatch.setattr(toy.Cut, "fit", fit)
    with pytest.raises(PluginError, match="it changed its input rows"):
        run(tmp_path)


def test_a_mistake_found_before_any_work_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(InputError):
        clusterforge.run(
            toy.recipe(dataset={"use": "dots", "rows": 0}), out=out, registry=toy.registry()
        )
    assert not out.exists()


def test_no_run_is_written_into_another(tmp_path: Path) -> None:
    first = tmp_path / "blobs"
    recipe = {
        "name": "blobs",
        "dataset": {"use": "blobs", "rows": 60},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"refits": 0, "resamples": 0, "null_draws": 0},
        "report": {"projection": "none"},
    }
    clusterforge.run(recipe, out=first)
    second = clusterforge.run(recipe, runs=tmp_path)
    assert second.folder.parent == tmp_path / "blobs-runs"
