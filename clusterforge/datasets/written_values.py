"""Values of a file as its reader is told that they are written: gaps, decimals, thousands."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.table_rows import Format
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.tables import is_text

_LIKE = {" ": "[\u00a0\u2009\u202f]", "'": "\u2019"}  # what is written for the same separator
SOME = 100  # rows that tell how a column may be written
_FORCED = r'(?s)^="(.*)"$'
_ZEROS = re.compile("[+-]?0[0-9]")  # what stands for none as 00000000 is not 0
_CODE = r"^[+-]?(0[0-9]|[0-9]{16})"  # beyond 15 digits, floats leave some out


def unforced(table: Any, as_text: Collection[str]) -> tuple[Any, tuple[str, ...]]:
    """Return a table with 00123 in place of ="00123", and what to say of it.

    So exports keep spreadsheets from making numbers of texts. Numbers alone are numbers, codes stay text.

    Parameters
    ----------
    table
        The table as it was parsed.
    as_text
        The columns that stay text.
    """
    found: dict[str, str] = {}
    for at, field in enumerate(table.schema):
        values = table.column(at)
        if not is_text(field.type) or not pc.any(pc.starts_with(values[:SOME], '="')).as_py():
            continue
        values = pc.if_else(pc.equal(values, ""), None, values)
        if not pc.all(pc.match_substring_regex(values, _FORCED)).as_py():
            continue
        found[field.name] = values.drop_null()[0].as_py()
        plain = pc.replace_substring_regex(values, _FORCED, r"\1")
        filled = pc.if_else(pc.equal(plain, ""), None, plain)
        numbers = plain_numbers(filled, ".", None)
        code = pc.any(pc.match_substring_regex(filled, _CODE)).as_py()
        if field.name not in as_text and not code and numbers.null_count == filled.null_count:
            whole = pc.all(pc.match_substring_regex(numbers, r"^[+-]?\d+$")).as_py()
            plain = numbers.cast(pa.int64() if whole else pa.float64())
        table = table.set_column(at, field.name, plain)
    if not found:
        return table, ()
    name, value = next(iter(found.items()))
    more = f" and of {count(len(found) - 1, 'more column')}" if len(found) > 1 else ""
    return table, (
        f"values of column {name!r:.60}{more} are read without the = and quotes around them ({value:.40})",
    )


def as_written(table: Any, form: Format, path: Path) -> Any:
    """Return a table with its gaps null, and with numbers in place of texts that all are numbers.

    Raises
    ------
    InputError
        Where a column that is said to be of numbers holds a text that is none as they are written.
    """
    other = form.decimal != "." or form.thousands is not None
    if not form.na_values and not other:
        return table
    for at, field in enumerate(table.schema):
        if form.columns is not None and field.name not in form.columns:
            continue
        values = table.column(at)
        if form.na_values:
            chunks = [_without_gaps(chunk, form) for chunk in values.chunks]
            values = pa.chunked_array(chunks, values.type)
        if other and is_text(values.type) and field.name not in form.csv_text:
            values = _numbers(field.name, values, form, path)
        table = table.set_column(at, field.name, values)
    return table


def _without_gaps(values: Any, form: Format) -> Any:
    """Return an array whose values that stand for none are null: -999.0 is -999 in a column of numbers."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _of_dictionary(values, form)
    if _is_list(kind):
        return _of_lists(values, form)
    if is_text(kind):
        absent = pa.array([*form.na_values], pa.large_string())
        known = pc.is_in(pc.utf8_trim_whitespace(values.cast(pa.large_string())), value_set=absent)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        plain = plain_numbers(
            pa.array([*form.na_values], pa.large_string()), form.decimal, form.thousands
        )
        numbers = [float(text) for text in plain.drop_null().to_pylist() if not _ZEROS.match(text)]
        absent = pa.array(numbers, pa.float64())
        known = pc.is_in(values.cast(pa.float64(), safe=False), value_set=absent)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        days = [day for text in form.na_values if (day := _moment(text, kind)) is not None]
        known = pc.is_in(values, value_set=pa.array(days, kind))
    else:
        return values
    return pc.if_else(known, None, values) if pc.any(known).as_py() else values


