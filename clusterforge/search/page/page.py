"""The page of a sweep: what the templates and the scripts in it get."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from clusterforge.inline_toml import inline_toml
from clusterforge.report.curves import Curve
from clusterforge.report.html import environment, page
from clusterforge.report.palette import NOISE, colour
from clusterforge.report.paths import Paths
from clusterforge.report.text import embedded
from clusterforge.runs import files as run_files
from clusterforge.runs.manifest import is_complete
from clusterforge.runs.ranking import in_order
from clusterforge.runs.score_table import ARROWS
from clusterforge.search import folder as files
from clusterforge.search.page.axes import Axis, axes
from clusterforge.search.page.curves import curves
from clusterforge.search.page.importance import importance
from clusterforge.search.page.measures import Measure, measures
from clusterforge.search.page.summary import Sweep, advice, summary
from clusterforge.search.records import SweepRecord, TrialRecord
from clusterforge.storage.atomic import write_text

MAX_ROWS, MAX_SHOWN, MAX_NUMBERS, MAX_TRUTHS, MAX_TILES = 2_000, 100, 20, 3, 6
SCRIPTS = (
    *("make", "scale", "save", "charts", "tables"),
    *("trials", "parallel", "slices", "pairs", "sweep"),
)


@dataclass(frozen=True)
class StageCount:
    """A stage over all trials: how often it was computed and found finished, and what it took."""

    name: str
    computed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Trials without a result, or without a value, for the same reason."""

    reason: str
    trials: tuple[int, ...]


def write_page(folder: Path, sweep: SweepRecord, trials: Sequence[TrialRecord]) -> None:
    """Write ``sweep.html`` from the records of a sweep.

    Raises
    ------
    EnvironmentProblem
        Where it can't be written.
    """
    best = (folder / files.BEST).read_text("utf-8")
    runs = [trial.number for trial in trials if is_complete(folder / files.top(trial.number))]
    compared = runs if (folder / files.COMPARISON).is_file() else []
    write_text(folder / files.PAGE, render(sweep, trials, best, compared))


def render(
    record: SweepRecord, trials: Sequence[TrialRecord], recipe: str, compared: Sequence[int] = ()
) -> str:
    """Return the page of a sweep; the same records give the same text.

    Parameters
    ----------
    record, trials
        Of the sweep, and of each trial, by number.
    recipe
        The recipe of the best trial.
    compared
        The trials that were made into runs, whose comparison stands next to the page.
    """
    sweep = _sweep(record, trials)
    charts = list(curves(sweep.axes, sweep.measures, trials, sweep.best))
    paths = Paths(tomllib.loads(recipe), [trial.values for trial in trials])
    return page(
        environment("clusterforge.search", paths=paths, ARROWS=ARROWS),
        "sweep.html",
        ["report.css", "sweep.css"],
        [f"{name}.js" for name in SCRIPTS],
        sweep=sweep,
        record=record,
        trials=trials,
        best=trials[sweep.best],
        summary=summary(sweep),
        tiles=_tiles(sweep),
        order=_order(sweep)[:MAX_ROWS],
        truths=[name for name in in_order(record.metrics) if name in _truths(record)][:MAX_TRUTHS],
        against={(one.objective, one.metric): one for one in record.against_labels},
        curves=charts,
        stages=_stages(trials),
        failures=_failures(sweep),
        recipe=recipe,
        compared=compared,
        comparison=files.COMPARISON,
        report_of=lambda number: f"{files.top(number)}/{run_files.REPORT}",
        max_shown=MAX_SHOWN,
        max_numbers=MAX_NUMBERS,
        embedded=Markup(embedded(paths.value(_scripted(sweep, charts)))),  # noqa: S704 escapes
    )


def next_steps(record: SweepRecord, trials: Sequence[TrialRecord]) -> tuple[str, ...]:
    """Return what to try next, as the page says it."""
    return tuple(advice(_sweep(record, trials)))


def _truths(record: SweepRecord) -> set[str]:
    """Return the metrics with labels that objectives were held against."""
    return {one.metric for one in record.against_labels if one.correlation is not None}


