"""The manifest: what it lists, what it says of damage, and what is added to it later."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterforge.storage.manifest import damaged, extend_manifest, read_manifest, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one").write_text("one")
    (tmp_path / "two").write_text("two")
    (tmp_path / ".hidden").write_text("not part of it")
    write_manifest(tmp_path)
    return tmp_path


def test_what_comes_later_is_added(folder: Path) -> None:
    (folder / "three").write_text("three")
    extend_manifest(folder)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert sorted(manifest["files"]) == ["below/one", "three", "two"]
    assert damaged(folder, manifest) == []
    (folder / "three").write_text("changed")
    assert damaged(folder, manifest) == ["three"]


def test_what_was_there_stays_what_it_was(folder: Path) -> None:
    (folder / "two").write_text("changed")
    (folder / "below" / "one").unlink()
    (folder / "three").write_text("three")
    extend_manifest(folder)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert damaged(folder, manifest) == ["below/one", "two"]


def test_with_nothing_new_it_is_left_alone(folder: Path) -> None:
    before = (folder / "manifest.json").stat()
    extend_manifest(folder)
    after = (folder / "manifest.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    "text",
    ['{"complete": true}', '{"complete": true, "files": [1]}', "[" * 100_000, "[]", "\x00"],
    ids=["no-files", "list", "deep", "no-object", "no-json"],
)
def test_a_manifest_of_another_shape_is_none(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    assert read_manifest(folder) is None
