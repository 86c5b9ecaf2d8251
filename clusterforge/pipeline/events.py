"""What a run tells while it runs. The command line draws it; a tracker records it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pluggy

from clusterforge.errors import ClusterforgeError
from clusterforge.registry import one_line
from clusterforge.runs.records import ScoreRecord

ENDS = {"clusterforge_run_finished", "clusterforge_run_failed"}


class Observer:
    """Told what a run does; this base class ignores it all."""

    def run_started(self, folder: Path, recipe: Mapping[str, Any], stages: list[str]) -> None:
        """Begin: ``stages`` are the names of all stages to come, in order."""

    def run_estimated(self, text: str) -> None:
        """Tell what the run will cost, once the data are there: ``about 3 min, …``."""

    def stage_started(self, stage: str) -> None:
        """Begin a stage."""

    def stage_resumed(self, stage: str, place: str) -> None:
        """Tell that a stage goes on after a place in its training: ``epoch 3 of phase pretrain``."""

    def progress(self, stage: str, done: float, total: float, text: str) -> None:
        """Tell how far a stage is."""

    def epoch_finished(
        self, stage: str, phase: str, epoch: int, values: Mapping[str, float]
    ) -> None:
        """Tell the values of one epoch."""

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        """End a stage."""

    def warning(self, text: str) -> None:
        """Tell of something the user should know."""

    def note(self, text: str) -> None:
        """Tell of something that the recipe asked for: rows that it leaves out."""

    def run_finished(self, folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        """End: the run is complete, its manifest written."""

    def run_failed(self, error: BaseException) -> None:
        """End early: the error goes on to the caller."""


class Hooked(Observer):
    """Passes every event on to an observer and to the lifecycle hooks of plugins.

    Each hook gets values of its own. One that fails is a warning, never the end of a run. The hooks of
    its package are then left out, so that a tracker that can't be reached costs one wait and not one
    an epoch; but when the run ends it is told, so that it can close what it began.
    """

    def __init__(self, observer: Observer, manager: pluggy.PluginManager) -> None:
        self.observer, self.manager = observer, manager
        self.folder: Path | None = None
        self._left_out: set[str] = set()

    def run_started(self, folder: Path, recipe: Mapping[str, Any], stages: list[str]) -> None:
        self.folder = folder
        self.observer.run_started(folder, recipe, stages)
        self._call("clusterforge_run_started", folder=folder, recipe=recipe)

    def run_estimated(self, text: str) -> None:
        self.observer.run_estimated(text)

    def stage_started(self, stage: str) -> None:
        self.observer.stage_started(stage)

    def stage_resumed(self, stage: str, place: str) -> None:
        self.observer.stage_resumed(stage, place)

    def progress(self, stage: str, done: float, total: float, text: str) -> None:
        self.observer.progress(stage, done, total, text)

    def epoch_finished(
        self, stage: str, phase: str, epoch: int, values: Mapping[str, float]
    ) -> None:
        self.observer.epoch_finished(stage, phase, epoch, values)
        self._call(
            "clusterforge_epoch_finished",
            folder=self.folder,
            stage=stage,
            phase=phase,
            epoch=epoch,
            values=values,
        )

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        self.observer.stage_finished(stage, reused, seconds)
        self._call(
            "clusterforge_stage_finished",
            folder=self.folder,
            stage=stage,
            reused=reused,
            seconds=seconds,
        )

    def warning(self, text: str) -> None:
        self.observer.warning(text)

    def note(self, text: str) -> None:
        self.observer.note(text)

    def run_finished(self, folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        self.observer.run_finished(folder, scores)
        self._call("clusterforge_run_finished", folder=folder, scores=scores)

    def run_failed(self, error: BaseException) -> None:
        self.observer.run_failed(error)
        if self.folder is None:
            return
        interrupted = isinstance(error, KeyboardInterrupt)
        reason = str(error) if isinstance(error, ClusterforgeError) else one_line(error)
        self._call(
            "clusterforge_run_failed",
            folder=self.folder,
            reason="interrupted" if interrupted else reason,
            interrupted=interrupted,
        )

    def _call(self, hook: str, **values: Any) -> None:
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            if name in self._left_out and hook not in ENDS:
                continue
            try:
                given = {arg: deepcopy(values[arg]) for arg in implementation.argnames}
                implementation.function(**given)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # a hook may call sys.exit()
                self._left_out.add(name)
                self.observer.warning(
                    f"hook {hook} of {name} failed: {one_line(error)}; "
                    "its hooks are left out until the run ends"
                )
