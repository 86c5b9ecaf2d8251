"""Rows as a reader of files returns them, and how it is told to read."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clusterforge.contracts import IntArray
from clusterforge.datasets.partitions import Partitions
from clusterforge.datasets.signatures import faulty_file, in_place_of
from clusterforge.errors import InputError
from clusterforge.file_keys import matches
from clusterforge.tables.type_setting import type_setting
from clusterforge.tables.values import with_gaps

EVERY = "*"  # the pattern of all columns
_DAMAGE = {
    "Frame requires too much memory": (
        "was packed with a window that is not read",
        "unpack it: zstd -d --long=31",
    ),
    "checksum verification failed": (
        "is damaged: its checksums don't fit its values",
        "copy it again",
    ),
    "incorrect header check": (
        "has bytes after its gzip data that are no gzip",
        "copy it again, or unpack it with gunzip, which leaves them out",
    ),
}
FEW_WORDS = 3  # different ones among numbers, which may stand for no value


@dataclass(frozen=True)
class Format:
    """How files are read.

    Parameters
    ----------
    encoding
        Encoding of text files.
    several
        Whether there are several files: then a txt file that is certainly in another encoding is read in it.
    whole_files
        Whether each file is one text.
    drop_empty
        Whether a txt file without text is one without rows.
    delimiter
        What stands between the values of a csv file; None: as its suffix says.
    header
        Whether the first row of a csv file or a sheet names the columns; None: yes, unless it looks like
        values.
    skip
        How many lines of a csv file, or rows of a sheet, stand above all others and are not read.
    quotes
        Whether values of a csv file may stand in quotes.
    table
        The table of a database or the sheet of a workbook; None: the only one.
    query
        The query whose answer is read of a database; None: a table.
    na_values
        What is no value, besides nothing, by the pattern of the columns where it is none.
    decimal, thousands
        What stands before the decimals and between the thousands of numbers that are written as text.
    units
        Signs and units that stand beside all numbers of a column.
    numbers
        The columns that are said to be of numbers.
    comment
        What begins a line of a csv file that is no row.
    as_text
        The csv columns that are text whatever they look like.
    label
        The column of labels, which is text as well in a csv file.
    as_stored
        Whether all columns are wanted as they are in the file: objects within JSON objects stay JSON text,
        and columns of one name are numbered.
    columns
        The columns that are needed; None: all.
    drop
        The patterns of those that are left out.
    rows
        About how many rows are wanted of kinds of files that can be read in part; None: all.
    mapped
        Whether rows stay in files of which they are read when they are needed: they are many.
    typed
        Whether ``types`` says what columns are.
    partitions
        The columns that the folders of files say.
    split
        Which rows are read of a file that holds several splits.
    """

    encoding: str = "utf-8"
    several: bool = False
    whole_files: bool = False
    drop_empty: bool = False
    delimiter: str | None = None
    header: bool | None = None
    skip: int = 0
    quotes: bool = True
    table: str | None = None
    query: str | None = None
    na_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    decimal: str = "."
    thousands: str | None = None
    units: Collection[str] = ()
    numbers: Collection[str] = ()
    comment: str | None = None
    as_text: Collection[str] = ()
    label: str | None = None
    as_stored: bool = False
    columns: Collection[str] | None = None
    drop: Collection[str] = ()
    rows: int | None = None
    mapped: bool = False
    typed: bool = False
    partitions: Partitions = field(default_factory=dict)
    split: str = "train"

    def needs(self, name: str) -> bool:
        """Tell whether a column, or a field within it, is asked for."""
        return self.columns is None or name in self._asked

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The columns that are asked for, and those whose fields are."""
        within = (name.split(".") for name in self.columns or ())
        return frozenset(".".join(p[:at]) for p in within for at in range(1, len(p) + 1))

    def drops(self, name: str) -> bool:
        """Tell whether a column is left out."""
        return any(matches(name, one) for one in self.drop)

    @property
    def writes_otherwise(self) -> bool:
        """Whether numbers are written otherwise than programs write them."""
        return self.decimal != "." or self.thousands is not None or bool(self.units)

    def gaps(self, name: str) -> list[str]:
        """Return what is no value in a column, besides nothing."""
        listed = self.na_values.items()
        return [value for one, values in listed if matches(name, one) for value in values]

    @property
    def csv_text(self) -> set[str]:
        """The columns of a csv file that are text whatever they look like."""
        return {*self.as_text, *([self.label] if self.label else [])}


