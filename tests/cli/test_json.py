"""What commands print under ``--json`` is what their JSON Schema says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from clusterforge.cli import main
from clusterforge.cli.outputs.commands import COMMANDS
from tests.cli.conftest import Cli
from tests.comparison.conftest import write_run

CALLS = {
    "run": ["blobs.toml", "--quiet"],
    "check": ["blobs.toml"],
    "recipes": [],
    "compare": ["a", "b"],
    "edit": ["whole", "--merge", "0", "1", "--out", "edited"],
    "list-plugins": [],
    "describe": ["encoder", "dec"],
    "check-plugin": ["metric:ari"],
    "doctor": [],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("blobs")
def test_json_is_as_its_schema_says(command: str, cli: Cli, tmp_path: Path) -> None:
    if command == "compare":
        for name, labels in {"a": [0, 0, 1, 1], "b": [0, 1, 1, 1]}.items():
            write_run(tmp_path / name, {"kmeans": labels}, [0, 0, 1, 1])
    if command == "edit":
        assert cli("run", "blobs.toml", "--out", "whole", "--quiet").status == 0
    schema = json.loads(cli("schema", "--of", command).out)
    done = cli(command, *CALLS[command], "--json")

    assert done.status == 0, done.err
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
