"""Killed at any point, a taxonomy is as it was or as it will be."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from clusterforge.errors import InputError
from clusterforge.taxonomy import folder as folders
from clusterforge.taxonomy import following
from clusterforge.taxonomy.editing import merge
from clusterforge.taxonomy.folder import GENERATIONS, TaxonomyFolder
from clusterforge.taxonomy.following import follow
from tests.taxonomy.conftest import Week

TOUCHING = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}


def killed_anywhere(folder: Path, work: Callable[[], object], left: Path) -> Iterator[Path]:
    """Yield the folder as a child leaves it that is killed at the first, second, … touch of it.

    One child does all the work and copies the folder before each touch: what a process that is killed
    there would leave, since what it did not write yet is lost. It kills itself at the end.
    """
    child = os.fork()
    if not child:
        touched, copying = 0, False

        def hook(event: str, args: tuple[object, ...]) -> None:
            nonlocal touched, copying
            if not copying and event in TOUCHING and str(folder) in str(args[0]):
                copying = True
                shutil.copytree(folder, left / str(touched))
                touched, copying = touched + 1, False

        try:
            sys.addaudithook(hook)
            work()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    yield from sorted(left.iterdir(), key=lambda path: int(path.name))
    yield folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_point(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.taxonomy.change.ROUNDS", 59)
    first, data = tmp_path / "first", week([0, 1, 2, 3], 2)
    before = follow(base, week([0, 1, 2], 1), out=first).taxonomy
    follow(shutil.copytree(first, tmp_path / "warm"), data)
    outcomes = []
    for folder in killed_anywhere(first, partial(follow, first, data), tmp_path / "left"):
        there = TaxonomyFolder(folder)
        taxonomy = there.read()
        assert taxonomy == before or len(taxonomy.generations) == 3
        for number, generation in enumerate(taxonomy.generations, 1):
            for name in generation.files:
                there.file(taxonomy, number, name)
        assert there.page(taxonomy).is_file()
        outcomes.append(len(taxonomy.generations))
    assert outcomes == sorted(outcomes)
    assert outcomes.count(2) > 20
    assert outcomes[-1] == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_edit_killed_at_any_point(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.taxonomy.change.ROUNDS", 59)
    first = tmp_path / "first"
    before = follow(base, week([0, 1, 2], 1), out=first).taxonomy
    after = merge(shutil.copytree(first, tmp_path / "warm"), ["0", "1"]).taxonomy
    outcomes = []
    for folder in killed_anywhere(first, partial(merge, first, ["0", "1"]), tmp_path / "left"):
        there = TaxonomyFolder(folder)
        taxonomy = there.read()
        assert taxonomy in (before, after)
        outcomes.append(taxonomy == after)
        assert there.page(taxonomy).is_file()
        there.snapshot(taxonomy)
    assert outcomes == sorted(outcomes)
    assert not outcomes[0]
    assert outcomes[-1]
    assert len(follow(folder, week([0, 1, 2], 2)).taxonomy.alive) == 2


def test_the_next_one_removes_what_a_killed_one_left(
    base: Path, week: Week, tmp_path: Path
) -> None:
    folder = tmp_path / "taxonomy"
    begun = folder / GENERATIONS / "0001"
    begun.mkdir(parents=True)
    (begun / "half").write_text("")
    done = follow(base, week([0, 1, 2], 1), out=folder)
    assert not (begun / "half").exists()
    (folder / GENERATIONS / "0003").mkdir()
    assert follow(folder, week([0, 1, 2], 2)).generations[-1].number == 3
    assert len(done.taxonomy.generations) == 2


@pytest.mark.parametrize("last", [False, True])
def test_one_that_is_stopped_leaves_what_was_there(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    """Stopped while it works, or while it writes the generations."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    first, second = week([0, 1, 2], 1), week([0, 1, 2], 2)
    follow(base, first, out=tmp_path / "t")
    before = {path: path.read_bytes() for path in (tmp_path / "t").rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        place = (folders, "write_rows") if last else (following.Step, "take")
        patch.setattr(*place, stop)
        for name, more in ((base, {"out": tmp_path / "new" / "t"}), (tmp_path / "t", {})):
            with pytest.raises(KeyboardInterrupt):
                follow(name, second, **more)
    assert not (tmp_path / "new").exists()
    assert {p: p.read_bytes() for p in (tmp_path / "t").rglob("*") if p.is_file()} == before
    assert len(follow(tmp_path / "t", second).taxonomy.generations) == 3


def test_a_folder_of_something_else_is_left_alone(base: Path, week: Week, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    with pytest.raises(InputError, match="is not empty"):
        follow(base, week([0, 1, 2], 1), out=tmp_path / "letters")
