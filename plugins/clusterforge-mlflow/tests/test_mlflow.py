"""What a run logged, read back with MLflow's own client."""

from __future__ import annotations

import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import numpy as np
import pytest
from clusterforge_mlflow import run_log
from clusterforge_mlflow.names import params, score_key
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

import clusterforge
from clusterforge.errors import EnvironmentProblem
from clusterforge.pipeline.api import resume
from clusterforge.pipeline.events import Observer
from clusterforge.registry import Registry
from clusterforge.runs.records import ScoreRecord

RECIPE: dict[str, Any] = {
    "name": "tiny",
    "description": "A tiny one.",
    "dataset": {"use": "blobs", "rows": 90},
    "encoder": [
        {
            "use": "dec",
            "layers": [8],
            "dim": 2,
            "n_clusters": 3,
            "pretrain_epochs": 2,
            "epochs": 3,
            "batch": 32,
            "tolerance": 0.0,
        }
    ],
    "clusterer": [
        {"use": "kmeans", "n_clusters": 3},
        {"use": "dbscan", "eps": 1e-6, "id": "far"},
    ],
    "evaluation": {"null_draws": 0},
    "report": {"projection": "none", "figures": False},
}


class Ear(Observer):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        if not text.startswith("clusterer.1.far "):  # all noise, as meant
            self.warnings.append(text)


def registry() -> Registry:
    return Registry.installed("clusterforge-mlflow")


def run(folder: Path, ear: Observer | None = None, **changes: Any) -> clusterforge.Run:
    return clusterforge.run(RECIPE | changes, out=folder, registry=registry(), observer=ear)


def found(client: MlflowClient, experiment: str) -> Run:
    """The only run of an experiment."""
    known = client.get_experiment_by_name(experiment)
    [one] = client.search_runs([known.experiment_id], run_view_type=ViewType.ALL)
    return one


def points(client: MlflowClient, logged: Run) -> list[tuple[str, int, float]]:
    return sorted(
        (name, point.step, point.value)
        for name in logged.data.metrics
        for point in client.get_metric_history(logged.info.run_id, name)
    )


def expected(folder: Path) -> list[tuple[str, int, float]]:
    """What history.json and metrics.json hold, as MLflow should."""
    history = json.loads((folder / "history.json").read_text("utf-8"))["epochs"]
    scores = json.loads((folder / "metrics.json").read_text("utf-8"))["scores"]
    assert any(score["value"] is None for score in scores)
    epochs = [
        (f"{line['stage']}/{line['phase']}/{name}", step, value)
        for step, line in enumerate(history, 1)  # the recipe has one trained stage
        for name, value in line["values"].items()
    ]
    return sorted(
        epochs
        + [(score_key(ScoreRecord(**s)), 0, s["value"]) for s in scores if s["value"] is not None]
    )


@pytest.fixture(scope="module")
def done(store: Path) -> clusterforge.Run:
    state, numbers = random.getstate(), np.random.get_state()[1].copy()
    finished = run(store / "runs" / "one")
    assert random.getstate() == state
    assert (np.random.get_state()[1] == numbers).all()
    return finished


def test_epochs_and_scores_are_those_of_the_run(
    client: MlflowClient, done: clusterforge.Run
) -> None:
    logged = found(client, "tiny")
    assert logged.info.status == "FINISHED"
    assert logged.info.run_name == "one"
    assert points(client, logged) == expected(done.folder)
    assert logged.data.metrics["test/kmeans/accuracy"] == 1.0
    assert "train/far/accuracy.singletons" in logged.data.metrics
    steps = [
        p.step for p in client.get_metric_history(logged.info.run_id, "encoder.0.dec/dec/loss")
    ]
    assert steps == [3, 4, 5]


def test_parameters_tags_and_artifacts(
    client: MlflowClient, done: clusterforge.Run, store: Path
) -> None:
    logged = found(client, "tiny")
    recipe = json.loads((done.folder / "recipe.json").read_text("utf-8"))
    assert logged.data.params == params(recipe)
    assert logged.data.params["encoder.0.layers"] == "[8]"
    tags = logged.data.tags
    assert tags["clusterforge.folder"] == str(done.folder)
    assert tags["clusterforge.labels_in_training"] == "false"
    assert tags["mlflow.note.content"] == "A tiny one."
    assert tags["version.torch"] == done.info.versions["torch"]
    assert tags["version.clusterforge"] == clusterforge.__version__
    assert done.info.data.splits["test"].fingerprint in tags["data.test"]
    names = {item.path for item in client.list_artifacts(logged.info.run_id)}
    assert names == {"recipe.toml", "run.json", "metrics.json", "history.json", "report.html"}
    kept = client.download_artifacts(logged.info.run_id, "report.html", str(store))
    assert Path(kept).read_bytes() == (done.folder / "report.html").read_bytes()
    clusterforge.load(done.folder)


