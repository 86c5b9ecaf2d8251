"""One run as one run of MLflow."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock
from mlflow import get_tracking_uri
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clusterforge.runs.records import ScoreRecord
from clusterforge_mlflow.names import key, params, score_key

MARK = ".mlflow.json"
LOCAL = "sqlite:"
ARTIFACTS = ("recipe.toml", "run.json", "metrics.json", "history.json", "report.html")
SEND_EVERY = 1.0  # seconds between requests while training
METRICS_AT_ONCE, PARAMS_AT_ONCE = 1000, 100  # MLflow's limits
LONGEST_TAG = 5000
FAILURE = "clusterforge.failure"


class RunLog:
    """A run of MLflow, and what waits to be sent to it.

    ``.mlflow.json`` in the run's folder keeps its id, so that a resumed run goes on in it.

    Parameters
    ----------
    folder
        The run's folder.
    recipe
        The resolved recipe.

    Raises
    ------
    mlflow.exceptions.MlflowException
        Where the store can't be used.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any]) -> None:
        self.folder = folder
        with alone(get_tracking_uri()):
            self.client = MlflowClient()
        self._steps: Counter[str] = Counter()
        self._waiting: list[Metric] = []
        self._known: set[tuple[str, int]] = set()
        self._next = 0.0
        self.run_id = self._begun() or self._new(recipe)

    def epoch(self, stage: str, phase: str, values: Mapping[str, float]) -> None:
        """Log ``<stage>/<phase>/<value>``; the step is the epoch within the stage."""
        self._steps[stage] += 1
        for name, value in values.items():
            self._metric(key(stage, phase, name), value, self._steps[stage])
        if time.monotonic() >= self._next:
            self.send()

    def send(self) -> None:
        """Send the metrics that wait."""
        while self._waiting:
            self.client.log_batch(self.run_id, metrics=self._waiting[:METRICS_AT_ONCE])
            del self._waiting[:METRICS_AT_ONCE]
        self._next = time.monotonic() + SEND_EVERY

    def finish(self, scores: tuple[ScoreRecord, ...]) -> None:
        """Log every score that has a value, what ``run.json`` says, and the files to look at."""
        try:
            # Epochs that were not told, for want of a server.
            self._steps.clear()
            self._next = math.inf
            history = json.loads((self.folder / "history.json").read_text("utf-8"))
            for line in history["epochs"]:
                self.epoch(line["stage"], line["phase"], line["values"])
            for score in scores:
                self._metric(score_key(score), score.value, 0)
            self.send()
            info = json.loads((self.folder / "run.json").read_text("utf-8"))
            self.client.log_batch(self.run_id, tags=tags(info))
            for name in ARTIFACTS:
                if (self.folder / name).is_file():
                    self.client.log_artifact(self.run_id, str(self.folder / name))
        finally:
            self.client.set_terminated(self.run_id, "FINISHED")

    def fail(self, reason: str, interrupted: bool) -> None:
        """Log the reason as a tag."""
        try:
            self.send()
            self.client.set_tag(self.run_id, FAILURE, reason[:LONGEST_TAG])
        finally:
            self.client.set_terminated(self.run_id, "KILLED" if interrupted else "FAILED")

    def _metric(self, name: str, value: float | None, step: int) -> None:
        if value is not None and (name, step) not in self._known:
            self._known.add((name, step))
            self._waiting.append(Metric(name, value, int(time.time() * 1000), step))

    def _begun(self) -> str | None:
        """Return the run that an earlier process began for this folder, running again."""
        try:
            mark = json.loads((self.folder / MARK).read_text("utf-8"))
            if mark["store"] != self.client.tracking_uri:
                return None
            run = self.client.get_run(mark["run"])
        except (OSError, ValueError, KeyError, TypeError, MlflowException):
            return None
        run_id: str = run.info.run_id
        if run.info.lifecycle_stage != "active":
            return None
        self._known = {
            (name, point.step)
            for name in run.data.metrics
            for point in self.client.get_metric_history(run_id, name)
        }
        self.client.update_run(run_id, status="RUNNING")
        if FAILURE in run.data.tags:
            self.client.delete_tag(run_id, FAILURE)
        return run_id

    def _new(self, recipe: Mapping[str, Any]) -> str:
        run = self.client.create_run(
            self._experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME") or recipe["name"]),
            run_name=self.folder.name,
            tags={
                "mlflow.source.name": "clusterforge",
                "mlflow.note.content": recipe.get("description", ""),
                "clusterforge.folder": str(self.folder.absolute()),
            },
        )
        run_id: str = run.info.run_id
        parameters = [Param(name, value) for name, value in params(recipe).items()]
        for start in range(0, len(parameters), PARAMS_AT_ONCE):
            self.client.log_batch(run_id, params=parameters[start : start + PARAMS_AT_ONCE])
        mark = {"store": self.client.tracking_uri, "run": run_id}
        (self.folder / MARK).write_text(json.dumps(mark), "utf-8")
        return run_id

    def _experiment(self, name: str) -> str:
        experiment = self.client.get_experiment_by_name(name)
        if experiment is None:
            try:
                created: str = self.client.create_experiment(name)
            except MlflowException:  # another process was quicker
                experiment = self.client.get_experiment_by_name(name)
                if experiment is None:
                    raise
            else:
                return created
        number: str = experiment.experiment_id
        return number


def tags(info: Mapping[str, Any]) -> list[RunTag]:
    """Return what ``run.json`` says as tags."""
    said = {
        "clusterforge.labels_in_training": info["labels_in_training"],
        "clusterforge.labels_used": info["labels_used"],
        "clusterforge.warnings": info["warnings"],
        "version.clusterforge": info["clusterforge"],
    }
    said |= {f"version.{name}": version for name, version in info["versions"].items()}
    said |= {f"version.{plugin['distribution']}": plugin["version"] for plugin in info["plugins"]}
    said |= {
        f"data.{name}": f"{split['rows']} rows, {split['fingerprint']}"
        for name, split in info["data"]["splits"].items()
    }
    return [
        RunTag(
            key(name),
            (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[
                :LONGEST_TAG
            ],
        )
        for name, value in said.items()
    ]


def alone(store: str) -> AbstractContextManager[BaseFileLock | None]:
    """Return a lock on a local database: two runs that begin at once would both make its tables."""
    if not store.startswith(LOCAL):
        return nullcontext()
    place = f"{Path.cwd()} {store}" if store.startswith(f"{LOCAL}///") else store
    name = hashlib.sha256(place.encode()).hexdigest()[:16]
    return FileLock(Path(tempfile.gettempdir()) / f"clusterforge-mlflow-{name}.lock")
