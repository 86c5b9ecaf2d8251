"""The content of files and folders as a hash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterforge.hub.contents import content_digest


def folder(place: Path) -> Path:
    (place / "part").mkdir(parents=True)
    (place / "config.json").write_text("{}")
    (place / "part" / "weights.bin").write_bytes(b"\x00" * 100)
    return place


def test_equal_content_is_equal_wherever_it_lies(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one"), folder(tmp_path / "other")
    assert content_digest(one) == content_digest(other)
    (other / ".cache").write_text("hidden")
    (other / "onnx").mkdir()
    (other / "onnx" / "model.onnx").write_text("the same once more")
    assert content_digest(one) == content_digest(other)


def test_a_changed_byte_or_name_is_another_content(tmp_path: Path) -> None:
    place = folder(tmp_path / "one")
    before = content_digest(place)
    weights = place / "part" / "weights.bin"
    weights.write_bytes(b"\x00" * 99 + b"\x01")
    changed = content_digest(place)
    weights.rename(place / "part" / "others.bin")
    assert len({before, changed, content_digest(place)}) == 3


def test_a_file_is_read_again_only_where_size_or_time_differ(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    stat = file.stat()
    before = content_digest(file)
    file.write_text("two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert content_digest(file) == before
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    assert content_digest(file) != before


def test_nothing_has_no_content(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_digest(tmp_path / "none")