def _sweep(record: SweepRecord, trials: Sequence[TrialRecord]) -> Sweep:
    of_axes, of_measures = axes(record, trials), measures(record, trials)
    return Sweep(
        record=record,
        trials=trials,
        axes=of_axes,
        measures=of_measures,
        best=next(i for i, trial in enumerate(trials) if trial.number == record.best),
        importances={
            axis.key: {one.name: importance(axis, one) for one in of_measures} for axis in of_axes
        },
    )


def _tiles(sweep: Sweep) -> list[Measure]:
    """Return what the first screen says of the best trial."""
    known = [one for one in sweep.measures if one.values[sweep.best] is not None]
    sizes = [one for one in known if one.name in ("clusters", "noise")]
    record, labels = ([one for one in known if one.kind == kind] for kind in ("record", "labels"))
    return [*(one for one in known if one.kind == "chooses"), *sizes, *labels[:2], *record][
        :MAX_TILES
    ]


def _order(sweep: Sweep) -> list[int]:
    """Return the places of the trials, the best first, those that failed last."""
    gains, trials = sweep.judge.gains, sweep.trials

    def key(i: int) -> tuple[bool, bool, bool, int, float, int]:
        trial, known = trials[i], bool(np.isfinite(gains[i]))
        gain = -float(gains[i]) if known else 0.0
        return trial.state == "failed", not known, i != sweep.best, -trial.rung, gain, trial.number

    return sorted(range(len(trials)), key=key)


def _stages(trials: Sequence[TrialRecord]) -> list[StageCount]:
    counts: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for trial in trials:
        for stage in trial.stages:
            of = counts[stage.stage]
            of[stage.reused] += 1
            of[2] += 0.0 if stage.reused else stage.seconds
    return [
        StageCount(name, int(computed), int(reused), seconds)
        for name, (computed, reused, seconds) in counts.items()
    ]


def _failures(sweep: Sweep) -> list[Failure]:
    """Return why trials gave no value, the most frequent reason first."""
    reasons: dict[str, list[int]] = defaultdict(list)
    for trial in sweep.trials:
        if trial.state == "failed":
            reasons[trial.problem or "no reason given"].append(trial.number)
            continue
        if trial.degenerate is not None:
            reasons[f"not judged: {trial.degenerate}"].append(trial.number)
            continue
        for name, found in trial.objectives.items():
            if found.value is None:
                reasons[f"no {name}: {found.reason or 'no reason given'}"].append(trial.number)
    order = sorted(reasons, key=lambda reason: (-len(reasons[reason]), reasons[reason][0]))
    return [Failure(reason, tuple(reasons[reason])) for reason in order]


def _scripted(sweep: Sweep, charts: Sequence[Curve]) -> dict[str, Any]:
    """Return what the scripts read."""
    place = {trial.number: i for i, trial in enumerate(sweep.trials)}
    return {
        "run": sweep.record.name,
        "noise": NOISE,
        "colours": [colour(i) for i in range(max((len(c.series) for c in charts), default=1))],
        "trials": [trial.number for trial in sweep.trials],
        "failed": [i for i, trial in enumerate(sweep.trials) if trial.state == "failed"],
        "best": sweep.best,
        "shown": MAX_SHOWN,
        "front": [place[number] for number in sweep.record.front],
        "axes": [
            {
                "key": axis.key,
                "title": axis.title,
                "places": axis.places,
                "options": axis.options,
                "written": _written(axis, sweep.trials),
                "log": axis.log,
                "importance": [_short([part])[0] for part in sweep.importances[axis.key].values()],
            }
            for axis in sweep.axes
        ],
        "measures": [
            {
                "name": one.name,
                "title": one.title,
                "direction": one.direction,
                "kind": one.kind,
                "values": _short(one.values),
            }
            for one in sweep.measures
        ],
        "charts": {chart.name: asdict(chart) for chart in charts},
    }


def _written(axis: Axis, trials: Sequence[TrialRecord]) -> list[str]:
    """Return each option as TOML, for ``--set``; none for a range."""
    written = [""] * len(axis.options)
    for trial, place in zip(trials, axis.places, strict=True):
        if axis.options and place is not None:
            written[int(place)] = inline_toml(trial.values[axis.key])
    return written


def _short(values: Sequence[float | None]) -> list[float | None]:
    """Return numbers with seven digits, enough for any chart."""
    return [value if value is None else float(f"{value:.7g}") for value in values]
