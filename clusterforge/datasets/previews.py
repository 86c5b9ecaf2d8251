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
    called_id,
    is_text,
    no_numbers,
    plainly,
    texts,
    without_unit,
)
from clusterforge.tables.values import GAPS

_COMMA = r"^[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?$"
_POINT = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)([.][0-9]+)?$"
_WRITTEN = ("decimal", "thousands", "units")


def _as_text(found: Preview) -> Iterator[tuple[str, Any]]:
    """Yield the columns of texts, the values that are there."""
    if found.table is None:
        return
    for name, column in zip(found.table.column_names, found.table.columns, strict=True):
        if is_text(column.type) and len(written := texts(column).drop_null()):
            yield name, written


def _as_numbers(found: Preview, semicolons: bool) -> list[Setting]:
    """Return the keys that make numbers of columns of texts, where nothing else could be meant."""
    keys: dict[str, Setting] = {}
    units: dict[str, str] = {}
    for name, written in _as_text(found):
        if no_numbers(written.unique()):
            continue
        amount = None if called_id(name) else amounts(written.unique())
        plain = without_unit(plainly(written), amount.units) if amount and amount.units else None
        if amount and plain is not None:
            units.update(dict.fromkeys(amount.units, f"{name} holds amounts as {amount.value:.20}"))
        for key in _separators(name, written if plain is None else plain, semicolons):
            keys.setdefault(key.key, key)
    if {"decimal", "thousands"} <= {*keys} and keys["thousands"].value == ",":
        return []  # some columns with points before the decimals, others with commas
    if units:
        keys["units"] = Setting("units", (*units,), next(iter(units.values())))
    return [*keys.values()]


def _separators(name: str, written: Any, semicolons: bool) -> Iterator[Setting]:
    """Yield the keys that say how the numbers of a column are written, where they are certain."""
    gaps = pc.is_in(written, value_set=pa.array(sorted(GAPS), written.type))
    written = written.filter(pc.invert(gaps))
    if not len(written):
        return
    example = written[0].as_py()
    if pc.all(pc.match_substring_regex(written, _COMMA)).as_py():
        commas = pc.match_substring_regex(written, ",[0-9]+$")
        # 1,234 may be a thousand, but where values are separated by semicolons.
        other = pc.match_substring_regex(written, ",([0-9]{1,2}|[0-9]{4,})$")
        if pc.any(commas).as_py() and (semicolons or pc.any(other).as_py()):
            example = written.filter(commas)[0].as_py()
            yield Setting("decimal", ",", f"{name} holds numbers as {example}")
            if pc.any(pc.match_substring(written, ".")).as_py():
                yield Setting("thousands", ".", f"{name} has points between thousands")
    elif pc.all(pc.match_substring_regex(written, _POINT)).as_py():
        certain = pc.match_substring_regex(written, r",[0-9]{3}[,.]")
        if pc.any(certain).as_py():
            example = written.filter(certain)[0].as_py()
            yield Setting("thousands", ",", f"{name} has commas between thousands, as {example}")


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
            written = (
                []
                if {*_WRITTEN} & params.model_fields_set
                else _as_numbers(found, params.delimiter == ";")
            )
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
