"""Progress from Python: events of a run as log records and, in a notebook, one line that moves.

The logger is ``clusterforge``: stages and runs are INFO, epochs DEBUG, warnings WARNING, so that a
program hears of warnings without setting anything up, and of the rest after
``logging.basicConfig(level="INFO")``.
"""

from __future__ import annotations

import html
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from clusterforge.formats import duration
from clusterforge.pipeline.events import Observer
from clusterforge.runs.records import ScoreRecord

LOGGER = logging.getLogger("clusterforge")
REDRAW = 0.2  # seconds between two states of the line in a notebook


class Log(Observer):
    """Writes what a run does to the logger ``clusterforge``."""

    def __init__(self) -> None:
        self._warnings: set[str] = set()

    def run_started(self, folder: Path, recipe: Mapping[str, Any], stages: list[str]) -> None:
        """Log the folder and the number of stages."""
        LOGGER.info("run %s: %d stages", folder, len(stages))

    def run_estimated(self, text: str) -> None:
        """Log what the run will cost."""
        LOGGER.info("%s", text)

    def stage_resumed(self, stage: str, place: str) -> None:
        """Log where a stage goes on."""
        LOGGER.info("%s: goes on after %s", stage, place)

    def epoch_finished(
        self, stage: str, phase: str, epoch: int, values: Mapping[str, float]
    ) -> None:
        """Log the values of one epoch."""
        text = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        LOGGER.debug("%s: %s, epoch %d: %s", stage, phase, epoch, text)

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        """Log how long a stage took."""
        LOGGER.info("%s: %s", stage, "reused" if reused else duration(seconds))

    def warning(self, text: str) -> None:
        """Log a warning; the same one only once."""
        if text not in self._warnings:
            self._warnings.add(text)
            LOGGER.warning("%s", text)

    def note(self, text: str) -> None:
        """Log what the recipe asked for."""
        LOGGER.info("%s", text)

    def run_finished(self, folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        """Log that the run is complete."""
        LOGGER.info("run %s: complete", folder)


class NotebookLine(Log):
    """Shows the stage under way in the output of a notebook's cell, and logs.

    Parameters
    ----------
    show
        Replaces what the cell shows by this HTML.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self._stages = 0
        self._finished = 0
        self._drawn = 0.0

    def run_started(self, folder: Path, recipe: Mapping[str, Any], stages: list[str]) -> None:
        """Remember how many stages there are."""
        super().run_started(folder, recipe, stages)
        self._stages = len(stages)

    def stage_started(self, stage: str) -> None:
        """Show the stage's name."""
        self._draw(stage, "", now=True)

    def progress(self, stage: str, done: float, total: float, text: str) -> None:
        """Show how far the stage is."""
        share = f"{done / total:.0%}" if total else ""
        self._draw(stage, " ".join(filter(None, (share, text))))

    def epoch_finished(
        self, stage: str, phase: str, epoch: int, values: Mapping[str, float]
    ) -> None:
        """Show the epoch and its loss."""
        super().epoch_finished(stage, phase, epoch, values)
        loss = f", loss {values['loss']:.4g}" if "loss" in values else ""
        self._draw(stage, f"{phase}, epoch {epoch}{loss}")

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        """Count the stage."""
        super().stage_finished(stage, reused, seconds)
        self._finished += 1

    def run_finished(self, folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
        """Leave the folder of the run."""
        super().run_finished(folder, scores)
        self._show(f"<code>{html.escape(str(folder))}</code>")

    def run_failed(self, error: BaseException) -> None:
        """Leave the place where the run ended early; the error is the notebook's to show."""
        self._show(f"ended early after {self._finished} of {self._stages} stages")

    def _draw(self, stage: str, text: str, now: bool = False) -> None:
        if not now and monotonic() - self._drawn < REDRAW:
            return
        self._drawn = monotonic()
        place = f"{min(self._finished + 1, self._stages)}/{self._stages}" if self._stages else ""
        self._show(html.escape(" · ".join(filter(None, (place, stage, text)))))


def default_observer() -> Observer:
    """Return who is told of a run where the caller names nobody."""
    show = cell_output()
    return NotebookLine(show) if show else Log()


def cell_output() -> Callable[[str], None] | None:
    """Return what replaces the output of this notebook's cell; None where there is no notebook."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import HTML, display  # there, since this is a notebook

    handle = display(HTML(""), display_id=True)
    return lambda text: handle.update(HTML(text))
