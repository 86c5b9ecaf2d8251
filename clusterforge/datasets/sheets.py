"""Reading of what holds several tables: workbooks of a spreadsheet, and sqlite databases."""

from __future__ import annotations

import datetime
import re
import sqlite3
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from clusterforge.datasets.csv_defects import (
    LINES,
    SEEN,
    check_names,
    each_named,
    places_once,
    skipped,
)
from clusterforge.datasets.csv_files import side_by_side, unnamed
from clusterforge.datasets.header import check_header, check_numbers, numbers_as_names
from clusterforge.datasets.signatures import FIRST, check_start, faulty_file
from clusterforge.datasets.table_rows import Format, Rows, typed, unreadable
from clusterforge.errors import EnvironmentProblem, InputError, nearest
from clusterforge.formats import count, first_of

_MERGED = re.compile(rb'<mergeCell ref="([A-Z0-9:]+)"')
_HIDDEN_COLUMN = re.compile(rb'<col [^>]*hidden="(?:1|true)"[^>]*>')
_SPAN = re.compile(rb'(min|max)="([0-9]+)"')
_STRICT = b"http://purl.oclc.org/ooxml/"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_NUMBER_CELL = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"(?: s="([0-9]+)")?(?: t="n")?>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]+)</v>'
)
_SIGN = re.compile(r'\[\$([^\]-]+)[^\]]*\]|"([^"]*\w[^"]*)"|([$€£¥])')
_LITERAL = re.compile(r'"[^"]*"|\\.')
_FIRST_DAYS = datetime.datetime(
    1900, 3, 1
)  # before it, dates are durations that a cell shows as h:mm
_HIDDEN = re.compile(rb'<row [^>]*hidden="(?:1|true)"')
PICTURES = 5  # of a workbook, of which one or two are logos
SHOWN = 3  # kinds of errors
_ERRORS = frozenset(
    {"#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"}
)


