"""The runs and clusterers that a comparison is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.errors import InputError, nearest
from clusterforge.report.folder import Assignments, RunFolder, fitting, read
from clusterforge.runs.manifest import read_manifest
from clusterforge.storage.atomic import sha256

NEEDED = ("run.json", "metrics.json", "recipe.json", "assignments.parquet")
NO_ROWS = Assignments([], np.zeros(0, np.int64), [], np.zeros(0, np.int64), {})


@dataclass(frozen=True)
class Opened:
    """A finished run, read.

    Parameters
    ----------
    letter
        What it is called in the comparison: A, B, …
    folder
        Its folder.
    given
        The folder as the user wrote it.
    content
        Its files.
    recipe
        ``recipe.json``; empty where it is missing.
    files
        The sha256 of each file, as the manifest has it.
    ids
        str (n,): the id of each row of the assignments; None where they have none.
    """

    letter: str
    folder: Path
    given: str
    content: RunFolder
    recipe: dict[str, Any]
    files: dict[str, str]
    ids: npt.NDArray[Any] | None

    @property
    def rows(self) -> Assignments:
        """The cluster of every row; empty where the run holds none."""
        return self.content.assignments or NO_ROWS

    @property
    def seed(self) -> int | None:
        """The seed of the run."""
        seed = self.content.run.get("seed", self.recipe.get("seed"))
        return seed if isinstance(seed, int) else None

    @property
    def clusterers(self) -> list[str]:
        """The ids of its clusterers, in the recipe's order."""
        scored = [str(score.get("clusterer")) for score in self.content.scores]
        return list(dict.fromkeys([*self.content.clusterers, *scored, *self.rows.clusters]))

    def fingerprint(self, split: str) -> str | None:
        """Return the fingerprint of a split's rows."""
        found = (self.content.splits.get(split) or {}).get("fingerprint")
        return str(found) if found else None

    def places(self, split: str) -> npt.NDArray[np.int64]:
        """Return where the rows of a split stand in the assignments: int64 (n,)."""
        if split not in self.rows.splits:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.rows.split == self.rows.splits.index(split))


@dataclass(frozen=True)
class Subject:
    """One clustering of a comparison: a run and one of its clusterers."""

    run: Opened
    clusterer: str
    label: str = ""

    @property
    def labels(self) -> npt.NDArray[np.int64] | None:
        """The cluster of every row of the run, -1 for noise, -2 where unknown; None without."""
        return self.run.rows.clusters.get(self.clusterer)

    @property
    def n_clusters(self) -> int | None:
        """How many clusters it found."""
        told = self.run.content.clusterers.get(self.clusterer) or {}
        return told["n_clusters"] if isinstance(told.get("n_clusters"), int) else None


@dataclass(frozen=True)
class Lane:
    """Clusterings that are set beside each other.

    Parameters
    ----------
    title
        What they have in common: the id of the clusterer, or empty.
    subjects
        At least two; the first is what the others are compared with.
    pairs
        Which of them are aligned, by position.
    """

    title: str
    subjects: list[Subject]
    pairs: list[tuple[int, int]] = field(default_factory=list)


def open_all(named: Iterable[Any]) -> tuple[list[Opened], list[Lane]]:
    """Open what the user named, and say what is compared with what.

    Parameters
    ----------
    named
        Folders, each maybe with ``:clusterer`` behind it; or objects with a ``folder``.

    Raises
    ------
    InputError
        Where a folder holds no finished run, a file of it is damaged, or there are not two
        clusterings to compare.
    """
    wanted = [_split(name) for name in named]
    if not wanted:
        raise InputError("there is nothing to compare", remedy="name two runs, or one run twice")
    runs: dict[Path, Opened] = {}
    for place, given, _ in wanted:
        if place not in runs:
            runs[place] = _opened(place, given, _letter(len(runs)))
    asked: dict[Path, list[str] | None] = {}
    for place, given, clusterer in wanted:
        known = runs[place].clusterers
        if clusterer is not None and clusterer not in known:
            raise InputError(
                f"there is no clusterer {clusterer!r}", file=given, remedy=nearest(clusterer, known)
            )
        before = asked.get(place)
        if place in asked and (clusterer is None or before is None or clusterer in before):
            twice = given if clusterer is None else f"{given}:{clusterer}"
            raise InputError(
                f"{twice} is named twice",
                remedy="a clustering compared with itself says nothing",
            )
        asked[place] = None if clusterer is None else [*(before or []), clusterer]
    opened = list(runs.values())
    return opened, _lanes(opened, [asked[place] for place in runs])


