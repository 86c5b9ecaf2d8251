"""What commands print under ``--json`` is what their JSON Schema says."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import clusterforge
from clusterforge.cli import main
from clusterforge.cli.outputs.commands import COMMANDS
from tests.cli.conftest import Cli
from tests.comparison.conftest import write_run

SEARCH = '{objective = "silhouette", space = {"clusterer.0.n_clusters" = [2, 3]}}'
CALLS = {
    "run": ["blobs.toml", "--quiet"],
    "init": ["rows.csv"],
    "sweep": ["blobs.toml", "--quiet", "--workers", "1", "--set", f"search={SEARCH}"],
    "check": ["blobs.toml"],
    "recipes": [],
    "compare": ["a", "b"],
    "edit": ["whole", "--merge", "0", "1", "--out", "edited"],
    "list-plugins": [],
    "describe": ["encoder", "dec"],
    "check-plugin": ["metric:ari"],
    "doctor": [],
    "verify": ["whole"],
    "export": ["done", "--clusters", "clusters.csv"],
    "replay": ["whole", "--quiet"],
    "profile": ["done", "--columns", "city"],
    "serve": ["whole", "--port", "0"],
    "follow": ["whole", "later.npy"],
}


def terminate_server() -> None:
    """Send SIGTERM as soon as a server heeds it."""
    while "Server" not in str(signal.getsignal(signal.SIGTERM)):
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("blobs")
def test_json_is_as_its_schema_says(command: str, cli: Cli, tmp_path: Path) -> None:
    if command == "compare":
        for name, labels in {"a": [0, 0, 1, 1], "b": [0, 1, 1, 1]}.items():
            write_run(tmp_path / name, {"kmeans": labels}, [0, 0, 1, 1])
    if "whole" in CALLS[command]:
        assert cli("run", "blobs.toml", "--out", "whole", "--quiet").status == 0
    if command == "follow":
        np.save("later.npy", clusterforge.load("whole").embedding())
    if "done" in CALLS[command]:
        rows = "".join(f"{n % 2 * 9}.{n},{n % 3},{'AB'[n % 2]}\n" for n in range(40))
        Path("rows.csv").write_text(f"x,y,city\n{rows}")
        data = {"use": "files", "path": "rows.csv", "features": '["x", "y"]'}
        sets = [arg for k, v in data.items() for arg in ("--set", f"dataset.{k}={v}")]
        Path("blobs.toml").write_text(Path("blobs.toml").read_text().replace("rows = 60\n", ""))
        assert cli("run", "blobs.toml", "--out", "done", "--quiet", *sets).status == 0
    if command == "serve":
        threading.Thread(target=terminate_server, daemon=True).start()
    if command == "init":
        Path("rows.csv").write_text("x,y\n" + "".join(f"{n % 2},{n / 8}\n" for n in range(8)))
    schema = json.loads(cli("schema", "--of", command).out)
    done = cli(command, *CALLS[command], "--json")

    assert done.status == 0, done.err
    assert done.err.startswith("loading whole\n") == (command == "serve")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(done.out), schema)
    assert all("description" in key for key in schema["properties"].values())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(done.out), "more": 1}, schema)


def test_every_command_with_json_has_a_schema() -> None:
    found = {
        name
        for name, command in main.clusterforge.commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert found == set(COMMANDS)