def read_xlsx(path: Path, form: Format) -> Rows:
    """Read a sheet of a workbook; the first row that is not empty names the columns.

    Raises
    ------
    InputError
        Where it is no workbook, or has several sheets and none is named.
    EnvironmentProblem
        Where openpyxl is not installed.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise EnvironmentProblem(
            f"{path} needs openpyxl, which is not installed; pip install 'clusterforge[xlsx]'"
        ) from None
    with path.open("rb") as file:
        start = file.read(FIRST)
    if not start.startswith(b"PK"):
        check_start(path, start)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which say nothing of rows
            book = load_workbook(path, read_only=True, data_only=True)
        with closing(book):
            filled = [name for name in book.sheetnames if _rows(book[name])]
            if not filled:
                _check_strict(path, book)
            shown = [one for one in filled if book[one].sheet_state == "visible"]
            alone = form.table is None and len(shown) == 1 < len(filled)
            name = _chosen(path, form.table, shown if alone else filled, "sheet")
            first_rows = [*islice(book[name].iter_rows(values_only=True), LINES)]
            rows = _rows(book[name], form.skip)
            if not rows:
                raise InputError(f"{path} has no rows below {count(form.skip, 'row')}", key="skip")
            gaps = any(value is None for row in rows for value in row)
            uncalculated = _uncalculated(path, book[name]) if gaps else ()
            names, rows = _named(rows, form)
            wanted = [n if _is_used(n, form) else "" for n in names]
            remarks: tuple[str, ...] = (
                *uncalculated,
                *_unseen(path, book, name, wanted),
                *_pictures(path),
            )
            if alone:
                hidden = first_of([repr(one) for one in filled if one != name], SHOWN)
                what = f"{path.name}: hidden sheets are not read ({hidden})"
                remarks = (f"{what}: name one in table to read it", *remarks)
            epoch = book.epoch
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers meet
        raise unreadable(path, "xlsx", error) from None
    without = sum(not name for name in names[1:])  # the first may be an index
    if without > len(names[1:]) / 2:
        first = next(name for name in names if name)
        problem = (
            f": the first row that holds anything names {len(names) - names.count('')} of "
            f"{len(names)} columns: {first!r:.60}"
        )
        remedy = "remove the rows above the names of the columns"
        raise skipped(path, problem, first_rows, form) or faulty_file(f"{path}{problem}", remedy)
    columns = [
        _durations([None if value in _ERRORS else value for value in column], epoch)
        for column in zip(*rows, strict=True)
    ]
    errors = Counter(v for row in rows for v in row if isinstance(v, str) and v in _ERRORS)
    if errors:
        kinds = first_of([f"{kind} in {count(n, 'cell')}" for kind, n in errors.items()], SHOWN)
        remarks = (*remarks, f"{path.name}: cells with errors are gaps: {kinds}")
    if form.header is None:
        check_numbers(path, names, [column[:SEEN] for column in columns])
    try:
        # Columns of several kinds tell that there is more than one table, whichever are asked for.
        read = _table(path, names, columns, replace(form, columns=None, rows=None))
    except InputError:
        if texts := _row_of_texts(rows):
            problem = f": row {texts} holds texts alone where other rows have numbers"
            remedy = (
                "if it is a header or units, remove it and what stands above the names of columns"
            )
            fault = skipped(path, problem, first_rows, form)
            raise fault or faulty_file(f"{path}{problem}", remedy) from None
        read = _table(path, names, columns, form)
    if form.header is None:
        check_header(path, read.table)
        remarks = (*remarks, *numbers_as_names(path, read.table))
    return replace(read, remarks=(*remarks, *read.remarks))


def _is_used(name: str, form: Format) -> bool:
    return form.needs(name) and not form.drops(name)


def _durations(values: list[Any], epoch: datetime.datetime) -> list[Any]:
    """Return durations for times and days of 1900, of which a cell in the form h:mm holds either.

    Those below a day alone may be times of day.
    """
    kinds = {type(value) for value in values} - {type(None)}
    of_days = [value for value in values if isinstance(value, datetime.datetime)]
    clocks = {datetime.time, datetime.timedelta}
    if not kinds <= {*clocks, datetime.datetime} or (len(kinds) < 2 and not of_days):
        return values
    if any(day >= max(_FIRST_DAYS, epoch + datetime.timedelta(days=60)) for day in of_days):
        return values
    return [_duration(value, epoch) for value in values]


def _duration(value: Any, epoch: datetime.datetime) -> Any:
    if isinstance(value, datetime.time):
        return datetime.datetime.combine(datetime.date.min, value) - datetime.datetime.min
    if isinstance(value, datetime.datetime):
        passed = value - epoch
        # Day 60 is the 29th of February 1900, which there was not: before it openpyxl adds a day.
        return passed - datetime.timedelta(days=epoch.year < 1900 and value < _FIRST_DAYS)
    return value


def _check_strict(path: Path, book: Any) -> None:
    """Refuse a workbook in the strict form of its format, of which openpyxl reads nothing."""
    with book._archive.open("xl/workbook.xml") as file:
        if _STRICT in file.read():
            raise faulty_file(
                f"{path} is a Strict Open XML workbook",
                "save it as an Excel workbook (.xlsx), not as a strict one",
            )


def _row_of_texts(rows: Sequence[Sequence[Any]]) -> int | None:
    """Return the first row of several texts alone where others have numbers, counted from 1."""
    numbers = {at for row in rows for at, v in enumerate(row) if isinstance(v, int | float)}
    for number, row in enumerate(rows, 1):
        filled = {at for at, value in enumerate(row) if value is not None}
        if len(filled) > 1 and filled & numbers and all(isinstance(row[at], str) for at in filled):
            return number
    return None


def _pictures(path: Path) -> Iterator[str]:
    """Say that a workbook holds many pictures, which may be what its rows are of."""
    with zipfile.ZipFile(path) as parts:
        number = sum(name.startswith("xl/media/") for name in parts.namelist())
    if number >= PICTURES:
        yield (
            f"{path.name} holds {number:,} pictures, which are not read: if rows are of them, write them as "
            "files, and their paths into a column"
        )


def _uncalculated(path: Path, sheet: Any) -> Iterator[str]:
    """Say how many formulas have no value: what wrote the file has not calculated them."""
    from openpyxl import load_workbook

    with closing(load_workbook(path, read_only=True)) as book:
        as_written = book[sheet.title]
        as_written.reset_dimensions()
        rows = (one.iter_rows(values_only=True) for one in (as_written, sheet))
        formulas = [
            (number, value)
            for number, (written, values) in enumerate(zip(*rows, strict=False), 1)
            for text, value in zip(written, values, strict=False)
            if isinstance(text, str) and text.startswith("=")
        ]
    open_ones = [number for number, value in formulas if value is None]
    if open_ones:
        yield (
            f"{path.name}: formulas without a calculated value are gaps: {len(open_ones):,} of "
            f"{len(formulas):,}, the first in row {open_ones[0]} of the sheet; save the file in a "
            "spreadsheet program"
        )


def _unseen(path: Path, book: Any, name: str, names: Sequence[str]) -> Iterator[str]:
    """Say what a sheet shows otherwise than its cells are read; those not used have no name."""
    width = len(names)
    target = f"xl/{book[name]._worksheet_path.removeprefix('/').removeprefix('xl/')}"
    with zipfile.ZipFile(path) as archive, archive.open(target) as sheet:
        text = sheet.read()
    merged = [one.decode() for one in _MERGED.findall(text)]
    if merged:
        yield (
            f"{path.name}: of merged cells only the first has the value, the others are gaps: "
            f"{first_of(merged, 1)}"
        )
    columns = sum(
        min(span[b"max"], width) - span[b"min"] + 1
        for one in _HIDDEN_COLUMN.findall(text)
        if (span := {end: int(at) for end, at in _SPAN.findall(one)}) and span[b"min"] <= width
    )
    for what, hidden in (("columns", columns), ("rows", len(_HIDDEN.findall(text)))):
        if hidden:
            yield f"{path.name}: hidden {what} of the sheet are read as well: {hidden:,}"
    yield from _signs(book, text, names)


def _signs(book: Any, text: bytes, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of numbers are in several currencies or units, which the form of each cell shows."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
    from openpyxl.utils import column_index_from_string

    of_styles = {}
    for at, style in enumerate(book._cell_styles):
        own = style.numFmtId - 164  # where those of the file begin
        form = BUILTIN_FORMATS.get(own + 164, "") if own < 0 else book._number_formats[own]
        found = _SIGN.search(form.partition(";")[0])
        if "%" in _LITERAL.sub("", form):
            of_styles[str(at).encode()] = "%"
        elif found and not is_date_format(form):
            of_styles[str(at).encode()] = "".join(filter(None, found.groups())).strip()
    if len({*of_styles.values()}) < 2 and "%" not in of_styles.values():
        return
    cells: dict[bytes, dict[str, list[int]]] = {}
    plain: dict[bytes, list[tuple[int, bytes]]] = {}
    for column, row, at, value in _NUMBER_CELL.findall(text):
        if sign := of_styles.get(at):
            cells.setdefault(column, {}).setdefault(sign, []).append(int(row))
        else:
            plain.setdefault(column, []).append((int(row), value))
    for column, signs in cells.items():
        place = column_index_from_string(column.decode()) - 1
        if "%" in signs and place < len(names) and names[place]:
            named = names[place].encode()  # of a year, say
            others = [(r, float(v)) for r, v in plain.get(column, ()) if v != named and float(v)]
            above = [row for row, value in others if abs(value) > 1]
            if 2 * len(above) > len(others):
                yield (
                    f"column {names[place]!r:.60} has numbers that cells show as per cent "
                    f"({len(signs['%']):,}, the first in row {signs['%'][0]:,} of the sheet) and others "
                    f"above 1 without % ({len(above):,}, the first in row {above[0]:,}): 50% is read as 0.5; "
                    "if the others are per cent, divide them by 100"
                )
        if len(signs) > 1 and place < len(names) and names[place]:
            listed = first_of(
                [f"{one!r:.20} ({len(rows):,})" for one, rows in signs.items()], SHOWN
            )
            last = [*signs][1]
            yield (
                f"column {names[place]!r:.60} has numbers that cells show with several signs: {listed}, the "
                f"first {last!r:.20} in row {signs[last][0]:,} of the sheet: convert all to one"
            )


def _rows(sheet: Any, skip: int = 0) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet that are not empty, of one width; none where it holds charts."""
    read = getattr(sheet, "iter_rows", None)
    if read is None:
        return []
    sheet.reset_dimensions()  # what the file says of its size is wrong as some programs write it
    rows = (tuple(map(_filled, row)) for row in islice(read(values_only=True), skip, None))
    filled = [row for row in rows if any(value is not None for value in row)]
    width = max((at for row in filled for at, v in enumerate(row, 1) if v is not None), default=0)
    return [(*row[:width], *[None] * (width - len(row))) for row in filled]


