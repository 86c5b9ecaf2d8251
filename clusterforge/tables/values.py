"""A table's columns as one float64 matrix, by columns whose kinds are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import UNSEEN, Column, IntArray, Numbers
from clusterforge.errors import InputError, NoColumn, nearest
from clusterforge.formats import count, few_of
from clusterforge.inline_toml import inline_toml
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.stored_rows import is_large, release_pages, spilled
from clusterforge.tables.amounts import BARE, GROUPED, amounts, as_keys, below_zero, plainly
from clusterforge.tables.arrow import all_match, decoded, in_one, is_list, is_number, is_text
from clusterforge.tables.dates import ISO, UNTIL, by_format, date_formats, moment, width
from clusterforge.tables.durations import duration, has_races, race
from clusterforge.tables.not_numbers import no_numbers
from clusterforge.tables.type_setting import type_setting

KEY = "features"
FEW_CHARACTERS = 40
FEW_ODD = 20  # values that are named at once
NO_NUMBER = "no number"
UNIX = (1e8, 4_102_444_800)  # 1973 to 2100: numbers below are years or days as 20240131
_FILETIME = (
    1.19e17,
    1.4e17,
)  # tenths of microseconds since 1601, of 1978 to 2044: not of 1973 and 1974
_UNIX_UNITS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_TODAY = (946_684_800, 1_893_456_000)  # 2000 to 2030
BLOCK = 1 << 15  # rows of the matrix that stay in the processor's cache
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}
_DAY = 86_400
GAPS = frozenset({"NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None"})
"""What stands for no value among numbers, and next to yes and no."""
SHORT = {"%T": "%H:%M:%S", "%R": "%H:%M", "%F": "%Y-%m-%d", "%D": "%m/%d/%y"}
"""Parts of formats that Python's strptime does not have everywhere."""
TIME = (
    r"^(([01]?[0-9]|2[0-3]):([0-5][0-9])(:([0-5][0-9]))?|24:00(:00)?"
    r"|(0?[1-9]|1[0-2])(:[0-5][0-9]){1,2} ?[AaPp][Mm])$"
)
CLOCKS = {"%H%M": 4, "%H%M%S": 6}
"""Formats of times as whole numbers, and their digits."""
_HOURS_AND_MINUTES = "^([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9])?$|^2400$"
_OTHERWISE = "say in types what the column is (a category takes all), or leave it out by drop"
_WEEK, _WEEKDAY = re.compile("%[UW]"), re.compile("%[aAwu]")


