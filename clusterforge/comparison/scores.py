"""Scores side by side: one table a split, one line a metric and treatment of noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clusterforge.comparison.agreement import paired
from clusterforge.comparison.folders import Lane, Subject
from clusterforge.comparison.marks import Mark, marks
from clusterforge.comparison.recipes import Group
from clusterforge.comparison.rows import Shared
from clusterforge.report.folder import IntArray
from clusterforge.report.scores import TREATMENTS, metrics_in_order

SAME = 1e-9
Score = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One score; ``low`` and ``high`` are its interval at 95 %, where the run has one."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    coverage: float | None = None
    exact: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Difference:
    """How a clustering differs from another, by position, in one score.

    Parameters
    ----------
    first, second
        The clusterings.
    value
        Second minus first; None where one is undefined.
    low, high
        Its interval at 95 %, over the same resampled rows for both; None where there is none.
    apart
        Whether the two can be told apart; None where that is unknown or means nothing.
    by
        What tells: ``paired`` (the interval of the difference), ``intervals`` (those of the two
        scores), or empty.
    marks
        What to bear in mind; a void one means that the difference says nothing.
    """

    first: int
    second: int
    value: float | None
    low: float | None = None
    high: float | None = None
    apart: bool | None = None
    by: str = ""
    marks: list[Mark] = field(default_factory=list)

    @property
    def void(self) -> bool:
        """Whether the difference says nothing."""
        return any(mark.void for mark in self.marks)


@dataclass(frozen=True)
class Spread:
    """A score over the seeds of one recipe: mean and standard deviation (n - 1)."""

    members: list[int]
    mean: float
    sd: float


@dataclass(frozen=True)
class Contrast:
    """Two recipes over several seeds each; ``apart`` where the ranges mean ± sd don't meet."""

    first: Spread
    second: Spread
    apart: bool


@dataclass(frozen=True)
class Line:
    """One metric, in one treatment of noise, of all clusterings of a table."""

    metric: str
    noise: str
    direction: str
    labels: bool
    cells: list[Cell | None]
    differences: list[Difference]
    spreads: list[Spread] = field(default_factory=list)
    contrasts: list[Contrast] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """The scores of one split."""

    split: str
    lines: list[Line]


def tables(
    lane: Lane, shared: Mapping[tuple[str, str], Shared], groups: Sequence[Group], order: list[str]
) -> list[Table]:
    """Set the scores of a lane side by side.

    Parameters
    ----------
    lane
        The clusterings.
    shared
        The rows that runs share, by the letters of both.
    groups
        The repetitions, by position among the runs.
    order
        The letters of the runs, in order.
    """
    found = [_scores(subject) for subject in lane.subjects]
    every = dict.fromkeys(key for scores in found for key in scores)
    result = []
    for split in dict.fromkeys(split for split, _, _ in every):
        tested = _paired(lane, shared, split)
        lines = []
        for metric in metrics_in_order(m for s, m, _ in every if s == split):
            for noise in TREATMENTS:
                if (split, metric, noise) in every:
                    of = [_score(scores, split, metric, noise) for scores in found]
                    lines.append(_line(lane, of, noise, split, shared, tested))
        lines = [line for line in lines if not _idle(line)]
        result.append(Table(split, [_with_spreads(line, lane, groups, order) for line in lines]))
    return result


def _idle(line: Line) -> bool:
    """Tell whether a line only describes, and is 0 for all: a share of noise where there is none."""
    return line.direction == "none" and not any(cell and cell.value for cell in line.cells)


def _scores(subject: Subject) -> dict[tuple[str, str, str], Score]:
    return {
        (str(s.get("split")), str(s.get("metric")), str(s.get("noise"))): s
        for s in subject.run.content.scores
        if s.get("clusterer") == subject.clusterer
    }


def _score(
    scores: Mapping[tuple[str, str, str], Score], split: str, metric: str, noise: str
) -> Score | None:
    """Return a score; one without noise is the same in every treatment of noise."""
    found = scores.get((split, metric, noise))
    if found is None and (plain := scores.get((split, metric, "excluded"))):
        return plain if plain.get("coverage") == 1 else None
    return found


