"""Killed at any point, a taxonomy is as it was or as it will be."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from clusterforge.errors import InputError
from clusterforge.taxonomy import follow, merge
from clusterforge.taxonomy.folder import GENERATIONS, TaxonomyFolder
from tests.taxonomy.conftest import Week

TOUCHING = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}


def killed(at: int, folder: Path, work: Callable[[], object]) -> bool:
    """Work in a child that kills itself when it touches the folder for the n-th time."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    touched = 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal touched
        if event in TOUCHING and str(folder) in str(args[0]):
            touched += 1
            if touched == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    try:
        work()
    finally:
        os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_point(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.taxonomy.change.ROUNDS", 59)
    first, data = tmp_path / "first", week([0, 1, 2, 3], 2)
    before = follow(base, week([0, 1, 2], 1), out=first).taxonomy
    follow(shutil.copytree(first, tmp_path / "warm"), data)
    outcomes = []
    for at in range(1, 400):
        folder = tmp_path / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(first, folder)
        dead = killed(at, folder, partial(follow, folder, data))
        there = TaxonomyFolder(folder)
        taxonomy = there.read()
        assert taxonomy == before or len(taxonomy.generations) == 3
        for number, generation in enumerate(taxonomy.generations, 1):
            for name in generation.files:
                there.file(taxonomy, number, name)
        assert there.page(taxonomy).is_file()
        outcomes.append(len(taxonomy.generations))
        if not dead:
            break
    assert not dead
    assert outcomes == sorted(outcomes)
    assert outcomes.count(2) > 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_edit_killed_at_any_point(
    base: Path, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.taxonomy.change.ROUNDS", 59)
    first = tmp_path / "first"
    before = follow(base, week([0, 1, 2], 1), out=first).taxonomy
    after = merge(shutil.copytree(first, tmp_path / "warm"), ["0", "1"]).taxonomy
    outcomes = set()
    for at in range(1, 400):
        folder = tmp_path / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(first, folder)
        dead = killed(at, folder, partial(merge, folder, ["0", "1"]))
        there = TaxonomyFolder(folder)
        taxonomy = there.read()
        assert taxonomy in (before, after)
        outcomes.add(taxonomy == after)
        assert there.page(taxonomy).is_file()
        there.snapshot(taxonomy)
        if not dead:
            break
    assert outcomes == {False, True}
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


def test_a_folder_of_something_else_is_left_alone(base: Path, week: Week, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    with pytest.raises(InputError, match="is not empty"):
        follow(base, week([0, 1, 2], 1), out=tmp_path / "letters")
