"""Values of a file as its reader is told that they are written: gaps, decimals, thousands."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.table_rows import Format
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.inline_toml import inline_toml
from clusterforge.tables import amounts, as_keys, below_zero, plainly, without_unit
from clusterforge.tables.arrow import all_match, any_match, is_list, is_text
from clusterforge.tables.values import GAPS

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
        if not all_match(values, _FORCED):
            continue
        found[field.name] = values.drop_null()[0].as_py()
        plain = pc.replace_substring_regex(values, _FORCED, r"\1")
        filled = pc.if_else(pc.equal(plain, ""), None, plain)
        numbers = None if field.name in as_text else as_numbers(filled, ".")
        table = table.set_column(at, field.name, plain if numbers is None else numbers)
    if not found:
        return table, ()
    name, value = next(iter(found.items()))
    more = f" and of {count(len(found) - 1, 'more column')}" if len(found) > 1 else ""
    return table, (
        f"values of column {name!r:.60}{more} are read without the = and quotes around them ({value:.40})",
    )


def as_numbers(texts: Any, point: str) -> Any:
    """Return a column as whole or other numbers; None where a text is none, or looks like a code."""
    numbers = plain_numbers(texts, point, None)
    if numbers.null_count > texts.null_count or any_match(texts, _CODE):
        return None
    whole = all_match(numbers, r"^[+-]?\d+$")
    return numbers.cast(pa.int64() if whole else pa.float64())


def as_written(table: Any, form: Format, path: Path | None) -> Any:
    """Return a table with its gaps null, and with numbers in place of texts that all are numbers.

    Parameters
    ----------
    table
        The table as it was parsed.
    form
        How its values are written.
    path
        The file, for messages; None of a data frame.

    Raises
    ------
    InputError
        Where a column that is said to be of numbers holds a text that is none as they are written.
    """
    if not (form.na_values or form.writes_otherwise or form.numbers):
        return table
    for at, field in enumerate(table.schema):
        name = field.name
        if form.columns is not None and name not in form.columns:
            continue
        values, gaps = table.column(at), form.gaps(name)
        if gaps:
            of_column = _Gaps(tuple(gaps), form.decimal, form.thousands)
            chunks = [of_column.without(chunk) for chunk in values.chunks]
            values = pa.chunked_array(chunks, values.type)
        wanted = form.writes_otherwise or name in form.numbers
        if wanted and is_text(values.type) and name not in form.csv_text:
            values = _numbers(name, values, form, path)
        table = table.set_column(at, name, values)
    return table


@dataclass(frozen=True)
class _Gaps:
    """Takes out what stands for no value in a column.

    Parameters
    ----------
    listed
        What does.
    decimal, thousands
        How its numbers are written.
    """

    listed: tuple[str, ...]
    decimal: str
    thousands: str | None

    def without(self, values: Any) -> Any:
        """Return an array with null in their place: -999.0 is -999 in a column of numbers."""
        kind = values.type
        if pa.types.is_dictionary(kind):
            return self._of_dictionary(values)
        if is_list(kind):
            return self._of_lists(values)
        listed = pa.array(self.listed, pa.large_string())
        if is_text(kind):
            trimmed = pc.utf8_trim_whitespace(values.cast(pa.large_string()))
            known = pc.is_in(trimmed, value_set=listed)
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            plain = plain_numbers(listed, self.decimal, self.thousands).drop_null().to_pylist()
            numbers = np.array([float(text) for text in plain if not _ZEROS.match(text)])
            if pa.types.is_floating(kind):  # of which a float32 may have but the nearest
                with np.errstate(over="ignore"):
                    numbers = numbers.astype(kind.to_pandas_dtype()).astype(np.float64)
            own = values.cast(pa.float64(), safe=False)
            known = pc.is_in(own, value_set=pa.array(numbers, pa.float64()))
        elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            days = [day for text in self.listed if (day := _moment(text, kind)) is not None]
            known = pc.is_in(values, value_set=pa.array(days, kind))
        else:
            return values
        return pc.if_else(known, None, values) if pc.any(known).as_py() else values

    def _of_dictionary(self, values: Any) -> Any:
        """Return categories without them; the others keep their order."""
        kind = values.type
        kept = self.without(values.dictionary).drop_null()
        if len(kept) == len(values.dictionary.drop_null()):
            return values
        at = pc.index_in(values.cast(kind.value_type), value_set=kept).cast(kind.index_type)
        return pa.DictionaryArray.from_arrays(at, kept, ordered=kind.ordered)

    def _of_lists(self, lists: Any) -> Any:
        """Return lists with null in their place; lists that are missing stay so."""
        if not len(lists):
            return lists
        kind, missing = lists.type, lists.is_null()
        # Not flatten: it drops what lies below lists that are missing.
        if pa.types.is_fixed_size_list(kind):
            flat = lists.values.slice(lists.offset * kind.list_size, len(lists) * kind.list_size)
            values = self.without(flat)
            if values is flat:
                return lists
            return pa.FixedSizeListArray.from_arrays(values, type=kind, mask=missing)
        first, last = lists.offsets[0].as_py(), lists.offsets[-1].as_py()
        flat = lists.values.slice(first, last - first)
        values = self.without(flat)
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


def _numbers(name: str, values: Any, form: Format, path: Path | None) -> Any:
    """Return a column as numbers, if all its texts are, and none looks like a code."""
    texts = without_gaps(values)
    if texts.null_count == len(texts):
        return values
    plain = plain_numbers(texts, form.decimal, form.thousands)
    otherwise = plain.null_count > texts.null_count
    if otherwise and (form.units or name in form.numbers or _signed(texts, form)):
        written = plainly(texts)
        bare = without_unit(written, form.units) if form.units else None
        if bare is None:
            bare = below_zero(written)
            texts = written if name in form.numbers else bare  # of which some must have a separator
        plain = plain_numbers(bare, form.decimal, form.thousands)
    if plain.null_count == texts.null_count:
        are_numbers = name in form.numbers or _amounts(texts, plain)
        return plain.cast(pa.float64()) if are_numbers else values
    if name not in form.numbers or not form.writes_otherwise:
        return values
    row = _first_odd(texts, plain, form)
    set_to = f"decimal = {form.decimal!r}"
    if form.thousands:
        set_to += f" and thousands = {form.thousands!r}"
    if form.units:
        set_to += f" and units = {inline_toml([*form.units])}"
    keys = as_keys(below_zero(plainly(texts.drop_null())))
    different = texts.drop_null().unique()
    good = pc.is_valid(plain_numbers(different, form.decimal, form.thousands))
    held = None if keys else amounts(different, good)
    remedy = f"{f'set {keys}' if keys else 'set them otherwise'}, or name such values in na_values"
    raise InputError(
        f"{f'{path}: ' if path else ''}column {name!r}, row {row + 1}: "
        f"{texts[row].as_py()!r:.60} is no number with {set_to}",
        key="features",
        remedy=held.remedy if held and not held.units else remedy,
    )


def without_gaps(texts: Any) -> Any:
    """Return a column with null in place of what stands for no value among numbers."""
    trimmed = pc.utf8_trim_whitespace(texts)
    absent = pc.is_in(trimmed, value_set=pa.array(["", *sorted(GAPS)], trimmed.type))
    return pc.if_else(absent, None, texts)


def _first_odd(texts: Any, plain: Any, form: Format) -> int:
    """Return the row of the first text that is no number, also where one makes texts of all others."""
    odd = np.flatnonzero(pc.and_(texts.is_valid(), plain.is_null()).to_numpy(zero_copy_only=False))
    for row in map(int, odd[:SOME] if form.units else ()):
        bare = without_unit(plainly(texts.slice(row, 1)), form.units)
        if bare is None or plain_numbers(bare, form.decimal, form.thousands).null_count:
            return row
    return int(odd[0])


def _signed(texts: Any, form: Format) -> bool:
    """Tell whether the first texts are numbers as they are written, but for their signs and digits."""
    few = texts.slice(0, SOME).drop_null()
    return not plain_numbers(below_zero(plainly(few)), form.decimal, form.thousands).null_count


def _amounts(texts: Any, plain: Any) -> bool:
    """Tell whether numbers are no codes: one has a separator, none has 007's zeros or an id's digits."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return any_match(trimmed, "[^0-9eE+-]") and not any_match(plain, _CODE)


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
