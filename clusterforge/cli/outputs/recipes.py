"""What the commands about recipes print under ``--json``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, JsonValue

from clusterforge.cli.outputs.base import Output

Seconds = Annotated[float, AfterValidator(lambda seconds: round(seconds, 2))]
Bytes = Annotated[int, BeforeValidator(round)]


class StageOutput(Output):
    """What one stage is estimated to cost."""

    stage: str
    """Its name."""
    seconds: Seconds | None
    """Its time; null where a plugin does not say what it costs."""
    memory: Bytes | None
    """Bytes of memory that the process has while it runs; null where that is not known."""
    disk: Bytes
    """Bytes that it writes."""


class EstimateOutput(Output):
    """What a run is estimated to cost on this machine."""

    seconds: Seconds
    """Its time, of all stages that are known, with that of the libraries' start."""
    memory: Bytes
    """Bytes of memory at the peak."""
    disk: Bytes
    """Bytes of the run folder."""
    stages: tuple[StageOutput, ...]
    """The stages, in their order."""
    unknown: tuple[str, ...]
    """What is not in these numbers."""


class CheckOutput(Output):
    """A recipe that is valid; one that is not ends with status 2 and prints nothing on stdout."""

    valid: Literal[True]
    """True."""
    known: tuple[str, ...]
    """What was found good."""
    unknown: tuple[str, ...]
    """What can't be checked here without the data."""
    recipe: dict[str, JsonValue]
    """The recipe with every default, and with what was chosen."""
    estimate: EstimateOutput | None
    """What it is estimated to cost; null where the size of the data is not known here."""


class RecipeOutput(Output):
    """One recipe that comes with the package."""

    name: str
    """What `run` and `check` take."""
    summary: str
    """What it does and how long it takes."""
    hub: bool
    """Whether its data are on the Hub, or in a mirror of it."""
    packages: tuple[str, ...]
    """The packages of ours that it needs."""
    command: Literal["run", "sweep"]
    """What runs it whole."""
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
