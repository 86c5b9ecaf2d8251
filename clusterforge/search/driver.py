"""The driver of a sweep: it alone chooses trials, writes the journal and says which is best."""

from __future__ import annotations

import json
import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from clusterforge import __version__
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.formats import count
from clusterforge.interrupts import raise_swallowed
from clusterforge.models.build import uses_labels
from clusterforge.pipeline.score import metrics_of
from clusterforge.recipe import Recipe, resolve
from clusterforge.recipe.source import with_values
from clusterforge.registry import Registry
from clusterforge.runs.manifest import write_manifest
from clusterforge.runs.records import MetricRecord, damaged
from clusterforge.search import folder as files
from clusterforge.search.correlation import against_labels
from clusterforge.search.engines import Engine
from clusterforge.search.folder import Journal, read_journal, write_journal
from clusterforge.search.objectives import AnyObjective, compared
from clusterforge.search.pareto import best_trial, front
from clusterforge.search.records import AxisRecord, SweepRecord, TrialRecord
from clusterforge.search.space import Range, Space
from clusterforge.search.study import Chooser
from clusterforge.search.trial import Outcome, Setting, Task
from clusterforge.specs import MetricSpec
from clusterforge.storage.atomic import write_array
from clusterforge.storage.tree import remove

ATTEMPTS = 3
STEP = 0.5  # seconds between two looks at the clock


class Watcher:
    """Told what a sweep does; this base class ignores it all."""

    def begun(self, sweep: Sweeping) -> None:
        """Begin; trials of an earlier session are there already."""

    def trial_begun(self, task: Task) -> None:
        """Begin a trial."""

    def trial_ended(self, trial: TrialRecord) -> None:
        """End a trial."""

    def warning(self, text: str) -> None:
        """Tell of something the user should know."""


@dataclass
class Sweeping:
    """A sweep under way.

    Parameters
    ----------
    recipe
        The recipe, validated.
    space, chooser, objectives
        What is tried, in which order, and how it is judged.
    setting
        What all trials share.
    folder
        The sweep's folder; it exists, is ours and holds the recipe.
    """

    recipe: Recipe
    registry: Registry
    space: Space
    chooser: Chooser
    objectives: Sequence[AnyObjective]
    setting: Setting
    folder: Path
    ended: dict[int, TrialRecord] = field(default_factory=dict)

    @property
    def best(self) -> TrialRecord | None:
        """The best trial so far."""
        return best_trial(self.ended.values(), [one.record for one in self.objectives])


