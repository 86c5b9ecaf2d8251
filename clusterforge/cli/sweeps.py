"""What a sweep shows: a table that moves while it runs, and the best trials at its end."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from clusterforge.cli import terminal
from clusterforge.cli.moving import Moving, console
from clusterforge.cli.watch import last_words
from clusterforge.formats import NONE, count, duration, number
from clusterforge.search.closeness import closeness, without_value
from clusterforge.search.driver import Sweeping, Watcher
from clusterforge.search.folder import SweepFolder
from clusterforge.search.pareto import ranked, value_of
from clusterforge.search.records import ObjectiveRecord, TrialRecord
from clusterforge.search.space import label, many
from clusterforge.search.trial import Task

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.table import Table as RichTable
    from rich.text import Text

SHOWN = 8  # best trials that the live table shows
TOP = 5  # that stdout shows at the end


class Table(Moving["Live"], Watcher):
    """Shows the best trials and those under way; without a terminal, one line per trial; on stderr.

    Parameters
    ----------
    quiet
        Show warnings only.
    """

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet)
        self._sweep: Sweeping | None = None
        self._busy: dict[int, Task] = {}
        self._start = time.monotonic()

    def _drawing(self) -> Live:
        """Return the table."""
        from rich.live import Live

        return Live(
            console=console(), transient=True, refresh_per_second=2, get_renderable=self._rendered
        )

    def _under_way(self) -> str:
        """Return which trials take so long."""
        busy = ", ".join(f"trial {number}" for number in sorted(self._busy)) or "sweep"
        return f"{busy}: under way, {duration(time.monotonic() - self._start)} since the start"

    def begun(self, sweep: Sweeping) -> None:
        """Say how many trials there are to come."""
        self.folder, self._sweep = sweep.folder, sweep
        last_words(f"resume with: clusterforge sweep --resume {shlex.quote(str(sweep.folder))}")
        if self.quiet:
            return
        total, before = sweep.chooser.total, len(sweep.ended)
        size = sweep.space.size
        of = f" of {many(size)} combinations" if size is not None and size != total else ""
        terminal.note(
            f"{count(total, 'trial')}{of}" + (f", {before:,} of them done" if before else "")
        )

    def trial_begun(self, task: Task) -> None:
        """Show the trial among those under way."""
        self._busy[task.number] = task

    def trial_ended(self, trial: TrialRecord) -> None:
        """Show what the trial gave."""
        self._busy.pop(trial.number, None)
        if not self._drawn and not self.quiet and self._sweep:
            chosen = _running(self._sweep)
            shown = ", ".join(f"{one.title} {_value(trial, one)}" for one in chosen)
            result = shown if trial.state == "complete" else f"failed: {trial.problem}"
            place = f"{len(self._sweep.ended)}/{self._sweep.chooser.total}"
            terminal.note(f"{place}  trial {trial.number}: {words(trial.values)}: {result}")

    def warning(self, text: str) -> None:
        """Show a warning."""
        self._line(f"warning: {text}")

    def _rendered(self) -> RenderableType:
        """Return what a terminal shows now; drawn from another thread, so of copies."""
        if self._sweep is None:
            return ""
        return _table(self._sweep, dict(self._busy), time.monotonic() - self._start)


def show_top(done: SweepFolder) -> None:
    """Print the best trials of a sweep as a table on stdout, and what to try next."""
    from clusterforge.search.page import next_steps

    sweep = done.sweep
    best = ranked(done.trials, sweep.objectives)[:TOP]
    metrics = [
        name
        for name, metric in sweep.metrics.items()
        if metric.headline and metric.labels and sweep.labelled
    ][:3]
    headers = ["trial", *(axis.key for axis in sweep.axes), *(o.title for o in sweep.objectives)]
    headers += [sweep.metrics[name].title for name in metrics] + ["clusters", "time"]
    rows = [
        [
            str(trial.number),
            *(NONE if (v := trial.values.get(a.key)) is None else label(v) for a in sweep.axes),
            *(_value(trial, one) for one in sweep.objectives),
            *(number(trial.score(name)) for name in metrics),
            str(trial.clusters),
            duration(trial.seconds),
        ]
        for trial in best
    ]
    terminal.grid(headers, rows, {(0, column) for column in range(len(headers))})
    lines = [without_value(best, one) for one in sweep.objectives]
    lines = [f"{NONE} {line}" for line in lines if line]
    if said := closeness(done.trials, sweep.objectives):
        lines.append(said)
    lines += next_steps(sweep, done.trials)
    if lines:
        terminal.result()
    for line in lines:
        terminal.wrapped(line, "  ")
    trials = f"{count(len(done.trials), 'trial')} in {duration(sweep.seconds)}"
    saved = f"; shared stages saved {duration(sweep.saved)}" if sweep.saved >= 1 else ""
    terminal.result()
    terminal.result(f"{trials}{saved}")


def words(values: Mapping[str, JsonValue]) -> str:
    """Return what a trial sets, in one line."""
    return ", ".join(f"{key} {label(value)}" for key, value in values.items())


def _table(sweep: Sweeping, busy: Mapping[int, Task], seconds: float) -> RichTable:
    from rich.table import Table as RichTable

    objectives = _running(sweep)
    title = f"{len(sweep.ended):,} of {sweep.chooser.total:,} trials, {duration(seconds)}"
    table = RichTable(box=None, title=title, title_justify="left", pad_edge=False)
    table.add_column("trial", justify="right")
    for one in objectives:
        table.add_column(terminal.plain(one.title), justify="right")
    table.add_column("values", overflow="ellipsis", no_wrap=True)
    for trial in ranked(list(sweep.ended.values()), objectives)[:SHOWN]:
        cells = [_value(trial, one) for one in objectives]
        table.add_row(str(trial.number), *cells, _text(words(trial.values)))
    for task in busy.values():
        table.add_row(str(task.number), *("…" for _ in objectives), _text(words(task.values)))
    return table


def _running(sweep: Sweeping) -> list[ObjectiveRecord]:
    """Return the objectives that have values while trials are under way."""
    return [one.record for one in sweep.objectives if not one.record.comparative]


def _text(value: str) -> Text:
    from rich.text import Text

    return Text(terminal.plain(value))


def _value(trial: TrialRecord, objective: ObjectiveRecord) -> str:
    return number(value_of(trial, objective))
