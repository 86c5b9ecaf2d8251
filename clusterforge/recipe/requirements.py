"""What a recipe needs besides clusterforge itself, by what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clusterforge.packages import PACKAGES
from clusterforge.recipe.source import read
from clusterforge.registry import Registry
from clusterforge.specs import DatasetSpec


@dataclass(frozen=True)
class Requirements:
    """What has to be there for a recipe.

    Parameters
    ----------
    hub
        Whether its data are on the Hub, or in a mirror of it.
    packages
        The packages of ours that have its plugins.
    command
        What runs it whole: ``sweep``, if it has ``[search]``.
    """

    hub: bool
    packages: tuple[str, ...]
    command: Literal["run", "sweep"] = "run"


def requirements(path: Path, registry: Registry) -> Requirements:
    """Return what the recipe in a file, with all that it extends, needs."""
    tables = read(path).data
    uses = set(_uses(tables))
    spec = registry.find("dataset", tables["dataset"]["use"]).spec
    return Requirements(
        hub=isinstance(spec, DatasetSpec) and spec.opens == "hub",
        packages=tuple(one.distribution for one in PACKAGES if one.use in uses),
        command="sweep" if "search" in tables else "run",
    )


def _uses(value: object) -> Iterator[str]:
    """Yield the names of all plugins in a table, those of nested tables included."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "use" and isinstance(each, str):
                yield each
            yield from _uses(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _uses(each)