class Driver:
    """Runs a sweep.

    Parameters
    ----------
    sweep
        What to do.
    engine
        Where trials run.
    within
        Seconds after which no trial is under way any more; None: as long as it takes.
    watcher
        Told of everything.
    """

    def __init__(
        self,
        sweep: Sweeping,
        engine: AbstractContextManager[Engine],
        within: float | None,
        watcher: Watcher,
    ) -> None:
        self.sweep, self.within, self.watcher = sweep, within, watcher
        self._engine = engine
        self._clock, self._started = time.perf_counter(), datetime.now(UTC)
        self._next = 0
        self._ready: deque[Task] = deque()
        self._busy: dict[int, str] = {}
        self._encoded: set[str] = set()
        self._data: dict[str, str] = {}
        self._warnings: list[str] = []
        self._own = 0.0  # seconds of the trials' own work in this session

    def run(self) -> SweepRecord:
        """Do all trials that are not done yet, and write what the sweep leaves.

        Raises
        ------
        InputError
            Where no trial has given results.
        EnvironmentProblem
            Where disk or workers fail; what has ended stays.
        """
        sweep = self.sweep
        journal_path = sweep.folder / files.TRIALS
        (sweep.folder / files.LABELS).mkdir(exist_ok=True)
        remove(sweep.setting.work)
        journal = Journal(journal_path)
        for trial in read_journal(journal_path):
            if trial.number >= sweep.chooser.total:
                raise damaged(journal_path, f"there is no trial {trial.number}")
            self._check_data(trial)
            sweep.ended[trial.number] = trial
        before = len(sweep.ended)
        self.watcher.begun(sweep)
        try:
            with self._engine as engine:
                for outcome in self._outcomes(engine):
                    self._keep(outcome, journal)
                name, workers = engine.name, engine.workers
        finally:
            journal.close()
            shutil.rmtree(sweep.setting.work, ignore_errors=True)
        return self._finish(name, workers, len(sweep.ended) - before)

    def _outcomes(self, engine: Engine) -> Iterator[Outcome]:
        """Yield outcomes as they come; tasks are begun while workers are free."""
        under_way: dict[int, Task] = {}
        while True:
            while len(under_way) < engine.workers and not self._late():
                task = self._task(bool(under_way))
                if task is None:
                    break
                engine.submit(task)
                under_way[task.number] = task
                self._busy[task.number] = self._encoders(task)
                self.watcher.trial_begun(task)
            if not under_way:
                return
            ended = engine.wait(None if self.within is None else STEP)
            for one in ended:
                del under_way[one.task.number]
                self._encoded.add(self._busy.pop(one.task.number))
                if one.outcome is not None:
                    yield one.outcome
                elif one.task.attempt < ATTEMPTS:
                    self._warn(f"trial {one.task.number}: {one.death}; it is tried again")
                    task = one.task
                    again = Task(task.number, task.values, task.rung, task.attempt + 1)
                    self._ready.appendleft(again)
                else:
                    yield Outcome(_dead(one.task, one.death))
            if self.within is not None and self._elapsed() > self.within and not ended:
                under = count(len(under_way), "trial")
                self._warn(f"{under} under way when the time was over: not waited for")
                return

    def _task(self, waiting: bool) -> Task | None:
        """Return the trial to begin now: one whose encoders no other trial is just fitting, if any."""
        self._fill()
        for place, task in enumerate(self._ready):
            encoders = self._encoders(task)
            if encoders in self._encoded or encoders not in self._busy.values():
                del self._ready[place]
                return task
        return None if waiting or not self._ready else self._ready.popleft()

    def _fill(self) -> None:
        """Take all trials that can be chosen by now."""
        while self._next < self.sweep.chooser.total:
            task = self.sweep.chooser.task(self._next, self.sweep.ended)
            if task is None:
                return
            self._next += 1
            earlier = self.sweep.ended.get(task.number)
            if earlier is None:
                self._ready.append(task)
            elif earlier.values != task.values:
                raise InputError(
                    f"trial {task.number} had other values when the sweep was interrupted",
                    file=str(self.sweep.folder),
                    remedy="begin the sweep anew in another folder",
                )

    def _encoders(self, task: Task) -> str:
        """Return what of a trial's values may change its encoders: trials alike in it share them."""
        own = {k: v for k, v in task.values.items() if not k.startswith("clusterer")}
        return json.dumps(own, sort_keys=True)

    def _keep(self, outcome: Outcome, journal: Journal) -> None:
        trial = outcome.record
        raise_swallowed()  # a trial may have failed by it
        self._check_data(trial)
        if outcome.labels is not None:
            write_array(self.sweep.folder / files.labels(trial.number), outcome.labels)
        journal.add(trial)
        self.sweep.ended[trial.number] = trial
        self._own += trial.work
        self.watcher.trial_ended(trial)

    def _check_data(self, trial: TrialRecord) -> None:
        """Refuse to mix trials of data that have changed meanwhile."""
        own = {k: v for k, v in trial.values.items() if k.startswith("dataset")}
        if trial.data and self._data.setdefault(json.dumps(own), trial.data) != trial.data:
            raise InputError(
                f"trial {trial.number} has other data than the trials before it: they have changed",
                file=str(self.sweep.folder),
                remedy="restore the data, or begin the sweep anew in another folder",
            )

    def _late(self) -> bool:
        """Tell whether another trial would end after the time is over."""
        if self.within is None:
            return False
        times = [trial.seconds for trial in self.sweep.ended.values()]
        return self._elapsed() + (median(times) if times else 0) > self.within

    def _elapsed(self) -> float:
        return time.perf_counter() - self._clock

    def _warn(self, text: str) -> None:
        self._warnings.append(text)
        self.watcher.warning(text)

    def _finish(self, engine: str, workers: int, done: int) -> SweepRecord:
        from clusterforge.search.page import write_page

        sweep, recipe = self.sweep, self.sweep.recipe
        sweep.ended = compared(sweep.ended, sweep.objectives, sweep.folder)
        trials = [sweep.ended[number] for number in sorted(sweep.ended)]
        write_journal(sweep.folder / files.TRIALS, trials)
        best = sweep.best
        if best is None:
            raise _nothing(trials, sweep.folder)
        if late := sweep.chooser.total - len(trials):
            self._warn(f"{late} of {sweep.chooser.total} trials did not end within the time")
        if failed := sum(trial.state == "failed" for trial in trials):
            self._warn(f"{failed} of {len(trials)} trials failed; the table of trials says why")
        best_recipe = resolve(with_values(sweep.setting.source, best.values), sweep.registry)
        if any(uses_labels(entry, sweep.registry) for entry in best_recipe.encoders):
            self._warn("the encoders of the best trial see the labels: its scores are too good")
        seconds = self._elapsed()
        objectives = [one.record for one in sweep.objectives]
        metrics = {
            entry.id: MetricRecord.of(entry.id, entry.spec(MetricSpec))
            for entry in metrics_of(recipe, sweep.registry)
        }
        assert recipe.search is not None
        clusterer = recipe.clusterer(recipe.search.clusterer).id
        record = SweepRecord(
            clusterforge=__version__,
            id=sweep.folder.name,
            name=recipe.name,
            description=recipe.description,
            method=recipe.search.method,
            trials=sweep.chooser.total,
            size=sweep.space.size,
            objectives=tuple(objectives),
            metrics=metrics,
            axes=tuple(axes_of(sweep.space)),
            clusterer=clusterer,
            engine=engine,
            workers=workers,
            started=self._started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(seconds, 3),
            saved=round(sum(trial.saved for trial in trials), 3),
            overhead=round(max(0.0, seconds * workers - self._own) / max(1, done), 4),
            best=best.number,
            front=tuple(trial.number for trial in front(trials, objectives)),
            rows=max((score.rows for score in best.scores), default=0),
            labelled=any(metrics[score.metric].labels for score in best.scores),
            against_labels=tuple(
                against_labels(
                    (trial for trial in trials if trial.rung == best.rung), objectives, metrics
                )
            ),
            warnings=tuple(self._warnings),
        )
        record.write(sweep.folder / files.SWEEP)
        files.write_table(sweep.folder / files.TABLE, trials, record)
        self._write_best(best, best_recipe)
        write_page(sweep.folder, record, trials)
        write_manifest(sweep.folder)
        return record

    def _write_best(self, best: TrialRecord, recipe: Recipe) -> None:
        """Write the recipe of the best trial, ready to run."""
        sweep = self.sweep
        comment = (
            f"Trial {best.number}, the best of {len(sweep.ended)} of the sweep {sweep.folder.name}.\n"
            "It computes with the threads that trials had, so that it finds their stages finished.\n"
            f"  clusterforge run {sweep.folder / files.BEST}"
        )
        files.write_recipe(sweep.folder / files.BEST, recipe.given(), comment)


