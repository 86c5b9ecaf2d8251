"""The manifest: what it lists, what it says of damage, and what is added to it later."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterforge.errors import InputError
from clusterforge.runs.manifest import extend_manifest, read_manifest, write_manifest
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "encoders").mkdir()
    (tmp_path / "encoders" / "one").write_text("one")
    (tmp_path / "run.json").write_text("two")
    (tmp_path / "hook.log").write_text("begun\n")
    (tmp_path / ".hidden").write_text("not part of it")
    write_manifest(tmp_path)
    return tmp_path


def test_what_comes_later_is_added(folder: Path) -> None:
    (folder / "three").write_text("three")
    extend_manifest(folder)
    manifest = read_manifest(folder)
    assert sorted(manifest.files) == ["encoders/one", "hook.log", "run.json", "three"]
    assert manifest.damage(folder) == []
    (folder / "three").write_text("changed")
    assert manifest.damage(folder) == ["three"]


def test_what_was_there_stays_what_it_was(folder: Path) -> None:
    (folder / "run.json").write_text("changed")
    (folder / "encoders" / "one").unlink()
    (folder / "three").write_text("three")
    extend_manifest(folder)
    manifest = read_manifest(folder)
    assert sorted(manifest.damage(folder)) == ["encoders/one", "run.json"]


def test_a_file_of_a_hook_may_grow_until_the_run_ends(folder: Path) -> None:
    with (folder / "hook.log").open("a") as file:
        file.write("ended\n")
    extend_manifest(folder)
    manifest = read_manifest(folder)
    assert manifest.damage(folder) == []
    assert sorted(manifest.files) == ["encoders/one", "hook.log", "run.json"]


def test_with_nothing_new_it_is_left_alone(folder: Path) -> None:
    before = (folder / "manifest.json").stat()
    extend_manifest(folder)
    after = (folder / "manifest.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"format": 1}', "Field required"),
        ('{"format": 1, "clusterforge": "0", "files": [1]}', "be an object"),
        ('{"format": 2, "clusterforge": "9", "files": {}}', "another format"),
        ("[" * 100_000, "Invalid JSON"),
        ("[]", "an object"),
        ("\x00", "Invalid JSON"),
    ],
    ids=["no-files", "list", "format", "deep", "no-object", "no-json"],
)
def test_another_manifest_is_one_line(folder: Path, text: str, problem: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=problem) as error:
        read_manifest(folder)
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)


def test_the_folder_of_runs_is_no_run_but_says_which_is_the_newest(folder: Path) -> None:
    with pytest.raises(InputError, match=f"the newest below it is {folder}"):
        read_manifest(folder.parent)


def test_a_folder_that_is_not_there_is_told_from_one_without_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "tickets").mkdir(parents=True)
    (tmp_path / "new.csv").touch()
    said = {
        "runs/tikets": "runs/tikets: does not exist; did you mean 'runs/tickets'?",
        "runs/other": "runs/other: does not exist",
        "run/tickets": "run/tickets: does not exist; neither does run",
        "new.csv": "new.csv: is a file, not a folder; name the folder of a run, and files, if any, after it",
        "runs/tickets": "runs/tickets: holds no finished run; name the folder of a run",
    }
    for name, text in said.items():
        with pytest.raises(InputError) as refused:
            read_manifest(Path(name))
        assert str(refused.value) == text


@pytest.mark.parametrize("words", ["run --resume {}", "compare {} a", "follow {} a"])
def test_every_command_says_that_a_folder_is_not_there(
    words: str, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tickets").mkdir()
    done = cli(*words.format("tikets").split())
    assert done.status == 2
    assert "tikets: does not exist; did you mean 'tickets'?" in done.err