def _filled(value: Any) -> Any:
    """Return the value of a cell; None where it is nothing but space."""
    if not isinstance(value, str):
        return value
    if "_x" in value:  # how a workbook writes what XML has no place for: _x000D_
        value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value if value.strip() else None


def _named(rows: list[tuple[Any, ...]], form: Format) -> tuple[list[str], list[tuple[Any, ...]]]:
    if form.header is False:
        return list(map(str, range(len(rows[0])))), rows
    return ["" if name is None else str(name) for name in rows[0]], rows[1:]


def read_sqlite(path: Path, form: Format) -> Rows:
    """Read a table of a database, or the answer to a query; nothing is written.

    Raises
    ------
    InputError
        Where it is no database, the query fails, or there are several tables and none is named.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.execute("pragma query_only = on")
            database.set_authorizer(_reads)
            query = form.query
            if query is None:
                listed = database.execute(
                    "select name from sqlite_master where type in ('table', 'view') "
                    "and name not like 'sqlite_%' order by name"
                )
                name = _chosen(path, form.table, [name for (name,) in listed], "table")
                query = 'select * from "{}"'.format(name.replace('"', '""'))  # noqa: S608 quoted
            cursor = database.execute(query)
            if cursor.description is None:
                raise InputError("selects nothing", key="query", remedy="write select … from …")
            names = [str(column[0]) for column in cursor.description]
            columns = list(zip(*cursor.fetchall(), strict=True))
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        if form.query is not None:
            raise InputError(f"{path} has no answer to it: {error}", key="query") from None
        raise unreadable(path, "sqlite", error) from None
    return _table(path, names, columns, form)


def _reads(action: int, *_: str | None) -> int:
    """Tell sqlite what a query may do: ``attach`` makes a file, and ``vacuum into`` attaches one."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