@dataclass(frozen=True)
class Rows:
    """One split as it was read, before rows are chosen.

    Parameters
    ----------
    table
        An Arrow table with every column that is needed.
    ids
        int64 or str (n,): what each row is called where no column says it (a line of a txt file, else
        its number).
    positions
        int64 (n,): where each row stood in the source, counted over all splits.
    class_names
        The names that integer labels of a column index, where the source has them.
    index
        The columns that are an index of the rows, where the source says so.
    total
        How many rows the file has, where ``Format.rows`` made it be read in part; None: not known.
    partial
        Whether it was read in part.
    remarks
        What the user should know of how they were read.
    doubts
        The same of a column, by the column and what is in doubt: said once for all files.
    typed
        Whether the recipe gives columns their types: remedies add to those.
    files, of_file
        The names of the files that were joined, and int64 (n,): of which each row is; empty of one file.
    """

    table: Any
    ids: npt.NDArray[Any]
    positions: IntArray
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    index: tuple[str, ...] = ()
    total: int | None = None
    partial: bool = False
    remarks: tuple[str, ...] = ()
    doubts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    typed: bool = False
    files: tuple[str, ...] = ()
    of_file: IntArray = field(default_factory=lambda: np.arange(0))

    @classmethod
    def whole(
        cls,
        table: Any,
        class_names: Mapping[str, tuple[str, ...]] | None = None,
        index: tuple[str, ...] = (),
    ) -> Rows:
        """Return all rows of a table, called by their numbers."""
        at = np.arange(table.num_rows, dtype=np.int64)
        return cls(table, at, at, class_names or {}, index)

    def place(self, row: int) -> str:
        """Say where a row stands, for messages: rows are counted from 1."""
        name = self.ids[row].item()
        return f"row {name + 1}" if isinstance(name, int) else f"row {name!r}"

    def type_setting(self, name: str, kind: str) -> str:
        """Return the setting that gives a column its type."""
        return type_setting(name, kind, self.typed)

    def at(self, positions: IntArray) -> Rows:
        """Return some of the rows."""
        table, ids = self.table.take(positions), self.ids[positions]
        of_file = self.of_file[positions] if self.files else self.of_file
        return replace(
            self, table=table, ids=ids, positions=self.positions[positions], of_file=of_file
        )


def damaged(path: Path, why: str) -> InputError | None:
    """Return the error for a file that is not as it was written; None where a library's words say no such."""
    said = next((said for sign, said in _DAMAGE.items() if sign in why), None)
    return said and faulty_file(f"{path} {said[0]}", said[1])


def unreadable(path: Path, kind: str, error: BaseException) -> InputError:
    """Return the error for a file that a library can't read."""
    known = in_place_of(path) or damaged(path, str(error))
    if known is not None:
        return known
    if "Object arrays" in str(error):
        remedy = "save numbers: np.save(…, np.stack([*x]).astype(np.float32))"
        return faulty_file(f"{path} holds objects of Python, which are not read", remedy)
    why = " ".join(str(error).split()).removeprefix("CSV parse error: ")[:200]
    return faulty_file(f"{path} can't be read as {kind}: {why}")


def typed(path: Path, name: str, values: Sequence[Any], form: Format, as_text: bool = False) -> Any:
    """Return the values of a column that the file itself gives types, as an Arrow column.

    Those of a column that is not asked for, left out or looked at alone, and lists of several kinds, are
    JSON text where they are not of one type.

    Raises
    ------
    InputError
        Where they are not of one type.
    """
    try:
        return _typed(path, name, values, form, as_text)
    except InputError:
        named = form.columns is not None and form.needs(name)
        dropped = form.drops(name)
        if (form.rows is None and not dropped) and (
            named or (form.needs(name) and not any(isinstance(v, list) for v in values))
        ):
            raise
    if all(v is None or isinstance(v, list) for v in values):  # is left out, and said
        return pa.chunked_array(
            [pa.array([v and [json.dumps(i, default=str) for i in v] for v in values])]
        )
    written = [v if v is None or isinstance(v, str) else json.dumps(v, default=str) for v in values]
    return pa.chunked_array([pa.array([v if is_unicode(v) else ascii(v) for v in written])])


