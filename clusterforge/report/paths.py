"""Paths as the page shows them: it is read elsewhere, and need not tell whose machine it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

PARTS = 2  # of a path outside the home folder


class Paths:
    """Absolute paths that a run names, and what stands in their place.

    Parameters
    ----------
    values
        Where they are found: the recipe, the source of the data.
    """

    def __init__(self, *values: JsonValue) -> None:
        named = {text for value in values for text in _absolute(value)}
        self._shown = {text: _short(Path(text)) for text in sorted(named, key=len, reverse=True)}
        self._home = f"{Path.home()}{os.sep}"

    def text(self, text: str) -> str:
        """Return a text with the home folder as ``~`` and the end alone of paths elsewhere.

        Examples
        --------
        >>> Paths({"path": "/mnt/disk/data/rows.csv"}).text("in /mnt/disk/data/rows.csv")
        'in …/data/rows.csv'
        """
        for path, short in self._shown.items():
            text = text.replace(path, short)
        return text.replace(self._home, f"~{os.sep}") if self._home != os.sep * 2 else text

    def value(self, value: JsonValue) -> JsonValue:
        """Return a value of JSON with all its texts so."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(one) for name, one in value.items()}
        return value


def _short(path: Path) -> str:
    if path.is_relative_to(Path.home()) and Path.home() != Path(path.anchor):
        return str("~" / path.relative_to(Path.home()))
    return str(path) if len(path.parts) <= PARTS else str(Path("…", *path.parts[-PARTS:]))


def _absolute(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str) and os.path.isabs(value):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _absolute(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _absolute(name)
            yield from _absolute(one)
