"""Reading at a glance: what a reader refuses for want of a key is read with the value that it offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Preview, Setting
from clusterforge.errors import InputError
from clusterforge.tables import (
    amounts,
    below_zero,
    called_id,
    no_numbers,
    plainly,
    separators,
    texts,
    without_unit,
)
from clusterforge.tables.arrow import is_text
from clusterforge.tables.values import GAPS

LONGEST = 64  # characters of a number, with a unit


def _as_text(found: Preview) -> Iterator[tuple[str, Any]]:
    """Yield the columns of texts, the values that are there."""
    if found.table is None:
        return
    for name, column in zip(found.table.column_names, found.table.columns, strict=True):
        if is_text(column.type) and len(written := texts(column).drop_null()):
            yield name, written


def _as_numbers(seen: Preview, semicolons: bool) -> list[Setting]:
    """Return the keys that make numbers of columns of texts, where nothing else could be meant."""
    keys: dict[str, Setting] = {}
    units: dict[str, str] = {}
    gaps = pa.array(sorted(GAPS), pa.large_string())
    for name, written in _as_text(seen):
        if pc.max(pc.utf8_length(written)).as_py() > LONGEST or no_numbers(written.unique()):
            continue
        amount = None if called_id(name) else amounts(written.unique())
        plain = plainly(written.filter(pc.invert(pc.is_in(written, value_set=gaps))))
        left = without_unit(plain, amount.units) if amount and amount.units else None
        if amount and left is not None:
            units.update(dict.fromkeys(amount.units, f"{name} holds amounts as {amount.value:.20}"))
        found = separators(below_zero(plain) if left is None else left, semicolons)
        for key, (value, example) in found.items():
            if value not in " '" or not called_id(name):
                keys.setdefault(key, Setting(key, value, f"{name} holds numbers as {example}"))
    if {"decimal", "thousands"} <= {*keys} and keys["thousands"].value == ",":
        keys = {}  # some columns with points before the decimals, others with commas
    if units:
        keys["units"] = Setting("units", (*units,), next(iter(units.values())))
    return [*keys.values()]


def preview(params: FilesParams, read: Callable[[FilesParams], Preview]) -> Preview:
    """Return what ``read`` returns, with the keys that it needed.

    Raises
    ------
    InputError
        What the reader says, where no value of a key helps.
    """
    settings: list[Setting] = []
    while True:
        try:
            found = read(params)
            written = [
                key
                for key in _as_numbers(found, params.delimiter == ";")
                if key.key not in params.model_fields_set
            ]
            if written:
                tried = {setting.key: setting.value for setting in written}
                with suppress(InputError):
                    found = read(params.model_copy(update=tried))
                    settings += written
            return replace(found, settings=tuple(settings))
        except InputError as error:
            key = error.key or ""
            if not error.options or key in (setting.key for setting in settings):
                raise
            guess = ": a guess" * (key == "encoding" and len(error.options) > 1)
            settings.append(Setting(key, error.options[0], f"{error.problem}{guess}"))
            params = params.model_copy(update={key: error.options[0]})