class OddValues(InputError):
    """Values of a column are not of its kind.

    Parameters
    ----------
    problem, key, remedy, file, options
        As of every error of the user's input.
    odd
        The values, by their column; empty where there are many, or something else is to be done.
    """

    def __init__(
        self,
        problem: str,
        *,
        key: str | None = None,
        remedy: str | None = None,
        file: str | None = None,
        options: tuple[str | bool | int | tuple[str, ...], ...] = (),
        odd: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(problem, key=key, remedy=remedy, file=file, options=options)
        self.odd = odd or {}

    def remedy_beside(self, known: Mapping[str, Sequence[str]] | None) -> str | None:
        """Return what to do where some values are gaps already; None: where none can be named."""
        if not self.odd:
            return self.remedy
        named = "leave such values empty"
        if known is not None:
            named = f"set na_values = {with_gaps(known, self.odd)}"
        return f"{named}, {_OTHERWISE}"


def with_gaps(known: Mapping[str, Sequence[str]], more: Mapping[str, Sequence[str]]) -> str:
    """Return ``na_values`` with more values of single columns, as a recipe has it."""
    return inline_toml({**known, **{n: [*known.get(n, ()), *more[n]] for n in more}})


def matrix(table: pa.Table, columns: Sequence[Column]) -> Numbers:
    """Read columns of a table.

    Parameters
    ----------
    table
        Has a column of each name; of ``emb.3`` also a column ``emb`` of lists.
    columns
        What they are: one that was described from other rows keeps its categories.

    Returns
    -------
    float64 (n, d), or float32 where all columns are
        Gaps are nan; a category that a column does not have is -1. Many rows lie in a file (``StoredRows``).

    Raises
    ------
    InputError
        Where a column is not there, or holds what its kind can't be, with the first such row.
    """
    there = {*table.column_names}
    for column in columns:
        if column.source not in there:
            near = nearest(column.source, table.column_names)
            raise NoColumn(f"there is no column {column.source!r}", key=KEY, remedy=near)
    single = all(_is_float32(table.schema.field(column.source).type) for column in columns)
    numbers = all(column.kind == "number" for column in columns)
    shape = (table.num_rows, len(columns))
    dtype = np.float32 if single and numbers else np.float64
    if is_large(*shape, dtype):
        return spilled(_parts(table, columns, dtype), shape, dtype)
    values = np.empty(shape, dtype)
    for start, part in enumerate(_parts(table, columns, dtype)):
        values[start * BLOCK : (start + 1) * BLOCK] = part
    return values


def _parts(table: pa.Table, columns: Sequence[Column], dtype: npt.DTypeLike) -> Iterator[Numbers]:
    """Yield the matrix of a table block by block."""
    width = widths(columns)
    for start in range(0, table.num_rows or 1, BLOCK):
        block = table.slice(start, BLOCK)
        values: Numbers = np.empty((block.num_rows, len(columns)), dtype)
        lists: dict[str, Numbers] = {}
        for i, column in enumerate(columns):
            name = column.source
            if column.place is None:
                try:
                    values[:, i] = of_column(block[name], column)
                except InputError:
                    of_column(table[name], column)  # counts rows from the first of the table
                    raise
            elif block[name].null_count == block.num_rows:  # no list tells the width
                values[:, i] = np.nan
            else:
                if name not in lists:
                    lists[name] = flattened(block[name], name)
                    check_width(name, lists[name].shape[1], width[name])
                values[:, i] = lists[name][:, column.place]
        yield values
        release_pages()


def widths(columns: Sequence[Column]) -> Counter[str]:
    """Return how many numbers the lists of each column of lists have."""
    return Counter(column.source for column in columns if column.place is not None)


def check_width(name: str, width: int, known: int) -> None:
    """Refuse lists of another length than those of train: what is too much would be dropped."""
    if width != known:
        raise InputError(
            f"the lists of column {name!r} have {count(width, 'number')}, those of train {known:,}",
            key=KEY,
        )


def _is_float32(kind: Any) -> bool:
    nested = pa.types.is_nested(kind) and is_numbers(kind)
    return _is_float32(kind.value_type) if nested else bool(pa.types.is_float32(kind))


def with_fill(columns: Sequence[Column], values: DoubleArray) -> tuple[Column, ...]:
    """Return columns that fill gaps by the train split's mean, or its most frequent category.

    Raises
    ------
    InputError
        Where a column has no value at all.
    """
    found = []
    for column, own in zip(columns, values.T, strict=True):
        known = own[~np.isnan(own)]
        if not len(known):
            raise InputError(f"column {column.name!r} has no value in the train split", key=KEY)
        often = int(np.bincount(known.astype(np.int64)).argmax()) if column.coded else known.mean()
        found.append(replace(column, fill=float(often)))
    return tuple(found)


def flattened(column: Any, name: str) -> Numbers:
    """Return a column of lists of numbers of one length: float32 or float64 (n, length)."""
    of_each = pc.list_value_length(column)
    lengths = of_each.drop_null().unique().to_pylist()
    if len(lengths) != 1:
        first = few_of([f"{n:,}" for n in lengths], 2)
        raise InputError(
            f"the lists of column {name!r} have {len(lengths)} different lengths: {first}",
            key=KEY,
            remedy="write lists of one length, or leave the column out",
        )
    if column.null_count:  # a row without a list has gaps
        there = column.is_valid()
        known = flattened(column.filter(there), name)
        values: Numbers = np.full((len(column), known.shape[1]), np.nan, known.dtype)
        values[there.to_numpy(**_own(there))] = known
        return values
    flat = pc.list_flatten(column)
    if pa.types.is_nested(flat.type):
        return flattened(flat, name).reshape(len(column), -1)
    plain = flat.to_numpy(**_own(flat)) if pa.types.is_float32(flat.type) else _floats(flat)
    shaped: Numbers = plain.reshape(-1, lengths[0])
    return shaped


def of_column(values: Any, column: Column) -> DoubleArray:
    """Return the values of one Arrow column as its kind says: float64 (n,)."""
    values = decoded(values)
    if pa.types.is_null(values.type):
        return np.full(len(values), np.nan)
    if pa.types.is_nested(values.type):
        raise InputError(
            f"column {column.name!r} holds lists or objects, where the run had single values",
            key=KEY,
        )
    read = {"number": _numbers, "cycle": _numbers, "date": _dates, "time": _times}.get(
        column.kind, _codes
    )
    return read(values, column)


def texts(values: Any) -> Any:
    """Return values as trimmed texts; what is blank is null, and 2.0 is ``2``."""
    values = decoded(values)
    written = pc.utf8_trim_whitespace(values.cast(pa.large_string()))
    if pa.types.is_floating(values.type):  # gaps make floats of integers
        written = pc.replace_substring_regex(written, r"\.0$", "")
        written = pc.if_else(pc.equal(written, "nan"), None, written)
    return pc.if_else(pc.equal(written, ""), None, written)


def different_texts(column: Any) -> Any:
    """Return the different texts of a column, trimmed."""
    return texts(column.unique()).unique().drop_null()


def _floats(values: Any) -> DoubleArray:
    if pa.types.is_duration(values.type):
        return _seconds(values)
    flat: DoubleArray = values.cast(pa.float64(), safe=False).to_numpy(**_own(values))
    return flat


def _seconds(values: Any) -> DoubleArray:
    """Return dates, times and durations in seconds; of dates what is below a microsecond is dropped."""
    kind = values.type
    whole = values.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    if pa.types.is_date32(kind):
        return _floats(whole) * _DAY
    unit = "ms" if pa.types.is_date64(kind) else kind.unit
    if unit == "ns" and pa.types.is_duration(kind):
        return _floats(whole) / 1e9
    if unit == "ns":  # float64 has no room for them next to the years since 1970
        unit, whole = "us", pc.divide(whole, 1_000)
    return _floats(whole) / _PER_SECOND[unit]


def _own(values: Any) -> dict[str, bool]:
    return {} if isinstance(values, pa.ChunkedArray) else {"zero_copy_only": False}


def _numbers(values: Any, column: Column) -> DoubleArray:
    if not is_text(values.type):
        if not (_can_be_numbers(values.type) or pa.types.is_time(values.type)):
            raise InputError(f"column {column.name!r} holds {values.type}, not numbers", key=KEY)
        return _seconds(values) if pa.types.is_time(values.type) else _floats(values)
    written = texts(values)
    try:
        return _floats(written.cast(pa.float64()))
    except pa.ArrowInvalid:
        first = written[pc.index(written.is_valid(), True).as_py()].as_py()
        read = race if has_races(written) else duration
        if read(first) is not None:
            return _different(written, read, column, "no duration as 1:30:00 or 1h 30m")
        plain = below_zero(plainly(written))
        with suppress(pa.ArrowInvalid):
            return _floats(plain.cast(pa.float64()))
        good = pc.match_substring_regex(plain, f"{BARE}|^[+-]?(inf|nan)$")
        raise _strange(written, good, column, NO_NUMBER) from None


def _codes(values: Any, column: Column) -> DoubleArray:
    # Few texts are trimmed and looked up, not one per row.
    encoded = in_one(values).dictionary_encode()
    codes = np.append(_codes_of(encoded.dictionary, column), np.nan)
    gap = len(encoded.dictionary)
    found: DoubleArray = codes[pc.fill_null(encoded.indices, gap).to_numpy()]
    return found


def _codes_of(values: Any, column: Column) -> DoubleArray:
    written = texts(values)
    if column.kind == "yes-no" and not GAPS & set(column.categories):
        gaps = pc.is_in(written, value_set=pa.array(sorted(GAPS), pa.large_string()))
        written = pc.if_else(gaps, None, written)
    categories = pa.array(column.categories, pa.large_string())
    known = pc.index_in(written, value_set=categories)
    if column.kind == "yes-no" or pa.types.is_boolean(values.type):  # True and true are one
        lower = pc.utf8_lower(written), pc.utf8_lower(categories)
        known = pc.coalesce(known, pc.index_in(lower[0], value_set=lower[1]))
    codes = _floats(pc.fill_null(known, int(UNSEEN)))
    return np.where(written.is_null().to_numpy(**_own(written)), np.nan, codes)


def _dates(values: Any, column: Column) -> DoubleArray:
    kind = values.type
    if is_text(kind):
        return _written_dates(texts(values), column)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _seconds(values)
    if not is_number(kind):
        raise InputError(f"column {column.name!r} holds {kind}, not dates", key=KEY)
    if column.format:
        return _written_dates(_digits(values), column)
    numbers = _floats(values)
    first = float(next(iter(numbers[~np.isnan(numbers)]), 0))
    low, high = UNIX
    if _FILETIME[0] <= first <= _FILETIME[1]:
        seconds = numbers / 1e7 - 11_644_473_600
    else:
        # What is a moment between 1973 and 2100 in one unit is none in another.
        units = (per for per in _UNIX_UNITS.values() if low * per <= first <= high * per)
        seconds = numbers / next(units, 1.0)
    seconds[(seconds < low) | (seconds > high)] = np.nan
    other = np.flatnonzero(np.isnan(seconds) & ~np.isnan(numbers))
    if len(other):
        raise InputError(
            f"column {column.name!r}, row {other[0] + 1}: {numbers[other[0]]:.15g} is no date: numbers are "
            "Unix seconds, or all thousandths, millionths or billionths of them, between 1973 and 2100",
            key=KEY,
            remedy='set the format in types, as "%Y%m%d" or "%Y", make it a number, or name such values in '
            "na_values",
        )
    return seconds


def unix_unit(least: float, most: float, *, dated: bool = False) -> str | None:
    """Return the unit in which numbers are moments between 2000 and 2030; None where they are none.

    Parameters
    ----------
    least, most
        The smallest and the largest of the numbers.
    dated
        Whether their column is called as moments are: these may be between 1973 and 2100.
    """
    low, high = UNIX if dated else _TODAY
    units = _UNIX_UNITS.items()
    return next((u for u, per in units if low * per <= least and most <= high * per), None)


def _digits(values: Any) -> Any:
    """Return whole numbers as their digits, and what gaps have made of them."""
    known = pc.if_else(pc.is_finite(values.cast(pa.float64(), safe=False)), values, None)
    try:
        return known.cast(pa.int64()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return texts(known)  # fractions, which no format has


def _written_dates(written: Any, column: Column) -> DoubleArray:
    """Return dates that are written in ISO 8601, or in the column's own format."""
    form = column.format
    for short, long in SHORT.items():
        form = form.replace(short, long)
    if not form:
        plain = pc.replace_substring_regex(written, "Z$", "")  # without a zone it is UTC, too
        try:
            return _seconds(plain.cast(pa.timestamp("us")))
        except pa.ArrowInvalid:
            what = "no date as 2026-11-28 or 2026-11-28 10:30:00"
            return _different(written, moment, column, what)
    if _WEEK.search(form) and not _WEEKDAY.search(form):
        raise InputError(
            f"column {column.name!r}: {form} gives no day of the week, so no date",
            key="types",
            remedy='make it a category, or add a day, as in "%Y-W%W-%w"',
        )
    if (digits := width(form.partition(UNTIL)[0])) and not form.startswith("%Y"):
        written = pc.utf8_lpad(written, digits, "0")  # numbers have lost their zeros
    # Arrow's strptime makes March 2 of February 31.
    read = partial(by_format, form=form)
    if not form.startswith("%Y"):  # a cell of a sheet may be a date, which is written as one
        read = partial(_by_format_or_iso, form=form)
    return _different(written, read, column, f"no date by {form}")


def _by_format_or_iso(text: str, form: str) -> float | None:
    found = by_format(text, form)
    return moment(text) if found is None and re.match(ISO, text) else found


def _different(
    written: Any, read: Callable[[str], float | None], column: Column, what: str
) -> DoubleArray:
    """Return texts as numbers, each different text read once."""
    seconds = {text: read(text) for text in written.drop_null().unique().to_pylist()}
    if None in seconds.values():
        good = [text is None or seconds[text] is not None for text in written.to_pylist()]
        raise _strange(written, pa.array(good), column, what)
    return np.array([seconds.get(text, np.nan) for text in written.to_pylist()], np.float64)


def clock_format(values: Any) -> str:
    """Return how times are written as whole numbers, 959 or 93015, in a train split; empty of others."""
    if not is_number(values.type):
        return ""
    longest = pc.max(pc.utf8_length(_digits(values))).as_py() or 0
    return next((form for form, digits in CLOCKS.items() if longest <= digits), "%H%M%S")


def _times(values: Any, column: Column) -> DoubleArray:
    if pa.types.is_time(values.type):
        return _seconds(values)
    own = values
    if form := column.format or clock_format(values):
        own = _digits(values) if is_number(values.type) else texts(values)
        digits = pc.match_substring_regex(own, "^[0-9]+$")
        values = pc.if_else(digits, pc.utf8_lpad(own, CLOCKS[form], "0"), own)
    if not is_text(values.type):
        raise InputError(f"column {column.name!r} holds {values.type}, not times", key=KEY)
    written = texts(values)
    good = pc.match_substring_regex(written, f"{TIME}|{_HOURS_AND_MINUTES}")
    if pc.any(pc.invert(good)).as_py():
        raise _strange(texts(own), good, column, "no time as 10:30 or 10:30:00")
    seconds = np.full(len(written), np.nan)
    for row, text in enumerate(written.to_pylist()):
        if text is not None:
            clock = text.rstrip(" AaPpMm")
            parts = clock.split(":") if ":" in clock else re.findall("..", clock)
            hour, minute, second = (*map(int, parts), 0, 0)[:3]
            if clock != text:  # 12 AM is midnight, 12 PM noon
                hour = hour % 12 + 12 * (text[-2] in "Pp")
            seconds[row] = hour * 3600 + minute * 60 + second
    return seconds


def _strange(written: Any, good: Any, column: Column, what: str) -> InputError:
    rows: IntArray = np.flatnonzero(~pc.fill_null(good, True).to_numpy(**_own(good)))
    if not len(rows):
        return InputError(f"column {column.name!r} has a value that is {what}", key=KEY)
    value = written[int(rows[0])].as_py()
    odd = written.filter(pc.invert(good)).unique()
    listed = odd.to_pylist() if len(odd) <= FEW_ODD else []
    remedy = None
    if what.startswith("no date") and (forms := date_formats(odd.drop_null().to_pylist())):
        others = f", or {' or '.join(forms[1:])}" * (len(forms) > 1)
        remedy = f"set {type_setting(column.source, forms[0], False)}{others}"
    if what == NO_NUMBER:
        plain = below_zero(plainly(odd))
        if all_match(plain, GROUPED):
            keys = (
                as_keys(plain) or "decimal, and thousands if there are some, as the file has them"
            )
            remedy = f"set {keys}"
        elif held := no_numbers(odd):
            remedy = held[-1]
        elif found := amounts(written.drop_null().unique()) or amounts(odd):
            remedy = found.remedy
    names = {} if remedy or not listed else {column.source: listed}
    named = f"set na_values = {with_gaps({}, names)}" if names else "name such values in na_values"
    return OddValues(
        f"column {column.name!r}, row {rows[0] + 1}: {value[:FEW_CHARACTERS]!r} is {what}",
        key=KEY,
        remedy=remedy or f"{named}, {_OTHERWISE}",
        odd=names,
    )


def are_whole(numbers: Any) -> bool:
    """Tell whether floats are integers; False without any."""
    numbers = numbers.cast(pa.float64())  # Arrow has no floor of halves
    return bool(pc.all(pc.equal(numbers, pc.floor(numbers))).as_py())


def _can_be_numbers(kind: Any) -> bool:
    t = pa.types
    plain = is_number(kind) or t.is_boolean(kind)
    return bool(plain or t.is_decimal(kind) or t.is_duration(kind))


def is_numbers(kind: Any) -> bool:
    """Return whether an Arrow type is one of numbers, or of lists of them."""
    return is_numbers(kind.value_type) if is_list(kind) else _can_be_numbers(kind)
