"""Fields within the objects of a column, by dotted names: ``data.text``, ``choices.0.message.content``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables.arrow import in_one, is_list, is_text

DEEPEST = 6
MOST_FIELDS = 64
"""From so many fields of one object on, most of them null, their names are ids of rows."""


def owner(name: str, there: Collection[str]) -> str | None:
    """Return the column before a dot of the name, the longest; None where there is none."""
    parts = name.split(".")
    starts = (".".join(parts[:at]) for at in range(len(parts) - 1, 0, -1))
    return next((start for start in starts if start in there), None)


def of(table: Any, name: str, column: str) -> Any:
    """Return what a dotted name means within a column of a table; None where that leads nowhere."""
    return within(table[column], name.removeprefix(f"{column}.").split("."))


def within(values: Any, path: Sequence[str]) -> Any:
    """Return what a path leads to; None where it leads nowhere.

    Parameters
    ----------
    values
        A column: Arrow array (n,).
    path
        Names of fields, and places within lists, from 0 on. A name at a list of objects is that field of
        each: a list for each row.
    """
    for at, part in enumerate(path):
        kind = values.type
        if pa.types.is_struct(kind):
            if kind.get_field_index(part) < 0:
                return None
            values = pc.struct_field(values, part)
        elif is_list(kind) and part.isdecimal() and len(part) < DEEPEST:
            values = _at(values, int(part))
        elif is_list(kind) and pa.types.is_struct(kind.value_type):
            return _of_each(values, path[at:])
        else:
            return None
    return values


def _at(values: Any, place: int) -> Any:
    """Return the item at one place of each list, null where a list is shorter."""
    values = in_one(values)
    sliced = pc.list_slice(values, place, place + 1)
    there = pc.equal(pc.list_value_length(sliced), 1)
    rows = pc.cumulative_sum(pc.cast(pc.fill_null(there, False), pa.int64()))
    rows = pc.if_else(pc.fill_null(there, False), pc.subtract(rows, 1), pa.scalar(None, pa.int64()))
    return pc.list_flatten(sliced).take(rows)


def _of_each(values: Any, path: Sequence[str]) -> Any:
    """Return a list of one field of each object for each row."""
    values = in_one(values)
    found = within(pc.list_flatten(values), path)
    if found is None:
        return None
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    ends = pc.cumulative_sum(pc.cast(lengths, pa.int64()))
    starts = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    return pa.LargeListArray.from_arrays(starts, in_one(found))


def holds_texts(kind: Any) -> bool:
    """Return whether an Arrow type is one of lists of texts."""
    return is_list(kind) and is_text(kind.value_type)


def joined(values: Any) -> Any:
    """Return one text in place of each list of texts; null where a list has none.

    Words are joined by a space; where a part of a row holds spaces itself, parts stand on lines.
    """
    return pa.array(
        (
            None if row is None else _one([part for part in row if part])
            for row in values.to_pylist()
        ),
        pa.large_string(),
    )


def _one(parts: Sequence[str]) -> str | None:
    apart = "\n" if any(" " in part for part in parts) else " "
    return apart.join(parts) or None


def below(values: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield what stands below a column of objects, by its dotted name.

    Of lists of objects that have one item at most the item's fields; else those that hold texts, of each.
    Objects whose names of fields are ids are passed over (:func:`of_ids`).
    """
    kind = values.type
    if depth > DEEPEST or len(values) == values.null_count:
        return
    if pa.types.is_struct(kind):
        if kind.get_field_index("bytes") >= 0 or of_ids(values):
            return
        for field in kind:
            inner, called = within(values, [field.name]), f"{name}.{field.name}"
            yield called, inner
            yield from below(inner, called, depth + 1)
    elif is_list(kind) and pa.types.is_struct(kind.value_type):
        if pc.max(pc.list_value_length(values)).as_py() == 1:
            yield from below(_at(values, 0), f"{name}.0", depth + 1)
        elif kind.value_type.num_fields <= MOST_FIELDS:
            for field in kind.value_type:
                if is_text(field.type):
                    yield f"{name}.{field.name}", within(values, [field.name])


def names_within(kind: Any, name: str) -> list[str]:
    """Return the dotted names of what a type of objects holds."""
    inner = kind.value_type if is_list(kind) else kind
    return [f"{name}.{field.name}" for field in inner] if pa.types.is_struct(inner) else []


def text_names(kind: Any, name: str, depth: int = 0) -> Iterator[str]:
    """Yield the dotted names of what holds texts within a type of objects."""
    if is_list(kind):
        kind = kind.value_type
    if not pa.types.is_struct(kind) or kind.num_fields > MOST_FIELDS or depth > DEEPEST:
        return
    for field in kind:
        called = f"{name}.{field.name}"
        if is_text(field.type) or holds_texts(field.type):
            yield called
        yield from text_names(field.type, called, depth + 1)


def of_ids(values: Any) -> bool:
    """Tell whether the names of an object's fields are ids: many, each in few rows."""
    kind = values.type
    if not pa.types.is_struct(kind) or kind.num_fields <= MOST_FIELDS:
        return False
    filled = sum(len(part) - part.null_count for part in in_one(values).flatten())
    return bool(filled < kind.num_fields * len(values) / 4)
