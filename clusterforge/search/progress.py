"""Progress of a sweep from Python: log records and, in a notebook, one line that moves."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable

from clusterforge.formats import number
from clusterforge.pipeline.progress import cell_output
from clusterforge.search.driver import Sweeping, Watcher
from clusterforge.search.pareto import value_of
from clusterforge.search.records import TrialRecord
from clusterforge.search.space import label

LOGGER = logging.getLogger("clusterforge")


class LogTrials(Watcher):
    """Writes each trial to the logger ``clusterforge``: INFO, warnings WARNING.

    Parameters
    ----------
    show
        Replaces what a notebook's cell shows by this HTML; None outside of notebooks.
    """

    def __init__(self, show: Callable[[str], None] | None = None) -> None:
        self._show = show
        self._sweep: Sweeping | None = None

    def begun(self, sweep: Sweeping) -> None:
        """Log the folder and how many trials there are to come."""
        self._sweep = sweep
        LOGGER.info("sweep %s: %d trials", sweep.folder, sweep.chooser.total)

    def trial_ended(self, trial: TrialRecord) -> None:
        """Log what the trial gave, and show how far the sweep is."""
        assert self._sweep is not None
        records = [one.record for one in self._sweep.objectives]
        first = next((one for one in records if not one.comparative), records[0])
        words = ", ".join(f"{key} {label(value)}" for key, value in trial.values.items())
        result = trial.problem or f"{first.title} {number(value_of(trial, first))}"
        LOGGER.info("trial %d: %s: %s", trial.number, words, result)
        if self._show:
            best = self._sweep.best
            place = f"{len(self._sweep.ended)} of {self._sweep.chooser.total} trials"
            state = f", best {first.title} {number(value_of(best, first))}" if best else ""
            self._show(html.escape(place + state))

    def warning(self, text: str) -> None:
        """Log a warning."""
        LOGGER.warning("%s", text)


def default_watcher() -> Watcher:
    """Return who is told of a sweep where the caller names nobody."""
    return LogTrials(cell_output())
