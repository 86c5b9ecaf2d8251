from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterforge.errors import EnvironmentProblem
from clusterforge.storage.atomic import replacing, sha256, unsynced, write_json, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    write_text(path, "old")
    with pytest.raises(TypeError), replacing(path) as part:
        part.write_text("half" + None)  # type: ignore[operator]
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["scores.json"]


def test_a_full_disk_is_the_environments(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="No space left"), replacing(tmp_path / "a"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_json_never_holds_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"score": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_sha256_is_the_systems(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert sha256(path).startswith("ba7816bf8f01cfea414140de5dae2223")


def test_files_that_are_checked_by_hash_need_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with unsynced():
        write_text(tmp_path / "stage.txt", "a")
    assert not synced
    write_text(tmp_path / "run.txt", "b")
    assert len(synced) == 2  # the file and its folder
    assert (tmp_path / "stage.txt").read_text() == "a"