def _typed(path: Path, name: str, values: Sequence[Any], form: Format, as_text: bool) -> Any:
    if gaps := form.gaps(name):  # a sign for no value among numbers is no text among them
        values = [None if isinstance(v, str) and v.strip() in gaps else v for v in values]
    if not as_text:
        values = _numbers_alone(values)
    if as_text:
        kinds = _first_of_each_kind(values)
        if {"bytes", "a list", "an object"} & {*kinds} and len(kinds) > 1:
            raise _of_several_kinds(path, name, values, form)
        values = values if "bytes" in kinds else [None if v is None else str(v) for v in values]
    try:
        array = pa.array(values)
        # Arrow takes a number after a date for days, one after a time for microseconds.
        if len(kinds := _first_of_each_kind(values)) > 1:
            raise TypeError
        return pa.chunked_array([array])
    except OverflowError:
        try:
            return pa.chunked_array([pa.array(values, pa.uint64())])
        except (OverflowError, pa.ArrowException, TypeError, ValueError):
            raise _too_large(path, name) from None
    except UnicodeEncodeError:
        row = next(row for row, value in enumerate(values, 1) if not is_unicode(value))
        raise faulty_file(
            f"{path}: {name!r} holds half of a character (a lone surrogate) in row {row}",
            "remove it",
        ) from None
    except (pa.ArrowException, TypeError, ValueError) as error:
        kinds = _first_of_each_kind(values)
        if len(kinds) > 1:
            if form.as_stored and not as_text:
                return _typed(path, name, values, form, as_text=True)
            raise _of_several_kinds(path, name, values, form) from None
        if [*kinds] == ["a number"]:  # whole ones next to fractions, which have 53 bits for them
            raise _too_large(path, name, 53) from None
        why = " ".join(str(error).split())[:160]
        raise faulty_file(f"{path}: the values of {name!r} can't be read: {why}") from None


def _numbers_alone(values: Sequence[Any]) -> Sequence[Any]:
    """Return values with numbers in place of texts that are some, where other values are numbers.

    So a sheet has them in some of its cells.
    """
    kinds = _first_of_each_kind(values)
    written = (
        [v for v in values if isinstance(v, str)] if {*kinds} == {"a number", "a text"} else ()
    )
    if not written or not all(map(_PLAIN.fullmatch, written)):
        return values
    return [
        v if not isinstance(v, str) else int(v) if v.strip().lstrip("-").isdecimal() else float(v)
        for v in values
    ]


def _too_large(path: Path, name: str, bits: int = 64) -> InputError:
    next_to = " next to fractions" if bits < 64 else ""
    return faulty_file(
        f"{path}: {name!r} holds whole numbers beyond {bits} bits{next_to}", "write them as text"
    )


_PLAIN = re.compile(r"\s*-?(0|[1-9]\d{0,17})(\.\d+)?\s*")
"""A number as text that is certainly no code: 007 may be one."""
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "yes or no"),
    ((int, float), "a number"),
    (str, "a text"),
    (bytes, "bytes"),
    (datetime.date, "a date"),
    (datetime.time, "a time"),
    (datetime.timedelta, "a duration"),
    (list, "a list"),
    (dict, "an object"),
)


def _first_of_each_kind(values: Sequence[Any]) -> dict[str, int]:
    """Return the first row that holds each kind of value, counted from 1."""
    first: dict[str, int] = {}
    of_type: dict[type, str] = {}
    for row, value in enumerate(values, 1):
        if value is None or type(value) in of_type:
            continue
        kind = next((what for types, what in _KINDS if isinstance(value, types)), "something else")
        of_type[type(value)] = kind
        first.setdefault(kind, row)
    return first


def _of_several_kinds(path: Path, name: str, values: Sequence[Any], form: Format) -> InputError:
    kinds = _first_of_each_kind(values)
    listed = ", ".join(f"{kind} in row {row:,}" for kind, row in kinds.items())
    remedy = "write all of one kind"
    if {*kinds} == {"a number", "a text"}:
        words = [v.strip() for v in values if isinstance(v, str) and not _PLAIN.fullmatch(v)]
        few = [*dict.fromkeys(words)]
        remedy = "write all of them as text, or all as numbers"
        plain = all(few) and not any(c.isdigit() for word in few for c in word)
        if plain and len(few) <= FEW_WORDS and 2 * len(words) < len(values):
            gaps = with_gaps(form.na_values, {name: few})
            remedy += f"; set na_values = {gaps}, if such a word stands for no value"
    return faulty_file(f"{path}: the values of {name!r} are not of one kind: {listed}", remedy)


def is_unicode(value: Any) -> bool:
    """Tell whether all text in a JSON value can be written."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True
