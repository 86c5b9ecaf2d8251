"""Curves against the number of clusters (elbow, silhouette) and against a radius."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import Mark
from clusterforge.report.curves import Curve, Series
from clusterforge.report.text import short
from clusterforge.search.page.axes import Axis
from clusterforge.search.page.measures import Measure
from clusterforge.search.records import TrialRecord

FEWEST, MOST, MAX_NAME = 3, 6, 48
INERTIA = "inertia"
RADIUS = "eps"


@dataclass(frozen=True)
class _Line:
    """Trials that differ in one key only."""

    name: str
    trials: tuple[int, ...]


def curves(
    axes: Sequence[Axis], measures: Sequence[Measure], trials: Sequence[TrialRecord], best: int
) -> Iterator[Curve]:
    """Yield the charts of each key that is a number of clusters or a radius."""
    inertia = tuple(trial.details.get(INERTIA) for trial in trials)
    elbow = Measure(INERTIA, INERTIA, "lower", "record", "", inertia)
    for axis in axes:
        if axis.is_count:
            wanted = [one for one in measures if one.kind == "chooses" or one.name == "silhouette"]
            wanted.append(elbow)
        elif axis.numbers and axis.key.rpartition(".")[2] == RADIUS:
            wanted = [
                one
                for one in measures
                if one.name in ("clusters", "noise") or one.kind == "chooses"
            ]
        else:
            continue
        for measure in wanted:
            if (curve := _curve(axis, measure, axes, measures[0], trials, best)) is not None:
                yield curve


def _curve(
    axis: Axis,
    measure: Measure,
    axes: Sequence[Axis],
    judge: Measure,
    trials: Sequence[TrialRecord],
    best: int,
) -> Curve | None:
    x = [_number(trial.values.get(axis.key)) for trial in trials]
    known = [i for i, at in enumerate(x) if at is not None and measure.values[i] is not None]
    lines, note = _lines(axis, axes, known, x, judge, measure.name == INERTIA)
    series = tuple(_series(line, x, measure) for line in lines)
    if not series:
        return None
    at = x[best]
    marks = () if at is None else (Mark(at, f"best trial: {at:g}"),)
    title = {INERTIA: "elbow: inertia"}.get(measure.name, measure.title)
    return Curve(
        name=f"{axis.key}-{measure.name}",
        owner=axis.title,
        title=title,
        x_label=axis.title,
        y_label=measure.title,
        series=series,
        note=note,
        marks=marks,
    )


def _lines(
    axis: Axis,
    axes: Sequence[Axis],
    known: Sequence[int],
    x: Sequence[float | None],
    judge: Measure,
    one_space: bool,
) -> tuple[list[_Line], str]:
    """Return the lines of a chart, those with the best trials first, and a note on them.

    ``one_space``: whether the values compare within one embedding only.
    """
    others = [other for other in axes if other is not axis]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for trial in known:
        groups[tuple(other.text(trial) for other in others)].append(trial)
    usable = {k: g for k, g in groups.items() if len({x[trial] for trial in g}) >= FEWEST}
    if usable and len(usable) >= min(len(groups), MOST) / 2:
        differ = [i for i in range(len(others)) if len({k[i] for k in usable}) > 1]
        order = sorted(usable, key=lambda k: -_most(judge, usable[k]))
        lines = [
            _Line(
                short(", ".join(f"{others[i].title} {k[i]}" for i in differ), MAX_NAME),
                tuple(usable[k]),
            )
            for k in order[:MOST]
        ]
        if len(usable) == 1:
            return [_Line("trials", lines[0].trials)], ""
        more = len(usable) - len(lines)
        note = f"The {MOST} of {len(usable)} settings with the best trials." if more else ""
        return lines, note
    if one_space and any(not other.key.startswith("clusterer") for other in others):
        return [], ""
    if len({x[trial] for trial in known}) < FEWEST:
        return [], ""
    return [
        _Line("mean of trials", tuple(known))
    ], "With the standard deviation of trials of equal value."


def _series(line: _Line, x: Sequence[float | None], measure: Measure) -> Series:
    at: dict[float, list[float]] = defaultdict(list)
    for trial in line.trials:
        place, value = x[trial], measure.values[trial]
        assert place is not None
        assert value is not None
        at[place].append(value)
    places = sorted(at)
    several = any(len(values) > 1 for values in at.values())
    return Series(
        line.name,
        tuple(places),
        tuple(float(np.mean(at[place])) for place in places),
        error=tuple(float(np.std(at[place])) for place in places) if several else None,
    )


def _most(judge: Measure, trials: Sequence[int]) -> float:
    gains = judge.gains[list(trials)]
    return float(np.nanmax(gains)) if np.isfinite(gains).any() else -np.inf


def _number(value: object) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain else None  # type: ignore[arg-type]