def _split(name: Any) -> tuple[Path, str, str | None]:
    if not isinstance(name, str | PathLike):
        name = getattr(name, "folder", name)
    try:
        text = str(fspath(name))
    except TypeError:
        raise InputError(f"{name!r} names no run", remedy="give a folder or a Run") from None
    if "\x00" in text:
        raise InputError("this names no folder", file=text.replace("\x00", "?"))
    path, clusterer = Path(text), None
    if not path.is_dir() and ":" in text:
        before, _, after = text.rpartition(":")
        if before and Path(before).is_dir():
            path, clusterer, text = Path(before), after, before
    return path.resolve(), text, clusterer


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"R{number + 1}"


def _opened(path: Path, given: str, letter: str) -> Opened:
    files = read_manifest(path).files
    for name in NEEDED:
        if name in files and (not (path / name).is_file() or sha256(path / name) != files[name]):
            raise InputError(
                f"{name} is missing or not what the run wrote",
                file=given,
                remedy="run the recipe again",
            )
    with fitting(given):
        content = read(path)
        recipe = json.loads((path / "recipe.json").read_text("utf-8")) if _has(path) else {}
        ids = _ids(path)
        if not isinstance(recipe, dict):
            raise TypeError("recipe.json holds no object")
        if (path / "metrics.json").is_file() and not content.metrics:
            raise TypeError("metrics.json holds no scores")
    return Opened(letter, path, given, content, recipe, files, ids)


def _has(path: Path) -> bool:
    return (path / "recipe.json").is_file()


def _ids(path: Path) -> npt.NDArray[Any] | None:
    from pyarrow import parquet

    place = path / "assignments.parquet"
    if not place.is_file() or "id" not in parquet.read_schema(place).names:
        return None
    return np.array([str(i) for i in parquet.read_table(place, columns=["id"])["id"].to_pylist()])


def _lanes(runs: list[Opened], asked: list[list[str] | None]) -> list[Lane]:
    named = {name for names in asked if names for name in names}
    chosen: list[list[str]] = []
    for run, names in zip(runs, asked, strict=True):
        # A run beside a named clusterer stands for its clusterer of that name, if it has one.
        fitting = [name for name in run.clusterers if name in named]
        chosen.append(names or fitting or run.clusterers)
    if not all(chosen):
        empty = next(run for run, names in zip(runs, chosen, strict=True) if not names)
        raise InputError("the run has no clusterer", file=empty.given)
    if len(runs) == 1:
        names = chosen[0]
        if len(names) < 2:
            raise InputError(
                f"there is only one clustering: {names[0]}",
                file=runs[0].given,
                remedy="name a second run, or a run with two clusterers",
            )
        subjects = [Subject(runs[0], name, name) for name in names]
        every = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
        return [Lane("", subjects, every)]
    common = [
        name
        for name in dict.fromkeys(n for names in chosen for n in names)
        if sum(name in names for names in chosen) > 1
    ]
    if common and all(names is None for names in asked):
        lanes = []
        for name in common:
            subjects = [Subject(run, name, run.letter) for run in runs if name in run.clusterers]
            lanes.append(_against_first(name, subjects))
        return lanes
    pairs = [(run, name) for run, names in zip(runs, chosen, strict=True) for name in names]
    same = len({name for _, name in pairs}) == 1 and len(pairs) == len(runs)
    subjects = [
        Subject(run, name, run.letter if same else f"{run.letter} {name}") for run, name in pairs
    ]
    return [_against_first(subjects[0].clusterer if same else "", subjects)]


def _against_first(title: str, subjects: list[Subject]) -> Lane:
    return Lane(title, subjects, [(0, i) for i in range(1, len(subjects))])
