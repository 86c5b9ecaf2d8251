"""What a run shows while it runs: bars on a terminal, else one line per finished stage; on stderr."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.cli import terminal
from clusterforge.cli.moving import Moving, console
from clusterforge.cli.watch import last_words
from clusterforge.formats import duration
from clusterforge.pipeline.events import Observer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from clusterforge.runs.records import ScoreRecord


class Display(Moving["Progress"], Observer):
    """Draws the progress of a run.

    Parameters
    ----------
    quiet
        Show warnings only.
    """

    def __init__(self, quiet: bool = False) -> None:
        super().__init__(quiet)
        self.warnings: list[str] = []
        self._tasks: dict[str, TaskID] = {}
        self._now = ""  # the stage under way, how far it is, and since when
        self._far, self._since = "", time.monotonic()

    def _under_way(self) -> str:
        """Return what takes so long, where no bar does."""
        so_far = duration(time.monotonic() - self._since)
        return terminal.plain(f"{self._now or 'run'}: under way for {so_far}{self._far}")

    @property
    def resume(self) -> str | None:
        """The command that goes on with an interrupted run; None where there is none, or it is done."""
        from clusterforge.runs.manifest import is_complete

        if self.folder is None or not (self.folder / "recipe.toml").is_file():
            return None
        if is_complete(self.folder):
            return None
        return f"resume with: clusterforge run --resume {shlex.quote(str(self.folder))}"

    def run_started(self, folder: Path, recipe: Mapping[str, Any], stages: list[str]) -> None:
        """Remember the folder, which an interrupted run is resumed from."""
        self.folder = folder
        last_words(self.resume or "")

    def run_finished(self, folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        """End: there is nothing to resume."""
        last_words("")

    def run_estimated(self, text: str) -> None:
        """Say what the run will cost."""
        if not self.quiet:
            self._line(text)

    def stage_started(self, stage: str) -> None:
        """Draw the stage's bar; it has no length until the stage reports one."""
        self._now, self._far, self._since = stage, "", time.monotonic()
        if self._drawn:
            self._tasks[stage] = self._drawn.add_task(terminal.plain(stage), total=None, text="")

    def stage_resumed(self, stage: str, place: str) -> None:
        """Say where training goes on."""
        if not self.quiet:
            self._line(f"{stage}: goes on after {place}")

    def progress(self, stage: str, done: float, total: float, text: str) -> None:
        """Move the stage's bar."""
        self._far = f", {done / total:.0%} done" if total else ""
        if self._drawn and stage in self._tasks:
            self._drawn.update(
                self._tasks[stage], completed=done, total=total, text=terminal.plain(text)
            )

    def epoch_finished(
        self, stage: str, phase: str, epoch: int, values: Mapping[str, float]
    ) -> None:
        """Show the loss next to the bar."""
        if self._drawn and stage in self._tasks and "loss" in values:
            text = f"{phase}, epoch {epoch}, loss {values['loss']:.4g}"
            self._drawn.update(self._tasks[stage], text=terminal.plain(text))

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        """Replace the bar by a line."""
        self._now, self._far, self._since = "", "", time.monotonic()
        line = f"{stage}: {'reused' if reused else duration(seconds)}"
        if self._drawn and stage in self._tasks:
            self._drawn.remove_task(self._tasks.pop(stage))
        if not self.quiet:
            self._line(line)

    def warning(self, text: str) -> None:
        """Show a warning; the same one only once."""
        if text not in self.warnings:
            self.warnings.append(text)
            self._line(f"warning: {text}")

    def note(self, text: str) -> None:
        """Say what the recipe asked for."""
        if not self.quiet:
            self._line(text)

    def _drawing(self) -> Progress:
        """Return the bars."""
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[text]}", markup=False),
            console=console(),
            transient=True,
        )
