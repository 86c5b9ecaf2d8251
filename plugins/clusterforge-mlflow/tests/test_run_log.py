"""Parts of the log: names and values as MLflow allows them, how requests are bundled."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from clusterforge_mlflow import plugin
from clusterforge_mlflow.names import key
from clusterforge_mlflow.run_log import RunLog, alone
from mlflow import get_tracking_uri
from mlflow.tracking import MlflowClient


def test_nan_is_kept_and_none_is_not(client: MlflowClient, tmp_path: Path) -> None:
    log = RunLog(tmp_path, {"name": "nan", "list": [1, None], "long": "x" * 9000, "ü(": True})
    log.epoch("s", "a/b", {"loss": math.nan, "nothing": None})  # type: ignore[dict-item]
    log.epoch("s", "a/b", {"loss": 1.0})
    log.fail("y" * 9000, interrupted=False)
    logged = client.get_run(log.run_id)
    values = [p.value for p in client.get_metric_history(logged.info.run_id, "s/a_b/loss")]
    assert math.isnan(values[0])
    assert values[1:] == [1.0]
    assert set(logged.data.metrics) == {"s/a_b/loss"}
    assert logged.data.params["list"] == "[1, null]"
    assert len(logged.data.params["long"]) == 6000
    assert logged.data.params["ü_"] == "true"
    assert len(logged.data.tags["clusterforge.failure"]) == 5000


def test_many_epochs_in_few_requests(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[int] = []
    log_batch = MlflowClient.log_batch

    def counted(self: MlflowClient, run_id: str, metrics: Any = (), **more: Any) -> None:
        if metrics:
            requests.append(len(metrics))
        log_batch(self, run_id, metrics=metrics, **more)

    monkeypatch.setattr(MlflowClient, "log_batch", counted)
    log = RunLog(tmp_path, {"name": "many"} | {f"p{n}": n for n in range(250)})
    log._next = math.inf
    for number in range(1200):
        log.epoch("s", "p", {"loss": float(number), "lr": 0.1})
    assert requests == []
    log.send()
    assert requests == [1000, 1000, 400]
    log.fail("", interrupted=False)
    logged = client.get_run(log.run_id)
    assert len(client.get_metric_history(logged.info.run_id, "s/p/loss")) == 1200
    assert len(logged.data.params) == 251


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("test", "kmeans", "nmi"), "test/kmeans/nmi"),
        (("a", "my/k:means", "f1 (macro)"), "a/my_k_means/f1 _macro_"),
        (("..", ".", ""), "_/_/_"),
    ],
)
def test_names_are_what_mlflow_allows(parts: tuple[str, ...], name: str) -> None:
    assert key(*parts) == name


def test_long_names_stay_apart() -> None:
    first, second = key("x" * 400 + "1"), key("x" * 400 + "2")
    assert len(first) == len(second) == 250
    assert first != second


def test_the_hooks_module_is_light() -> None:
    code = (
        "import sys, clusterforge_mlflow.plugin\n"
        "heavy = {'mlflow', 'pandas', 'torch', 'numpy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_telemetry_is_off_unless_asked_for(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    plugin.clusterforge_run_started(tmp_path, {"name": "telemetry"})
    plugin.clusterforge_run_failed(tmp_path, "", False)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "1"


def test_the_tables_are_made_by_one_run_at_a_time(client: MlflowClient, tmp_path: Path) -> None:
    made: list[RunLog] = []
    other = threading.Thread(target=lambda: made.append(RunLog(tmp_path, {"name": "waits"})))
    with alone(get_tracking_uri()):
        other.start()
        other.join(0.5)
        assert made == []
    other.join()
    made[0].fail("", interrupted=False)
