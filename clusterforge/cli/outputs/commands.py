"""Which record each command prints under ``--json``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

_HERE = "clusterforge.cli.outputs"
COMMANDS: Mapping[str, str] = {
    "run": f"{_HERE}.runs:RunOutput",
    "init": f"{_HERE}.recipes:InitOutput",
    "sweep": f"{_HERE}.sweeps:SweepOutput",
    "check": f"{_HERE}.recipes:CheckOutput",
    "recipes": f"{_HERE}.recipes:RecipesOutput",
    "edit": f"{_HERE}.runs:RunOutput",
    "export": f"{_HERE}.runs:ExportOutput",
    "serve": f"{_HERE}.runs:ServeOutput",
    "follow": f"{_HERE}.taxonomies:FollowOutput",
    "replay": f"{_HERE}.runs:ReplayOutput",
    "profile": f"{_HERE}.runs:ProfileOutput",
    "verify": f"{_HERE}.runs:VerifyOutput",
    "compare": "clusterforge.comparison.findings:Findings",
    "list-plugins": f"{_HERE}.plugins:PluginsOutput",
    "describe": f"{_HERE}.plugins:DescribeOutput",
    "check-plugin": f"{_HERE}.plugins:CheckPluginOutput",
    "doctor": f"{_HERE}.plugins:DoctorOutput",
}


def output_of(command: str) -> type[BaseModel]:
    """Return the record of a command; only its own module is imported."""
    module, _, name = COMMANDS[command].partition(":")
    model: type[BaseModel] = getattr(import_module(module), name)
    return model