def _chosen(path: Path, name: str | None, names: Sequence[str], what: str) -> str:
    if name is None and len(names) == 1:
        return names[0]
    if name in names:
        return str(name)
    if not names:
        raise faulty_file(f"{path} has no {what} that holds anything")
    if name is not None:
        raise InputError(f"{path} has no {what} {name!r}", key="table", remedy=nearest(name, names))
    listed = ", ".join(names[:10])
    raise InputError(f"{path} has {len(names)} {what}s", key="table", remedy=f"name one: {listed}")


def _table(
    path: Path, names: Sequence[str], columns: Sequence[Sequence[Any]], form: Format
) -> Rows:
    columns = columns or [() for _ in names]
    if form.as_stored:
        names = [name and own for name, own in zip(names, each_named(names), strict=True)]
    # Columns without a name may hold nothing: the rest of a wider table.
    used = [
        at
        for at in places_once(names, form)
        if names[at] or any(v is not None for v in columns[at])
    ]
    check_names(path, [names[at] for at in used], form)
    arrays = {
        names[at]: typed(path, names[at], columns[at], form, names[at] in form.as_text)
        for at in used
    }
    table = pa.table(arrays)
    remarks = (*unnamed(path, table), *side_by_side(path, names, used))
    return replace(Rows.whole(table), remarks=remarks)
