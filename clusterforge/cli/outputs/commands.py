"""Which record each command prints under ``--json``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterforge.cli.outputs.base import Output

COMMANDS: Mapping[str, str] = {
    "run": "runs:RunOutput",
    "check": "recipes:CheckOutput",
    "recipes": "recipes:RecipesOutput",
    "list-plugins": "plugins:PluginsOutput",
    "describe": "plugins:DescribeOutput",
    "check-plugin": "plugins:CheckPluginOutput",
    "doctor": "plugins:DoctorOutput",
}


def output_of(command: str) -> type[Output]:
    """Return the record of a command; only its own module is imported."""
    module, _, name = COMMANDS[command].partition(":")
    found: type[Output] = getattr(import_module(f"clusterforge.cli.outputs.{module}"), name)
    return found
