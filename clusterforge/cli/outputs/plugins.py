"""What the commands about plugins print under ``--json``."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasPath, Field, JsonValue

from clusterforge.cli.outputs.base import Output
from clusterforge.cli.words import Key, Nested
from clusterforge.specs import Kind

NameState = Literal["ok", "duplicate", "shadowed"]


class PluginOutput(Output):
    """One plugin."""

    kind: Kind = Field(validation_alias=AliasPath("spec", "kind"))
    """Its kind."""
    name: str = Field(validation_alias=AliasPath("spec", "name"))
    """Its name."""
    qualified: str
    """`distribution:name`, which is never ambiguous."""
    state: NameState
    """`ok`, or why a recipe has to say the qualified name."""
    summary: str = Field(validation_alias=AliasPath("spec", "summary"))
    """What it is, in one line."""
    distribution: str = Field(validation_alias=AliasPath("distribution", "name"))
    """The package that it comes from."""
    version: str = Field(validation_alias=AliasPath("distribution", "version"))
    """Its version."""
    target: str = Field(validation_alias=AliasPath("spec", "target"))
    """`module:Class` of its code."""


class TrackerOutput(Output):
    """A package that follows every run."""

    distribution: str = Field(validation_alias=AliasPath("distribution", "name"))
    """The package."""
    version: str = Field(validation_alias=AliasPath("distribution", "version"))
    """Its version."""
    hooks: tuple[str, ...]
    """The lifecycle hooks that it implements."""


class ProblemOutput(Output):
    """A package that can't be used, does harm, or has a plugin whose name is taken."""

    distribution: str = Field(validation_alias=AliasPath("distribution", "name"))
    """The package."""
    version: str = Field(validation_alias=AliasPath("distribution", "version"))
    """Its version; `?` where it can't be read."""
    entry_point: str = Field(validation_alias=AliasPath("distribution", "entry_point"))
    """The name of its entry point."""
    state: Literal["broken", "disabled", "incompatible", "heavy", "duplicate", "shadowed"]
    """What kind of problem it is."""
    reason: str
    """What is wrong, in one line."""
    remedy: str
    """What to do about it, in one line."""


class PluginsOutput(Output):
    """Every plugin that is installed."""

    plugins: tuple[PluginOutput, ...]
    """By kind and name."""
    trackers: tuple[TrackerOutput, ...]
    """Packages that follow runs."""
    problems: tuple[ProblemOutput, ...]
    """What does not work."""


class DescribeOutput(PluginOutput):
    """One plugin with its parameters; a package that follows runs has none."""

    kind: Kind | Literal["tracker"] = Field(  # type: ignore[assignment]
        validation_alias=AliasPath("spec", "kind")
    )
    """Its kind."""
    facts: dict[str, str]
    """What its spec says, in words."""
    parameters: tuple[Key, ...]
    """The keys of its table."""
    tables: tuple[Nested, ...]
    """Tables below these."""
    parameter_schema: dict[str, JsonValue]
    """The JSON Schema of its table, without `use` and `id`."""
    snippet: str
    """A table to paste into a recipe; empty for a tracker."""


class CheckOutcomeOutput(Output):
    """What came of one check."""

    name: str = Field(validation_alias=AliasPath("check", "name"))
    """The check."""
    state: Literal["passed", "failed", "skipped"]
    """What came of it."""
    message: str
    """What is wrong, or why it does not apply."""
    place: str
    """`package/file.py:LINE` of the plugin that a failure comes from; empty where it is not known."""
    traceback: tuple[str, ...]
    """The plugin's part of the traceback."""
    why: str = Field(validation_alias=AliasPath("check", "why"))
    """What goes wrong without it."""


class CheckPluginOutput(Output):
    """What came of all checks of one plugin."""

    kind: Kind | Literal["tracker"]
    """Its kind."""
    name: str
    """Its name; of a tracker, its distribution."""
    qualified: str
    """What names it without ambiguity."""
    distribution: str
    """The package that it comes from."""
    version: str
    """Its version."""
    params: dict[str, JsonValue]
    """The parameters that it was checked with."""
    passed: bool
    """Whether no check failed."""
    checks: tuple[CheckOutcomeOutput, ...]
    """In the order in which they were made."""


class DoctorOutput(Output):
    """The installation."""

    facts: dict[str, str]
    """Versions, the machine, folders: name and value."""
    problems: tuple[ProblemOutput, ...]
    """What does not work."""
