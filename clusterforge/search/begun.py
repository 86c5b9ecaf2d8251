"""``begun.json``: with what a sweep was begun, so that it can go on."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from clusterforge.errors import InputError
from clusterforge.pipeline.keys import digest
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
    recipe
        Digest of ``recipe.toml``.
    cache
        Whether trials share their stages with other runs.
    search
        The table ``[search]``, its keys in their order, which TOML files do not keep.
    """

    folder: str
    recipe: str
    cache: bool
    search: dict[str, JsonValue]


def begun_source(folder: Path) -> tuple[Source, Begun]:
    """Return the recipe of a sweep, as it was begun with, and the rest of what that was.

    Raises
    ------
    InputError
        Where the recipe is another one.
    """
    begun = Begun.read(folder / BEGUN)
    if begun.recipe != digest((folder / files.RECIPE).read_text("utf-8", "replace")):
        raise InputError(
            "has changed since the sweep was begun",
            file=str(folder / files.RECIPE),
            remedy="restore it, or sweep the changed recipe into another folder",
        )
    source = read(folder / files.RECIPE)
    data = {**source.data, "search": begun.search}
    return Source(data, source.file, Path(begun.folder)), begun
