"""The cache is a convenience: an entry that is damaged, or goes while it is read, is just not there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from clusterforge.storage import cache as module
from clusterforge.storage.atomic import write_json, write_text
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import CHECKPOINT, STAGE, seal, sealed

KEY = "ab" * 32


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    """A cache that holds one stage of two files."""
    made = tmp_path / "made"
    for name in ("test.npy", "train.npy"):
        write_text(made / name, name)
    seal(made, KEY)
    cache = Cache(tmp_path / "cache", size=10**6)
    cache.keep(KEY, made)
    return cache


def entry(cache: Cache) -> Path:
    (found,) = (cache.folder / "stages").glob("*/*")
    return found


def overwrite(path: Path, text: str) -> None:
    """Put something else there: the file itself is shared with the stage it came from."""
    path.unlink()
    path.write_text(text)


def test_an_entry_comes_whole(kept: Cache, tmp_path: Path) -> None:
    into = tmp_path / "into"
    write_text(into / "left.npy", "by a stage that was stopped")
    write_text(into / CHECKPOINT / "0", "not ours to remove")

    assert kept.fetch(KEY, into)
    assert sealed(into, KEY)
    assert sorted(path.name for path in into.iterdir()) == [
        CHECKPOINT,
        STAGE,
        "test.npy",
        "train.npy",
    ]
    assert not kept.fetch("cd" * 32, into)


DAMAGE: dict[str, Any] = {
    "a changed file": lambda folder: overwrite(folder / "train.npy", "else"),
    "a missing file": lambda folder: (folder / "train.npy").unlink(),
    "no seal": lambda folder: (folder / STAGE).unlink(),
    "a torn seal": lambda folder: overwrite(folder / STAGE, '{"key": "'),
    "a seal that is a list": lambda folder: overwrite(folder / STAGE, "[]"),
    "a seal without files": lambda folder: overwrite(folder / STAGE, f'{{"key": "{KEY}"}}'),
    "a seal whose files are none": lambda folder: overwrite(
        folder / STAGE, f'{{"key": "{KEY}", "files": null, "info": {{}}}}'
    ),
    "another key": lambda folder: write_json(
        folder / STAGE, {"key": "cd" * 32, "files": {}, "info": {}}
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_absent_and_removed(kept: Cache, tmp_path: Path, damage: str) -> None:
    DAMAGE[damage](entry(kept))
    into = tmp_path / "into"

    assert not kept.fetch(KEY, into)
    assert list(into.iterdir()) == []
    assert not list((kept.folder / "stages").glob("*/*"))


@pytest.mark.parametrize("left", [0, 1, 2])
def test_an_entry_that_goes_while_it_is_read_is_absent(
    kept: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """Another process evicts it: some of its files are gone, or all, or the folder too."""
    copy, into = module.copy_files, tmp_path / "into"

    def evicted_first(source: Path, target: Path) -> None:
        if left:
            for path in sorted(source.iterdir(), reverse=True)[left - 1 :]:
                path.unlink()
        else:
            shutil.rmtree(source)
        copy(source, target)

    monkeypatch.setattr(module, "copy_files", evicted_first)

    assert not kept.fetch(KEY, into)
    assert list(into.iterdir()) == []


def test_a_disk_that_is_full_is_left_as_it_was(
    kept: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        (target / "half.npy").write_text("half")
        raise OSError(28, "No space left on device")

    into = tmp_path / "into"
    monkeypatch.setattr(module, "copy_files", full)

    assert not kept.fetch(KEY, into)
    assert list(into.iterdir()) == []
    assert entry(kept).is_dir()
    assert kept.keep("cd" * 32, tmp_path / "made") is None  # type: ignore[func-returns-value]
    assert [path.name for path in (kept.folder / "stages").glob("*/*")] == [KEY]


def test_a_cache_that_is_only_read_still_gives(
    kept: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", refused)

    assert kept.fetch(KEY, tmp_path / "into")
