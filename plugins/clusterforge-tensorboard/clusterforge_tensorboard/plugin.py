"""Lifecycle hooks that write what a run tells to an event file. TensorBoard is imported by a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.hookspecs import hookimpl

if TYPE_CHECKING:
    from clusterforge.runs.records import ScoreRecord
    from clusterforge_tensorboard.run_log import RunLog

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for

FOLDER_VARIABLE = "CLUSTERFORGE_TENSORBOARD_DIR"
_LOGS: dict[Path, RunLog] = {}


@hookimpl
def clusterforge_run_started(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Open the event file."""
    named = os.environ.get(FOLDER_VARIABLE)
    if not named and "PYTEST_VERSION" in os.environ:
        return  # somebody's tests, which did not ask for this
    from clusterforge_tensorboard.run_log import RunLog

    _LOGS[folder] = RunLog(folder, recipe, Path(named).expanduser() if named else None)


@hookimpl
def clusterforge_epoch_finished(
    folder: Path, stage: str, phase: str, values: Mapping[str, float]
) -> None:
    """Write the epoch's values."""
    if log := _LOGS.get(folder):
        log.epoch(stage, phase, values)


@hookimpl
def clusterforge_run_finished(folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
    """Write the scores and close the file."""
    if log := _LOGS.pop(folder, None):
        log.finish(scores)


@hookimpl
def clusterforge_run_failed(folder: Path, reason: str) -> None:
    """Write the reason and close the file."""
    if log := _LOGS.pop(folder, None):
        log.fail(reason)
