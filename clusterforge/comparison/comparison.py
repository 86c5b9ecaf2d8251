"""Two or more clusterings compared: scores, recipes, clusters and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.comparison.alignment import Alignment, align, all_noise
from clusterforge.comparison.folders import Lane, Opened, open_all
from clusterforge.comparison.moved import Moved, moved_rows
from clusterforge.comparison.recipes import Change, Group, changes, groups
from clusterforge.comparison.rows import Shared, shared_rows
from clusterforge.comparison.scores import Spread, Table, tables
from clusterforge.report.folder import fitting

MAX_MATRIX = 30
STAMP = "<!-- clusterforge compare -->"


@dataclass(frozen=True)
class Pair:
    """Two clusterings of a lane, by position, aligned.

    ``alignment`` and ``moved`` are None where there are no clusters of shared rows; ``reason`` says why.
    """

    first: int
    second: int
    shared: Shared
    alignment: Alignment | None
    moved: Moved | None
    reason: str = ""


@dataclass(frozen=True)
class LaneResult:
    """What was found of clusterings that are set beside each other.

    Parameters
    ----------
    lane
        The clusterings.
    tables
        Their scores, by split.
    pairs
        Those that are aligned.
    agreement
        The adjusted Rand index between any two of them on the rows both hold, by position; None
        where they share none. Empty for two.
    """

    lane: Lane
    tables: list[Table]
    pairs: list[Pair]
    agreement: dict[tuple[int, int], float | None] = field(default_factory=dict)

    @property
    def spread(self) -> Spread | None:
        """Mean and standard deviation of the agreement between any two; None where one has none."""
        known = [value for value in self.agreement.values() if value is not None]
        if len(known) < max(2, len(self.agreement)):
            return None
        return Spread([], float(np.mean(known)), float(np.std(known, ddof=1)))


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` found.

    Parameters
    ----------
    runs
        The runs.
    groups
        Those that are repetitions of one recipe with several seeds.
    changes
        What is not the same in all of them.
    lanes
        Scores, clusters and rows of what is set beside each other.
    notes
        What the reader should know before all else.
    """

    runs: list[Opened]
    groups: list[Group]
    changes: list[Change]
    lanes: list[LaneResult]
    notes: list[str]

    def __repr__(self) -> str:
        names = ", ".join(f"{run.letter}={run.given!r}" for run in self.runs)
        return f"Comparison({names})"

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values, as ``clusterforge compare --json`` prints them."""
        from clusterforge.comparison.plain import as_dict

        return as_dict(self)

    def html(self) -> str:
        """Return it as one page that needs no network."""
        from clusterforge.comparison.page import render

        return render(self)

    def write_html(self, path: str | Path) -> None:
        """Write the page.

        Raises
        ------
        EnvironmentProblem
            Where the file can't be written.
        """
        from clusterforge.storage.atomic import write_text

        write_text(Path(path), self.html())


def compare(*runs: Any) -> Comparison:
    """Compare clusterings: of two or more runs, or of one run.

    Parameters
    ----------
    *runs
        Folders of runs, or :class:`clusterforge.Run`. ``"folder:clusterer"`` names one clusterer;
        without, those with the same id are compared, and within one run each with each.

    Raises
    ------
    InputError
        Where a folder holds no finished run, or there are not two clusterings to compare.

    Examples
    --------
    >>> found = clusterforge.compare("runs/a", "runs/b")  # doctest: +SKIP
    >>> found.lanes[0].pairs[0].alignment.ari  # doctest: +SKIP
    """
    opened, lanes = open_all(runs)
    with fitting(", ".join(run.given for run in opened)):
        return _compared(opened, lanes)


def _compared(opened: list[Opened], lanes: list[Lane]) -> Comparison:
    shared = _all_shared(opened, lanes)
    repeated = groups(opened)
    letters = [run.letter for run in opened]
    found = []
    for lane in lanes:
        pairs = [_pair(lane, i, j, shared) for i, j in lane.pairs]
        matrix: dict[tuple[int, int], float | None] = {}
        if 2 < len(lane.subjects) <= MAX_MATRIX:
            done = {(pair.first, pair.second): pair.alignment for pair in pairs}
            for i, j in combinations(range(len(lane.subjects)), 2):
                a, b = lane.subjects[i], lane.subjects[j]
                both = done[i, j] if (i, j) in done else align(a, b, _between(shared, a.run, b.run))
                matrix[i, j] = both.ari if both else None
        found.append(LaneResult(lane, tables(lane, shared, repeated, letters), pairs, matrix))
    return Comparison(opened, repeated, changes(opened), found, _notes(opened, repeated, shared))


def _all_shared(runs: list[Opened], lanes: list[Lane]) -> dict[tuple[str, str], Shared]:
    """Return the rows shared by any two runs, as far as somebody asks for them."""
    result = {(run.letter, run.letter): shared_rows(run, run) for run in runs if len(runs) == 1}
    for lane in lanes:
        subjects = lane.subjects
        many = len(subjects) > MAX_MATRIX
        for a, b in combinations(subjects, 2):
            key = (a.run.letter, b.run.letter)
            if key not in result and not (many and a is not subjects[0]):
                result[key] = shared_rows(a.run, b.run)
    return result


def _between(shared: Mapping[tuple[str, str], Shared], a: Opened, b: Opened) -> Shared:
    return shared[a.letter, b.letter]


def _pair(lane: Lane, i: int, j: int, shared: Mapping[tuple[str, str], Shared]) -> Pair:
    a, b = lane.subjects[i], lane.subjects[j]
    between = _between(shared, a.run, b.run)
    found = align(a, b, between)
    if found is None:
        why = [f"{name}: {told.reason}" for name, told in between.splits.items() if told.reason]
        noise = all_noise(a, b, between)
        why += [f"{subject.label} calls every shared row noise" for subject in noise]
        reason = "; ".join(why) or "no row is labelled by both"
        return Pair(i, j, between, None, None, reason)
    return Pair(i, j, between, found, moved_rows(a, b, found))


def _notes(
    runs: list[Opened], repeated: list[Group], shared: Mapping[tuple[str, str], Shared]
) -> list[str]:
    notes = []
    for group in repeated:
        letters = _listed([runs[place].letter for place in group.runs])
        seeds = _listed([str(seed) for seed in group.seeds])
        notes.append(f"{letters} are repetitions: one recipe, the same rows, seeds {seeds}.")
    alone = [run for place, run in enumerate(runs) if not any(place in g.runs for g in repeated)]
    if len(runs) > 1 and alone:
        one = len(alone) == 1
        notes.append(
            f"{_listed([run.letter for run in alone])} {'has' if one else 'have'} one seed"
            f"{'' if one else ' each'}: intervals are of the rows, and say nothing of how much a "
            "result changes with the seed."
        )
    for between in shared.values():
        notes += [note for note in between.notes if note not in notes]
    return notes


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
