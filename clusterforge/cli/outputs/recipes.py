"""What the commands about recipes print under ``--json``."""

from __future__ import annotations

from pathlib import Path
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


class SketchOutput(Output):
    """What a column of the data looks like."""

    name: str
    """Its name."""
    kind: str
    """`text`, `vector`, `image`, `id`, `unused`, or what a feature is: `number`, `category` …"""
    about: str
    """What was seen, in a few words."""
    values: int
    """How many different values were seen; 0 where they were not counted."""
    may_be_label: bool
    """Whether few values repeat, as those of true labels do."""


class InitOutput(Output):
    """A drafted recipe."""

    path: Path | None
    """Its file; null where it was not written."""
    toml: str
    """The recipe."""
    rows: int | None
    """How many rows the data have; null where that is not known."""
    looked_at: int
    """How many of them were looked at."""
    columns: tuple[SketchOutput, ...]
    """The columns of the data."""
    remarks: tuple[str, ...]
    """What is left out of the data, and why."""
