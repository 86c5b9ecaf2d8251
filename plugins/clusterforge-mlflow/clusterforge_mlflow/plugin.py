"""Lifecycle hooks that log what a run tells to MLflow. MLflow is imported by a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.hookspecs import hookimpl

if TYPE_CHECKING:
    from clusterforge.runs.records import ScoreRecord
    from clusterforge_mlflow.run_log import RunLog

CONTRACTS = 1  # the version of clusterforge's contracts that this is written for

STORE_VARIABLE = "MLFLOW_TRACKING_URI"
DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # MLflow's own 7 hold a run up for minutes where the server can't be reached.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    # That it makes its tables is no news.
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    # Stdout is for results, which a program may read.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
_LOGS: dict[Path, RunLog] = {}


@hookimpl
def clusterforge_run_started(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Begin a run of MLflow, or go on with the one that this folder began."""
    if not os.environ.get(STORE_VARIABLE) and "PYTEST_VERSION" in os.environ:
        return  # somebody's tests, which did not ask for this
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    from clusterforge_mlflow.run_log import RunLog

    _LOGS[folder] = RunLog(folder, recipe)


@hookimpl
def clusterforge_epoch_finished(
    folder: Path, stage: str, phase: str, values: Mapping[str, float]
) -> None:
    """Log the epoch's values."""
    if log := _LOGS.get(folder):
        log.epoch(stage, phase, values)


@hookimpl
def clusterforge_stage_finished(folder: Path) -> None:
    """Send what is waiting."""
    if log := _LOGS.get(folder):
        log.send()


@hookimpl
def clusterforge_run_finished(folder: Path, scores: tuple[ScoreRecord, ...]) -> None:
    """Log scores, tags and artifacts; the run is FINISHED."""
    if log := _LOGS.pop(folder, None):
        log.finish(scores)


@hookimpl
def clusterforge_run_failed(folder: Path, reason: str, interrupted: bool) -> None:
    """Log the reason; the run is FAILED, or KILLED by a signal."""
    if log := _LOGS.pop(folder, None):
        log.fail(reason, interrupted)
