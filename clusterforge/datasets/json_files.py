"""Reading of JSON: objects line by line, or one list of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from clusterforge.datasets import decoding
from clusterforge.datasets.table_rows import PATH, Format, Rows, is_unicode, typed
from clusterforge.errors import InputError

SUFFIXES = (".jsonl", ".ndjson", ".json")


def read_json(path: Path, form: Format) -> Rows:
    """Read a file of JSON objects.

    Raises
    ------
    InputError
        Where it is none, with the line; or where the values of a name are not of one kind.
    """
    text = decoding.text(path, form)
    if decoding.kind(path) == ".json" and text.lstrip().startswith("["):
        return Rows.whole(_records(path, _parsed(text, path, None), [""], form))
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    records = [_parsed(line, path, number) for number, line in lines]
    return Rows.whole(_records(path, records, [f"line {number}" for number, _ in lines], form))


def _parsed(text: str, path: Path, line: int | None) -> Any:
    at = f", line {line}," if line else ""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        if line and isinstance(error, json.JSONDecodeError):
            why = f"{error.msg}, column {error.colno}"
        raise InputError(f"{path}{at} is not JSON: {why}", key=PATH) from None


def _records(path: Path, records: list[Any], places: list[str], form: Format) -> Any:
    """Make a table of JSON objects; what an object does not have is null."""
    names: dict[str, None] = {}
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            place = places[index] if index < len(places) and places[index] else f"item {index}"
            raise InputError(f"{path}, {place}, is not an object with named values", key=PATH)
        names.update(dict.fromkeys(record))
    for name in names:
        if not is_unicode(name):
            raise InputError(
                f"{path}: the name {name!r} holds half of a character (a lone surrogate)",
                key=PATH,
                remedy="remove it",
            )
    return pa.table({name: _column(path, name, records, form) for name in names})


def _column(path: Path, name: str, records: Sequence[dict[str, Any]], form: Format) -> Any:
    values = [record.get(name) for record in records]
    if form.objects_as_text and any(map(_holds_objects, values)):
        values = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    return typed(path, name, values)


def _holds_objects(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_objects, value))
    return isinstance(value, dict)
