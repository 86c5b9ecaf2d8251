"""What a run logged, read back with TensorBoard's own readers."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clusterforge_tensorboard import plugin
from clusterforge_tensorboard.run_log import RunLog, flat, score_tag
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util.tensor_util import make_ndarray

import clusterforge
from clusterforge.errors import EnvironmentProblem
from clusterforge.pipeline.api import resume
from clusterforge.pipeline.events import Observer
from clusterforge.registry import Registry
from clusterforge.runs.records import ScoreRecord

ALL = {"scalars": 0, "tensors": 0}
RECIPE: dict[str, Any] = {
    "name": "tiny",
    "dataset": {"use": "blobs", "rows": 90},
    "encoder": [
        {
            "use": "dec",
            "layers": [8],
            "dim": 2,
            "n_clusters": 3,
            "pretrain_epochs": 2,
            "epochs": 3,
            "batch": 32,
            "tolerance": 0.0,
        }
    ],
    "clusterer": [
        {"use": "kmeans", "n_clusters": 3},
        {"use": "dbscan", "eps": 1e-6, "id": "far"},
    ],
    "evaluation": {"null_draws": 0},
    "report": {"projection": "none", "figures": False},
}


class Ear(Observer):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        if not text.startswith("clusterer.1.far "):  # all noise, as meant
            self.warnings.append(text)


def run(folder: Path, ear: Observer | None = None, **changes: Any) -> clusterforge.Run:
    registry = Registry.installed("clusterforge-tensorboard")
    return clusterforge.run(RECIPE | changes, out=folder, registry=registry, observer=ear)


def told(path: Path) -> EventAccumulator:
    return EventAccumulator(str(path), ALL).Reload()


def scalars(log: EventAccumulator) -> dict[tuple[str, int], float]:
    return {(tag, p.step): p.value for tag in log.Tags()["scalars"] for p in log.Scalars(tag)}


def status(log: EventAccumulator) -> int:
    content = log.PluginTagToContent("hparams")["_hparams_/session_end_info"]
    return HParamsPluginData.FromString(content).session_end_info.status


def text(log: EventAccumulator, tag: str) -> str:
    [event] = log.Tensors(tag)
    return event.tensor_proto.string_val[0].decode()


def float32(value: float) -> float:
    return struct.unpack("f", struct.pack("f", value))[0]


def expected(folder: Path) -> dict[tuple[str, int], float]:
    """What history.json and metrics.json hold, as the event file should."""
    history = json.loads((folder / "history.json").read_text("utf-8"))["epochs"]
    points = {
        (f"{line['stage']}/{line['phase']}/{name}", step): float32(value)
        for step, line in enumerate(history, 1)  # the recipe has one trained stage
        for name, value in line["values"].items()
    }
    scores = json.loads((folder / "metrics.json").read_text("utf-8"))["scores"]
    assert any(score["value"] is None for score in scores)
    return points | {
        (score_tag(ScoreRecord(**score)), 0): float32(score["value"])
        for score in scores
        if score["value"] is not None
    }


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[clusterforge.Run, Path]]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("logged")
        patch.setenv("CLUSTERFORGE_CACHE", str(place / "cache"))
        patch.setenv(plugin.FOLDER_VARIABLE, str(place / "logs"))
        yield run(place / "runs" / "one"), place / "logs" / "runs" / "one"


@pytest.fixture
def cached(logged: tuple[clusterforge.Run, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = logged[0].folder.parent.parent / "cache"
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(cache))
    return cache


def test_epochs_and_scores_are_those_of_the_run(logged: tuple[clusterforge.Run, Path]) -> None:
    done, place = logged
    found = scalars(told(place))
    assert found == expected(done.folder)
    assert {("encoder.0.dec/pretrain/loss", 1), ("encoder.0.dec/dec/loss", 5)} <= set(found)
    assert found["test/kmeans/accuracy", 0] == 1.0
    assert ("train/far/accuracy.singletons", 0) in found


def test_recipe_is_there_as_text_and_as_hparams(logged: tuple[clusterforge.Run, Path]) -> None:
    done, place = logged
    log = told(place)
    lines = (done.folder / "recipe.toml").read_text("utf-8").splitlines()
    assert text(log, "recipe").splitlines() == [f"    {line}" for line in lines]
    content = log.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    start = HParamsPluginData.FromString(content).session_start_info
    assert start.group_name == "runs/one"
    values = {name: value.WhichOneof("kind") for name, value in start.hparams.items()}
    assert values["encoder.0.dim"] == "number_value"
    assert start.hparams["encoder.0.layers"].string_value == "[8]"
    assert start.hparams["clusterer.1.eps"].number_value == 1e-6
    assert status(log) == STATUS_SUCCESS


def test_a_reused_stage_brings_its_epochs(
    logged: tuple[clusterforge.Run, Path],
    cached: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(plugin.FOLDER_VARIABLE, str(tmp_path / "logs"))
    done = run(tmp_path / "runs" / "two")
    assert all(stage.reused for stage in done.info.stages if "encoder" in stage.stage)
    assert scalars(told(tmp_path / "logs" / "runs" / "two")) == expected(done.folder)


def test_by_default_a_hidden_file_in_the_runs_folder(
    cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(plugin.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv("PYTEST_VERSION")
    folder = tmp_path / "runs" / "tiny" / "three"
    run(folder)
    [file] = folder.glob(".events.out.tfevents.*")
    assert file.name not in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    readers = EventMultiplexer(size_guidance=ALL).AddRunsFromDirectory(str(tmp_path / "runs"))
    assert list(readers.Reload().Runs()) == ["tiny/three"]
    log = readers.GetAccumulator("tiny/three")
    shown = {
        (tag, point.step): float(make_ndarray(point.tensor_proto))
        for tag in log.PluginTagToContent("scalars")
        for point in log.Tensors(tag)
    }
    assert shown == expected(folder)
    file.unlink()
    clusterforge.load(folder)


def test_nothing_is_written_in_the_tests_of_others(
    cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(plugin.FOLDER_VARIABLE, raising=False)
    run(tmp_path / "run")
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.startswith(".")]


def test_a_failed_run_says_why_and_a_resumed_one_starts_the_file_anew(
    cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Observer):
        def stage_started(self, stage: str) -> None:
            if stage.startswith("scores"):
                raise EnvironmentProblem("enough\n<b>for</b> now")

    monkeypatch.setenv(plugin.FOLDER_VARIABLE, str(tmp_path / "logs"))
    place = tmp_path / "logs" / tmp_path.name / "run"
    with pytest.raises(EnvironmentProblem):
        run(tmp_path / "run", Stop())
    log = told(place)
    assert text(log, "failure") == "    enough\n    <b>for</b> now\n"
    assert status(log) == STATUS_FAILURE
    assert {step for _, step in scalars(log)} == {1, 2, 3, 4, 5}

    resume(tmp_path / "run", registry=Registry.installed("clusterforge-tensorboard"))
    assert len(list(place.iterdir())) == 1
    log = told(place)
    assert scalars(log) == expected(tmp_path / "run")
    assert status(log) == STATUS_SUCCESS
    assert "failure" not in log.Tags()["tensors"]


def test_a_folder_that_cannot_be_written_is_one_warning(
    cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(plugin.FOLDER_VARIABLE, str(tmp_path / "file" / "logs"))
    ear = Ear()
    run(tmp_path / "run", ear)
    [warning] = ear.warnings
    assert "hook clusterforge_run_started of clusterforge_tensorboard.plugin failed" in warning
    assert "NotADirectoryError" in warning
    clusterforge.load(tmp_path / "run")


def test_nan_is_kept_and_none_is_not(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("")
    log = RunLog(tmp_path, {}, None)
    values = {"loss": float("nan"), "up": float("inf"), "huge": 1e300, "nothing": None}
    log.epoch("s", "p", values)  # type: ignore[arg-type]
    log.fail("")
    [file] = tmp_path.glob(".events.out.tfevents.*")
    assert b"s/p/nothing" not in file.read_bytes()
    found = scalars(told(tmp_path))
    assert found.pop(("s/p/loss", 1)) != 0
    assert found == {("s/p/up", 1): float("inf"), ("s/p/huge", 1): float("inf")}


def test_steps_count_over_the_phases_of_each_stage(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("")
    log = RunLog(tmp_path, {}, None)
    for stage, phase in (("a", "p"), ("a", "q"), ("b", "p"), ("a", "q")):
        log.epoch(stage, phase, {"loss": 1.0})
    log.finish(())
    assert set(scalars(told(tmp_path))) == {
        ("a/p/loss", 1),
        ("a/q/loss", 2),
        ("b/p/loss", 1),
        ("a/q/loss", 3),
    }


def test_the_recipe_is_flattened() -> None:
    recipe = {"seed": 0, "encoder": [{"use": "a", "layers": [1, 2], "pairs": {"k": None}}], "x": []}
    assert dict(flat(recipe)) == {
        "seed": 0,
        "encoder.0.use": "a",
        "encoder.0.layers": "[1, 2]",
        "encoder.0.pairs.k": "null",
        "x": "[]",
    }


def test_the_hooks_module_is_light() -> None:
    code = (
        "import sys, clusterforge_tensorboard.plugin\n"
        "heavy = {'tensorboard', 'torch', 'numpy', 'google'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
