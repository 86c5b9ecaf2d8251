"""What the commands about recipes print under ``--json``."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from clusterforge.cli.outputs.base import Output


class CheckOutput(Output):
    """A recipe that is valid; one that is not ends with status 2 and prints nothing on stdout."""

    valid: Literal[True]
    """True."""
    known: tuple[str, ...]
    """What was found good."""
    unknown: tuple[str, ...]
    """What can't be checked here without the data."""
    recipe: dict[str, JsonValue]
    """The recipe with every default."""


class RecipeOutput(Output):
    """One recipe that comes with the package."""

    name: str
    """What `run` and `check` take."""
    summary: str
    """What it does."""
    needs: str
    """What it needs: data, memory, time."""
    path: str
    """Its file."""


class RecipesOutput(Output):
    """The recipes that come with the package."""

    recipes: tuple[RecipeOutput, ...]
    """By name."""
