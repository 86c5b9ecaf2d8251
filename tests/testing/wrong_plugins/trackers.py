"""A right tracker, and trackers that are wrong in one thing each: modules with hooks, by check."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from clusterforge.hookspecs import hookimpl
from clusterforge.runs.records import ScoreRecord

Change = Callable[[ModuleType], None]
WRONG: dict[str, Change] = {}


def wrong(check: str) -> Callable[[Change], Change]:
    """Add a change of the right tracker that a check has to catch."""

    def add(change: Change) -> Change:
        WRONG[check] = change
        return change

    return add


def right(name: str) -> ModuleType:
    """Return a module that writes one line for each event of a run."""
    module = ModuleType(name)
    module.files = {}

    @hookimpl
    def clusterforge_run_started(folder: Path) -> None:
        module.files[folder] = ["started"]

    @hookimpl
    def clusterforge_epoch_finished(folder: Path, epoch: int, values: dict[str, float]) -> None:
        if folder in module.files:
            module.files[folder].append(f"{epoch} {values['loss']}")

    @hookimpl
    def clusterforge_run_finished(folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        lines = module.files.pop(folder, [])
        (folder / "tracked.txt").write_text("\n".join([*lines, str(scores)]))

    @hookimpl
    def clusterforge_run_failed(folder: Path) -> None:
        module.files.pop(folder, None)

    for hook in (
        clusterforge_run_started,
        clusterforge_epoch_finished,
        clusterforge_run_finished,
        clusterforge_run_failed,
    ):
        setattr(module, hook.__name__, hook)
    return module


@wrong("tracks-run")
def reads_a_null_score(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_run_finished(folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        module.files.pop(folder, None)
        print(sum(score.value for score in scores))

    module.clusterforge_run_finished = clusterforge_run_finished


@wrong("tracks-failed-run")
def closes_what_it_did_not_open(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_run_failed(folder: Path) -> None:
        module.files.pop(folder, ["", ""])[1].close()

    module.clusterforge_run_failed = clusterforge_run_failed


@wrong("tracks-resumed-run")
def starts_once(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_run_started(folder: Path) -> None:
        (folder / "tracked").mkdir()
        module.files[folder] = []

    module.clusterforge_run_started = clusterforge_run_started


@wrong("tracks-runs-at-once")
def has_one_run(module: ModuleType) -> None:
    module.running = []

    @hookimpl
    def clusterforge_run_started(folder: Path) -> None:
        if module.running and module.running[0] != folder:
            raise RuntimeError("a run is open")
        module.running = [folder]
        module.files[folder] = []

    @hookimpl
    def clusterforge_run_finished(folder: Path) -> None:
        module.running = []

    @hookimpl
    def clusterforge_run_failed(folder: Path) -> None:
        module.running = []

    module.clusterforge_run_started = clusterforge_run_started
    module.clusterforge_run_finished = clusterforge_run_finished
    module.clusterforge_run_failed = clusterforge_run_failed


@wrong("tracker-ends-without-start")
def takes_the_start_for_granted(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_run_finished(folder: Path) -> None:
        module.files.pop(folder)

    module.clusterforge_run_finished = clusterforge_run_finished


@wrong("tracker-changes-nothing")
def empties_the_recipe(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_run_started(folder: Path, recipe: dict[str, object]) -> None:
        recipe.pop("metric")
        module.files[folder] = []

    module.clusterforge_run_started = clusterforge_run_started


@wrong("tracker-random-untouched")
def draws(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_epoch_finished(folder: Path) -> None:
        random.random()

    module.clusterforge_epoch_finished = clusterforge_epoch_finished


@wrong("tracker-quick")
def waits(module: ModuleType) -> None:
    @hookimpl
    def clusterforge_epoch_finished(folder: Path) -> None:
        time.sleep(0.001)

    module.clusterforge_epoch_finished = clusterforge_epoch_finished