def _of_dictionary(values: Any, form: Format) -> Any:
    """Return categories without those that stand for no value; the others keep their order."""
    kind = values.type
    kept = _without_gaps(values.dictionary, form).drop_null()
    if len(kept) == len(values.dictionary.drop_null()):
        return values
    at = pc.index_in(values.cast(kind.value_type), value_set=kept).cast(kind.index_type)
    return pa.DictionaryArray.from_arrays(at, kept, ordered=kind.ordered)


def _is_list(kind: Any) -> bool:
    t = pa.types
    return bool(t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind))


def _of_lists(lists: Any, form: Format) -> Any:
    """Return lists whose values that stand for none are null; lists that are missing stay so."""
    if not len(lists):
        return lists
    kind, missing = lists.type, lists.is_null()
    # Not flatten: it drops what lies below lists that are missing.
    if pa.types.is_fixed_size_list(kind):
        flat = lists.values.slice(lists.offset * kind.list_size, len(lists) * kind.list_size)
        values = _without_gaps(flat, form)
        if values is flat:
            return lists
        return pa.FixedSizeListArray.from_arrays(values, type=kind, mask=missing)
    first, last = lists.offsets[0].as_py(), lists.offsets[-1].as_py()
    flat = lists.values.slice(first, last - first)
    values = _without_gaps(flat, form)
    if values is flat:
        return lists
    offsets = pc.subtract(lists.offsets, lists.offsets[0])
    return type(lists).from_arrays(offsets, values, type=kind, mask=missing)


def _moment(text: str, kind: Any) -> Any:
    """Return a text as a date or moment; None where it is none."""
    try:
        return pa.scalar(text).cast(pa.timestamp("us")).cast(kind, safe=False)
    except pa.ArrowInvalid:
        return None


def _numbers(name: str, values: Any, form: Format, path: Path) -> Any:
    """Return a column as numbers, if all its texts are, and none looks like a code."""
    texts = pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), None, values)
    if texts.null_count == len(texts):
        return values
    plain = plain_numbers(texts, form.decimal, form.thousands)
    if plain.null_count == texts.null_count:
        return (
            plain.cast(pa.float64()) if name in form.numbers or _amounts(texts, plain) else values
        )
    if name not in form.numbers:
        return values
    row = pc.index(pc.and_(texts.is_valid(), plain.is_null()), True).as_py()
    set_to = f"decimal = {form.decimal!r}" + (
        f" and thousands = {form.thousands!r}" if form.thousands else ""
    )
    raise InputError(
        f"{path}: column {name!r}, row {row + 1}: {texts[row].as_py()!r:.60} is no number with {set_to}",
        key="features",
        remedy="set them otherwise, or name such values in na_values",
    )


def _amounts(texts: Any, plain: Any) -> bool:
    """Tell whether numbers are no codes: one has a separator, none has 007's zeros or an id's digits."""
    separated = pc.match_substring_regex(pc.utf8_trim_whitespace(texts), "[^0-9eE+-]")
    return bool(
        pc.any(separated).as_py() and not pc.any(pc.match_substring_regex(plain, _CODE)).as_py()
    )


def plain_numbers(texts: Any, point: str, thousands: str | None) -> Any:
    """Return the numbers of a column as programs write them, and null in place of what is none.

    Parameters
    ----------
    texts
        The column.
    point, thousands
        What stands before the decimals, and between the thousands if something does.
    """
    group = thousands or ""
    for other in (_LIKE[group],) if group in _LIKE else ():
        texts = pc.replace_substring_regex(texts, other, group)
    written = pc.utf8_trim_whitespace(texts)
    decimals = rf"({re.escape(point)}\d*)?([eE][+-]?\d+)?"
    whole = rf"([1-9]\d{{0,2}}({re.escape(group)}\d{{3}})+|\d+)" if group else r"\d+"
    if group == ",":  # in India, hundreds of thousands: 1,23,456
        whole = rf"({whole}|[1-9]\d?(,\d{{2}})*,\d{{3}})"
    number = rf"^[+-]?({whole}{decimals}|{re.escape(point)}\d+([eE][+-]?\d+)?)$"
    good = pc.match_substring_regex(written, number)
    plain = pc.replace_substring(written, group, "") if group else written
    return pc.if_else(good, pc.replace_substring(plain, point, "."), None)
