"""``begun.json``: with what a sweep was begun, so that it can go on."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from clusterforge.recipe import Source, read
from clusterforge.runs.records import Record
from clusterforge.search import folder as files

BEGUN = "begun.json"


class Begun(Record):
    """``begun.json``: what going on with a sweep needs besides its recipe.

    Parameters
    ----------
    folder
        What paths among the values that are tried are relative to.
    threads
        Of each trial.
    cache
        Whether trials share their stages with other runs.
    search
        The table ``[search]``, its keys in their order, which TOML files do not keep.
    """

    folder: str
    threads: int
    cache: bool
    search: dict[str, JsonValue]


def begun_source(folder: Path) -> tuple[Source, Begun]:
    """Return the recipe of a sweep, as it was begun with, and the rest of what that was."""
    begun = Begun.read(folder / BEGUN)
    source = read(folder / files.RECIPE)
    data = {**source.data, "search": begun.search}
    return Source(data, source.file, Path(begun.folder)), begun
