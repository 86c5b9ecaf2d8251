"""The runs and clusterers that a user names, and which of them are set side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from os import PathLike, fspath
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import IntArray
from clusterforge.errors import InputError, nearest
from clusterforge.runs import RunFolder, files
from clusterforge.runs.ranking import leading
from clusterforge.runs.records import ScoreRecord


@runtime_checkable
class FinishedRun(Protocol):
    """What :class:`clusterforge.Run` has and a comparison needs."""

    @property
    def folder(self) -> Path:
        """The run's folder."""


RunName = str | PathLike[str] | FinishedRun


@dataclass(frozen=True)
class NamedRun:
    """A finished run: its letter in the comparison, and its folder as the user wrote it."""

    letter: str
    name: str
    folder: RunFolder

    @property
    def clusterers(self) -> list[str]:
        """The ids of its clusterers, in the order of the recipe."""
        return list(self.folder.metrics.clusterings)


@dataclass(frozen=True)
class NamedClustering:
    """One clustering of a run, and its label in a panel."""

    run: NamedRun
    clusterer: str
    label: str

    @property
    def labels(self) -> IntArray:
        """int64 (n,): the cluster of every row of the run, -1 for noise, -2 where unknown."""
        return self.run.folder.assignments.clusters[self.clusterer]

    @property
    def names(self) -> dict[int, str]:
        """The names of the clusters that have one; they come from data: show them as text."""
        explained = self.run.folder.explanations.clusterings[self.clusterer].clusters
        return {cluster.cluster: cluster.name for cluster in explained if cluster.named}

    def resamples(self, score: ScoreRecord) -> npt.NDArray[np.float64]:
        """Return one of its scores on resampled rows: float64 (r,), empty where the run drew none."""
        folder, name = self.run.folder, files.resamples(self.clusterer)
        if not folder.has(name):
            return np.zeros(0)
        own = [one for one in folder.metrics.scores if one.clusterer == self.clusterer]
        values: npt.NDArray[np.float64] = folder.array(name)[own.index(score)]
        return values


@dataclass(frozen=True)
class Selection:
    """At least two clusterings set side by side, what they share, and which pairs are aligned."""

    title: str | None
    clusterings: list[NamedClustering]
    pairs: list[tuple[NamedClustering, NamedClustering]]


def open_runs(names: Iterable[RunName]) -> tuple[list[NamedRun], list[Selection]]:
    """Open what the user names, and say what is compared with what.

    Parameters
    ----------
    names
        Folders, each maybe with ``:clusterer`` behind it, or runs.

    Raises
    ------
    InputError
        Where a folder holds no finished run, a file of it is damaged, or there are not two
        clusterings to compare.
    """
    wanted = [_parsed(name) for name in names]
    if not wanted:
        raise InputError("there is nothing to compare", remedy="name two runs")
    runs: dict[Path, NamedRun] = {}
    chosen: dict[Path, list[str]] = {}
    for name, clusterer in wanted:
        path = Path(name).resolve()
        if path not in runs:
            letter = chr(ord("A") + len(runs)) if len(runs) < 26 else f"R{len(runs) + 1}"
            runs[path] = NamedRun(letter, name, RunFolder.open(name))
        elif clusterer is None or not chosen[path] or clusterer in chosen[path]:
            raise InputError(
                f"{name if clusterer is None else f'{name}:{clusterer}'} is named twice",
                remedy="name another run or clusterer",
            )
        clusterers = runs[path].clusterers
        if clusterer is not None and clusterer not in clusterers:
            raise InputError(
                f"there is no clusterer {clusterer!r}",
                file=name,
                remedy=nearest(clusterer, clusterers),
            )
        chosen.setdefault(path, []).extend([clusterer] if clusterer is not None else [])
    return list(runs.values()), _selections(list(runs.values()), list(chosen.values()))


def _parsed(name: RunName) -> tuple[str, str | None]:
    """Return the folder as the user wrote it, and the clusterer behind it."""
    if isinstance(name, FinishedRun):
        name = name.folder
    try:
        text = str(fspath(name))
    except TypeError:
        several = isinstance(name, list | tuple)
        remedy = (
            "pass them one by one: compare(*runs)" if several else "name a folder or pass a Run"
        )
        raise InputError(f"{name!r:.60} names no run", remedy=remedy) from None
    if "\x00" in text:
        raise InputError("this names no folder", file=text.replace("\x00", "?"))
    before, _, after = text.rpartition(":")
    if before and Path(before).is_dir() and not Path(text).is_dir():
        return before, after
    return text, None


def _selections(runs: list[NamedRun], names: list[list[str]]) -> list[Selection]:
    if len(runs) == 1:
        (run,), chosen = runs, names[0] or runs[0].clusterers
        if len(chosen) < 2:
            raise InputError(
                f"there is only one clustering: {', '.join(chosen)}",
                file=run.name,
                remedy="name a second run, or a run with two clusterers",
            )
        clusterings = [NamedClustering(run, name, name) for name in chosen]
        return [Selection(None, clusterings, list(combinations(clusterings, 2)))]
    every = [name for run in runs for name in run.clusterers]
    common = [name for name in dict.fromkeys(every) if every.count(name) > 1]
    if common and not any(names):
        return _edited(runs, common) + [
            _against_first(
                name, [NamedClustering(r, name, r.letter) for r in runs if name in r.clusterers]
            )
            for name in common
        ]
    wanted = {name for of_run in names for name in of_run}
    pairs = []
    for run, of_run in zip(runs, names, strict=True):
        # A run next to a named clusterer stands for its clusterer of that name, if it has one.
        same_name = [name for name in run.clusterers if name in wanted]
        pairs += [(run, name) for name in of_run or same_name or run.clusterers]
    alike = len({name for _, name in pairs}) == 1
    return [
        _against_first(
            pairs[0][1] if alike else None,
            [
                NamedClustering(run, name, run.letter if alike else f"{run.letter} {name}")
                for run, name in pairs
            ],
        )
    ]


def _edited(runs: list[NamedRun], common: list[str]) -> list[Selection]:
    """Return the clusterings that the runs' reports show first, where a person has edited one of them."""
    leaders = [
        (run, leading(run.folder.metrics, run.folder.run.data.splits), run.folder.metrics)
        for run in runs
    ]
    edited = {name for _, name, metrics in leaders if metrics.clusterings[name].by_hand}
    if edited <= set(common):
        return []
    clusterings = [NamedClustering(run, name, f"{run.letter} {name}") for run, name, _ in leaders]
    return [_against_first(None, clusterings)]


def _against_first(title: str | None, clusterings: list[NamedClustering]) -> Selection:
    return Selection(title, clusterings, [(clusterings[0], other) for other in clusterings[1:]])
