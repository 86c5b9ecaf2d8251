"""How a run begins: in a folder that is empty, alone, and so that it can be gone on with from the start."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import clusterforge
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.pipeline import api, execute, records
from clusterforge.pipeline.api import resume
from clusterforge.pipeline.result import Run
from clusterforge.recipe import Recipe
from clusterforge.runs.vacant import Vacant
from tests.pipeline import toy


def run(folder: Path, **changes: object) -> Run:
    return clusterforge.run(toy.recipe(**changes), out=folder, registry=toy.registry())


def test_a_start_that_was_killed_at_once_can_be_run_again(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.lock").touch()
    with pytest.raises(InputError, match="begin one in it: clusterforge run RECIPE --out"):
        resume(tmp_path / "run", registry=toy.registry())
    run(tmp_path / "run").files.verify()


def test_a_start_that_was_killed_when_it_had_its_recipe_is_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    shutil.copy(run(tmp_path / "run").folder / "recipe.toml", folder)
    (folder / "run.lock").touch()
    (folder / ".recipe.json.abc.part").touch()
    with pytest.raises(InputError, match="finish the run in it: clusterforge run --resume"):
        run(folder)
    resume(folder, registry=toy.registry()).files.verify()
    assert not list(folder.rglob(".*.part"))


def test_the_recipe_is_the_first_that_is_written(tmp_path: Path) -> None:
    toy.FAIL["shift"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", encoder=[{"use": "shift"}])
    recipe, *others = (tmp_path / "run" / name for name in ("recipe.toml", "recipe.json"))
    assert all(recipe.stat().st_mtime_ns <= other.stat().st_mtime_ns for other in others)


@pytest.mark.parametrize("name", ["write_text", "write_json"])
def test_a_start_that_is_stopped_while_it_writes_its_recipe_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(records, name, stop)
    for place in ({"out": tmp_path / "a" / "run"}, {"runs": tmp_path / "runs"}):
        with pytest.raises(KeyboardInterrupt):
            clusterforge.run(toy.recipe(), registry=toy.registry(), **place)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "mine")
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_a_slow_second_start_leaves_the_finished_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find the folder empty; the second takes the lock when the first has ended."""
    made = Vacant.make

    def slow(vacant: Vacant, out: Path | None, home: Path, name: str) -> Path:
        folder = made(vacant, out, home, name)
        monkeypatch.setattr(Vacant, "make", made)
        run(folder)
        return folder

    monkeypatch.setattr(Vacant, "make", slow)
    with pytest.raises(InputError, match="is not empty"):
        run(tmp_path / "run", seed=1)
    finished = clusterforge.load(tmp_path / "run", registry=toy.registry())
    assert finished.info.seed == 0


def test_a_slow_second_resume_leaves_the_finished_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tmp_path / "run").folder
    before = {path: path.read_bytes() for path in first.rglob("*.json")}
    complete = api.is_complete
    answers = iter([False])
    monkeypatch.setattr(api, "is_complete", lambda folder: next(answers, complete(folder)))
    with pytest.raises(InputError, match="the run is complete"):
        resume(first, registry=toy.registry())
    assert {path: path.read_bytes() for path in first.rglob("*.json")} == before


def test_what_ends_a_run_is_not_hidden_by_a_folder_that_has_gone(tmp_path: Path) -> None:
    class Gone(EnvironmentProblem):
        def __init__(self) -> None:
            shutil.rmtree(tmp_path / "run")
            (tmp_path / "run").write_text("something else")
            super().__init__("the disk was taken away")

    def begin() -> Recipe:
        raise Gone

    (tmp_path / "run").mkdir()
    with pytest.raises(Gone, match="taken away"):
        api.execute_into(begin, toy.registry(), tmp_path / "run", None, None, fresh=Vacant())


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_files_that_the_cache_has_too_are_read_only(tmp_path: Path) -> None:
    stage = run(tmp_path / "run").folder / "encoders" / "0-shift"
    for path in stage.iterdir():
        assert path.stat().st_nlink == 2
        assert not path.stat().st_mode & 0o222


def test_a_cache_that_is_a_file_is_said_once_and_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "file"))
    run(tmp_path / "run", seeds=2, encoder=[{"use": "shift", "noisy": True}]).files.verify()
    messages = [record.getMessage() for record in caplog.records]
    said = [message for message in messages if "can't be written" in message]
    assert len(said) == 1
    assert str(tmp_path / "file") in said[0]


LOST = {
    "encoders/0-shift/state.safetensors": None,
    "encoders/0-shift/stage.json": None,
    "clusterers/cut/train.npy": "something else",
    "evaluation/cut/info.json": "something else",
    "data/test.parquet": None,
    "metrics.json": None,
    "projection.json": None,
}


@pytest.mark.parametrize("name", LOST)
def test_a_run_that_loses_a_file_meanwhile_is_no_finished_run(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = execute.write_report

    def lossy(folder: Path, **options: bool) -> None:
        written(folder, **options)
        (folder / name).unlink()
        if text := LOST[name]:
            (folder / name).write_text(text)

    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_report", lossy)
        with pytest.raises(EnvironmentProblem, match=f"{name}: .*while the run went on"):
            run(tmp_path / "run")
    assert not (tmp_path / "run" / "manifest.json").exists()
    resume(tmp_path / "run", registry=toy.registry()).files.verify()


def test_a_file_that_is_lost_before_the_report_is_no_fault_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "clear_seeds", lambda folder: (folder / "metrics.json").unlink())
    with pytest.raises(EnvironmentProblem, match=r"metrics\.json: .*No such file"):
        run(tmp_path / "run")
    assert (tmp_path / "run" / "recipe.toml").exists()


@pytest.mark.parametrize("cache", [True, False])
def test_a_recipe_that_is_refused_late_leaves_its_folder_only_for_what_is_nowhere_else(
    tmp_path: Path, cache: bool
) -> None:
    toy.FAIL["metric"] = InputError("too few rows", key="n_clusters")
    with pytest.raises(InputError, match="too few rows"):
        clusterforge.run(
            toy.recipe(metric=[{"use": "largest"}]),
            out=tmp_path / "run",
            registry=toy.registry(),
            cache=cache,
        )
    assert (tmp_path / "run").exists() is not cache


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("[")])
def test_a_manifest_that_cannot_be_read_is_not_an_interrupted_run(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    folder = run(tmp_path / "run").folder
    (folder / "manifest.json").unlink()
    make(folder / "manifest.json")
    with pytest.raises(InputError, match=r"manifest\.json: this is not what a run writes"):
        clusterforge.load(folder, registry=toy.registry())
    with pytest.raises(InputError, match="the run is complete"):
        resume(folder, registry=toy.registry())