def axes_of(space: Space) -> Iterator[AxisRecord]:
    """Yield the record of each key that varies."""
    for key, domain in space.axes().items():
        if isinstance(domain, Range):
            yield AxisRecord(key=key, low=domain.low, high=domain.high, log=domain.log)
        else:
            yield AxisRecord(key=key, values=tuple(option.value for option in domain.options))


def _dead(task: Task, death: str) -> TrialRecord:
    return TrialRecord(
        number=task.number,
        rung=task.rung,
        values=task.values,
        state="failed",
        problem=f"{death}, {task.attempt} times",
        seconds=0.0,
        attempts=task.attempt,
    )


def _nothing(trials: Sequence[TrialRecord], folder: Path) -> InputError | EnvironmentProblem:
    problems = [trial.problem or _reason(trial) for trial in trials]
    if not problems:
        return EnvironmentProblem(f"{folder}: no trial has ended within the time; give it more")
    most = max(problems, key=problems.count)  # of several, that of the first trial
    return InputError(
        f"none of {count(len(trials), 'trial')} gave results; {problems.count(most)} of them: {most}",
        file=str(folder),
        remedy="run one of them alone: clusterforge run with --set",
    )


def _reason(trial: TrialRecord) -> str:
    return next(
        (one.reason for one in trial.objectives.values() if one.reason), "no objective is defined"
    )