def test_a_reused_stage_brings_its_epochs(
    client: MlflowClient, done: clusterforge.Run, tmp_path: Path
) -> None:
    again = run(tmp_path / "two", name="reused")
    assert all(stage.reused for stage in again.info.stages if "encoder" in stage.stage)
    assert points(client, found(client, "reused")) == expected(again.folder)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (EnvironmentProblem("enough for now"), "FAILED", "enough for now"),
        (KeyboardInterrupt(), "KILLED", "interrupted"),
    ],
)
def test_a_run_that_ends_early_says_why_and_goes_on_when_resumed(
    client: MlflowClient,
    done: clusterforge.Run,
    tmp_path: Path,
    error: BaseException,
    status: str,
    reason: str,
) -> None:
    class Stop(Observer):
        def stage_started(self, stage: str) -> None:
            if stage.startswith("scores"):
                raise error

    with pytest.raises(type(error)):
        run(tmp_path / "run", Stop(), name=status)
    logged = found(client, status)
    assert logged.info.status == status
    assert logged.info.end_time is not None
    assert logged.data.tags["clusterforge.failure"] == reason
    assert {step for _, step, _ in points(client, logged)} == {1, 2, 3, 4, 5}

    resume(tmp_path / "run", registry=registry())
    again = found(client, status)
    assert again.info.run_id == logged.info.run_id
    assert again.info.status == "FINISHED"
    assert "clusterforge.failure" not in again.data.tags
    assert points(client, again) == expected(tmp_path / "run")


def test_a_resumed_run_whose_run_was_deleted_begins_another(
    client: MlflowClient, done: clusterforge.Run, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    first = run(folder, name="deleted")
    logged = found(client, "deleted")
    client.delete_run(logged.info.run_id)
    (first.folder / "manifest.json").unlink()
    resume(folder, registry=registry())
    known = client.get_experiment_by_name("deleted")
    [another] = client.search_runs([known.experiment_id])
    assert another.info.run_id != logged.info.run_id
    assert points(client, another) == expected(folder)


def test_a_store_that_cannot_be_used_is_one_warning(
    done: clusterforge.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/file/mlflow.db")
    ear = Ear()
    run(tmp_path / "run", ear)
    [warning] = ear.warnings
    assert "hook clusterforge_run_started of clusterforge_mlflow.plugin failed" in warning
    assert "\n" not in warning
    clusterforge.load(tmp_path / "run")


def test_artifacts_that_cannot_be_stored_leave_a_finished_run(
    client: MlflowClient,
    done: clusterforge.Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").write_text("in the way")
    client.create_experiment("full", artifact_location=f"file://{tmp_path}/file/artifacts")
    ear = Ear()
    finished = run(tmp_path / "run", ear, name="full")
    [warning] = ear.warnings
    assert "hook clusterforge_run_finished of clusterforge_mlflow.plugin failed" in warning
    logged = found(client, "full")
    assert logged.info.status == "FINISHED"
    assert points(client, logged) == expected(finished.folder)


def test_a_server_lost_on_the_way_gets_everything_in_the_end(
    client: MlflowClient,
    done: clusterforge.Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log_batch, calls = MlflowClient.log_batch, []

    def lost(self: MlflowClient, run_id: str, metrics: Any = (), **more: Any) -> None:
        calls.append(len(metrics))
        if len(calls) == 2:  # the first are the parameters
            raise MlflowException("no\nserver")
        log_batch(self, run_id, metrics=metrics, **more)

    monkeypatch.setattr(MlflowClient, "log_batch", lost)
    monkeypatch.setattr(run_log, "SEND_EVERY", 0.0)
    ear = Ear()
    finished = run(tmp_path / "run", ear, name="lost")
    [warning] = ear.warnings
    assert warning == (
        "hook clusterforge_epoch_finished of clusterforge_mlflow.plugin failed: "
        "MlflowException: no server; its hooks are left out until the run ends"
    )
    assert points(client, found(client, "lost")) == expected(finished.folder)


class Server(BaseHTTPRequestHandler):
    """Says yes to whatever MLflow's client asks."""

    asked: ClassVar[list[tuple[str, dict[str, Any]]]] = []
    artifacts = ""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append((urlsplit(self.path).path, json.loads(body or "{}")))
        info = {"run_id": "abc", "experiment_id": "1", "artifact_uri": self.artifacts}
        answer = json.dumps(
            {
                "experiment": {"experiment_id": "1", "name": "tiny"},
                "run": {"info": {**info, "lifecycle_stage": "active"}, "data": {}},
            }
        )
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *line: object) -> None:
        pass


def test_a_server_is_sent_the_same_and_nothing_goes_to_stdout(
    done: clusterforge.Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Server, "artifacts", f"file://{tmp_path}/artifacts")
    ear = Ear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        finished = run(tmp_path / "run", ear)
        server.shutdown()
    assert ear.warnings == []
    assert capfd.readouterr().out == ""
    sent = sorted(
        (metric["key"], int(metric.get("step", 0)), metric["value"])
        for path, body in Server.asked
        if path.endswith("/runs/log-batch")
        for metric in body.get("metrics", ())
    )
    assert sent == expected(finished.folder)
    [end] = [body for path, body in Server.asked if path.endswith("/runs/update")]
    assert end["status"] == "FINISHED"
    assert (tmp_path / "artifacts" / "report.html").is_file()


def test_by_default_where_mlflow_keeps_it_but_not_in_the_tests_of_others(
    done: clusterforge.Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.chdir(tmp_path)
    run(tmp_path / "quiet")
    assert [path.name for path in tmp_path.iterdir()] == ["quiet"]
    assert not (tmp_path / "quiet" / ".mlflow.json").exists()

    (tmp_path / "mlflow.db").write_bytes((store / "mlflow.db").read_bytes())
    monkeypatch.delenv("PYTEST_VERSION")
    run(tmp_path / "loud", name="loud")
    mark = json.loads((tmp_path / "loud" / ".mlflow.json").read_text("utf-8"))
    assert mark["store"].endswith(f"{tmp_path}/mlflow.db")
    assert found(MlflowClient(), "loud").info.run_id == mark["run"]