def _line(
    lane: Lane,
    scores: list[Score | None],
    noise: str,
    split: str,
    shared: Mapping[tuple[str, str], Shared],
    tested: Mapping[tuple[int, str], dict[str, tuple[float, float, float, float]]],
) -> Line:
    some = next(score for score in scores if score)
    metric = str(some.get("metric"))
    cells = [_cell(score) for score in scores]
    differences = []
    for i in range(1, len(cells)):
        a, b, x, y = scores[0], scores[i], cells[0], cells[i]
        if a is None or b is None or x is None or y is None:
            continue
        first, second = lane.subjects[0], lane.subjects[i]
        between = shared[first.run.letter, second.run.letter]
        known = x.value is not None and y.value is not None
        told = marks(first, second, split, between, (a, b)) if known else []
        differences.append(_difference(i, x, y, told, tested.get((i, noise), {}).get(metric)))
    return Line(
        metric=metric,
        noise=noise,
        direction=str(some.get("direction")),
        labels=bool(some.get("labels")),
        cells=cells,
        differences=differences,
    )


def _cell(score: Score | None) -> Cell | None:
    if score is None:
        return None
    n = score.get("n")
    return Cell(
        value=number(score.get("value")),
        low=number(score.get("low")),
        high=number(score.get("high")),
        n=n if isinstance(n, int) else None,
        coverage=number(score.get("coverage")),
        exact=bool(score.get("exact", True)),
        reason=str(score.get("reason") or ""),
    )


def number(value: Any) -> float | None:
    """Return a finite number as such, None for all else."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None


def _difference(
    place: int,
    a: Cell,
    b: Cell,
    told: list[Mark],
    test: tuple[float, float, float, float] | None,
) -> Difference:
    if a.value is None or b.value is None:
        return Difference(0, place, None)
    value = b.value - a.value
    if any(mark.void for mark in told):
        return Difference(0, place, value, marks=told)
    # The indices of the bootstrap are ours; a plugin's metric of the same name may be another.
    if test and abs(test[0] - a.value) < 1e-6 and abs(test[1] - b.value) < 1e-6:
        low, high = test[2:]
        return Difference(0, place, value, low, high, low > 0 or high < 0, "paired", told)
    if a.low is not None and a.high is not None and b.low is not None and b.high is not None:
        apart = a.high < b.low or b.high < a.low
        return Difference(0, place, value, apart=apart, by="intervals", marks=told)
    return Difference(0, place, value, apart=False if abs(value) < SAME else None, marks=told)


def _paired(
    lane: Lane, shared: Mapping[tuple[str, str], Shared], split: str
) -> dict[tuple[int, str], dict[str, tuple[float, float, float, float]]]:
    """Bootstrap the differences from the first clustering, where both have the same rows."""
    result: dict[tuple[int, str], dict[str, tuple[float, float, float, float]]] = {}
    first = lane.subjects[0]
    for i, second in enumerate(lane.subjects[1:], start=1):
        between = shared[first.run.letter, second.run.letter]
        told = between.splits.get(split)
        x, y = first.labels, second.labels
        if x is None or y is None or told is None or not told.whole:
            continue
        rows = first.run.rows
        at, to = of_split(first, between, split)
        truth, a, b = rows.truth[at], x[at], y[to]
        known = (truth >= 0) & (a >= -1) & (b >= -1)
        if not known.any() or not ((a >= -1) & (b >= -1)).all():
            continue
        truth, a, b = truth[known], a[known], b[known]
        found = paired(truth, a, b)
        noisy = bool((a < 0).any() or (b < 0).any())
        result[i, "cluster"] = found
        if not noisy:
            result[i, "excluded"] = found
    return result


def of_split(subject: Subject, shared: Shared, split: str) -> tuple[IntArray, IntArray]:
    """Return where the shared rows of one split stand in both runs: two int64 (n,)."""
    rows = subject.run.rows
    if split not in rows.splits:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    here = rows.split[shared.first] == rows.splits.index(split)
    return shared.first[here], shared.second[here]


def _with_spreads(line: Line, lane: Lane, groups: Sequence[Group], order: list[str]) -> Line:
    spreads = []
    for group in groups:
        letters = [order[place] for place in group.runs]
        members = [i for i, subject in enumerate(lane.subjects) if subject.run.letter in letters]
        values = [cell.value for i in members if (cell := line.cells[i]) and cell.value is not None]
        clusterers = {lane.subjects[i].clusterer for i in members}
        if len(values) > 1 and len(values) == len(members) and len(clusterers) == 1:
            spreads.append(Spread(members, float(np.mean(values)), float(np.std(values, ddof=1))))
    return replace(line, spreads=spreads, contrasts=_contrasts(line, spreads))


def _contrasts(line: Line, spreads: Sequence[Spread]) -> list[Contrast]:
    """Set the first recipe against each other, where no difference between their runs is void."""
    void = {difference.second for difference in line.differences if difference.void}
    return [
        Contrast(spreads[0], other, abs(other.mean - spreads[0].mean) > other.sd + spreads[0].sd)
        for other in spreads[1:]
        if 0 in spreads[0].members and not void & set(other.members)
    ]
