"""Reading at a glance: what a reader refuses for want of a key is read with the value that it offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow.compute as pc

from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Preview, Setting
from clusterforge.errors import InputError
from clusterforge.tables import is_text, texts

_COMMA = r"^[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?$"


def _with_comma(found: Preview) -> list[Setting] | None:
    """Return the keys that read numbers with a decimal comma, where a column of texts has nothing else."""
    if found.table is None:
        return None
    keys: dict[str, Setting] = {}
    for name, column in zip(found.table.column_names, found.table.columns, strict=True):
        if not is_text(column.type):
            continue
        written = texts(column).drop_null()
        commas = pc.match_substring_regex(written, ",[0-9]+$")
        # 1,234 may be a thousand.
        other = pc.match_substring_regex(written, ",([0-9]{1,2}|[0-9]{4,})$")
        if not pc.all(pc.match_substring_regex(written, _COMMA)).as_py() or not len(written):
            continue
        if pc.any(commas).as_py() and pc.any(other).as_py():
            example = written.filter(commas)[0].as_py()
            keys.setdefault(
                "decimal", Setting("decimal", ",", f"{name} holds numbers as {example}")
            )
            if pc.any(pc.match_substring(written, ".")).as_py():
                points = Setting("thousands", ".", f"{name} has points between thousands")
                keys.setdefault("thousands", points)
    return [*keys.values()] or None


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
            comma = None if params.decimal == "," else _with_comma(found)
            if comma is not None and "decimal" not in params.model_fields_set:
                tried = {setting.key: setting.value for setting in comma}
                other = params.model_copy(update=tried)
                try:
                    found, params = read(other), other
                    settings += comma
                except InputError:
                    pass
            return replace(found, settings=tuple(settings))
        except InputError as error:
            key = error.key or ""
            if not error.options or key in (setting.key for setting in settings):
                raise
            guess = ": a guess" * (key == "encoding" and len(error.options) > 1)
            settings.append(Setting(key, error.options[0], f"{error.problem}{guess}"))
            params = params.model_copy(update={key: error.options[0]})
