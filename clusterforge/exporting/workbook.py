"""xlsx workbooks, written row by row by XlsxWriter: memory does not grow with the rows."""

from __future__ import annotations

import datetime
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib.util import find_spec
from io import SEEK_CUR, FileIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.exporting.cells import DIGITS, executed, flat
from clusterforge.exporting.sinks import Sink
from clusterforge.storage.atomic import replacing
from clusterforge.storage.tree import PART

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ROWS, COLUMNS, CHARACTERS = 1_048_576, 16_384, 32_767
"""What a sheet and a cell can hold."""

FIRST_DAY = datetime.datetime(1900, 3, 1)  # Excel takes 1900 for a leap year
WIDEST = 60
Write = Callable[[int, int, Any], None]


def check_installed() -> None:
    """See that xlsx files can be written.

    Raises
    ------
    EnvironmentProblem
        Where the package is not installed.
    """
    if find_spec("xlsxwriter") is None:
        raise EnvironmentProblem(
            "xlsx files need xlsxwriter, which is not installed; "
            "pip install 'clusterforge[xlsx]', or write csv or parquet"
        )


def check_size(path: Path, rows: int, columns: int) -> None:
    """See that a table and its header fit into a sheet.

    Raises
    ------
    InputError
        Where they do not.
    """
    if rows >= ROWS or columns > COLUMNS:
        raise InputError(
            f"{rows:,} rows of {columns:,} columns are more than a sheet of xlsx holds "
            f"({ROWS - 1:,} and {COLUMNS:,})",
            file=str(path),
            remedy="write csv or parquet",
        )


class Whole(FileIO):
    """A file that never refuses to be written: what the disk says is remembered, and the rest is dropped.

    A zip archive that can't be finished says so in a traceback when it is thrown away.
    """

    problem: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it, or nothing any more."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while rest and not self.problem:
                rest = rest[super().write(rest) or 0 :]
        except OSError as error:
            self.problem = error
        self.seek(len(rest), SEEK_CUR)
        return size


class Workbook:
    """A workbook.

    Parameters
    ----------
    file
        The file.
    folder
        Where rows wait until all are there.
    created
        When it says that it was made: the same run gives the same bytes.
    """

    def __init__(self, file: Whole, folder: str, created: datetime.datetime) -> None:
        import xlsxwriter

        self.book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
        self.book.set_properties({"created": created})
        self.cut: Counter[str] = Counter()
        self._formats: dict[str, Any] = {}

    def sheet(self, name: str, numeric: frozenset[str] = frozenset()) -> SheetSink:
        """Begin a sheet; the one before it is done.

        Parameters
        ----------
        name
            What it is called.
        numeric
            Columns of texts that are written as numbers.
        """
        return SheetSink(self, self.book.add_worksheet(name), numeric)

    def format(self, **properties: Any) -> Any:
        """Return a cell format, one for equal properties."""
        key = json.dumps(properties, sort_keys=True)
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]


class SheetSink(Sink):
    """A sheet with a header; texts are never formulas, and those that look like one are quoted."""

    def __init__(self, book: Workbook, sheet: Any, numeric: frozenset[str]) -> None:
        self.book, self.sheet, self.numeric = book, sheet, numeric
        self.row = 0

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        table = flat(table)
        if not self.row:
            self._header(table)
        writers = [self._writer(field) for field in table.schema]
        columns = [_python_values(column) for column in table.columns]
        for values in zip(*columns, strict=True):
            self.row += 1
            for place, value in enumerate(values):
                if value is not None:
                    writers[place](self.row, place, value)

    def close(self) -> None:
        """Finish the sheet: filters over all rows."""
        if self.row:
            self.sheet.autofilter(0, 0, self.row, self.columns - 1)

    def _header(self, table: pa.Table) -> None:
        self.columns = table.num_columns
        self.sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.column_names):
            longest = max(
                map(len, map(str, table.column(place).slice(0, 50).to_pylist())), default=0
            )
            self.sheet.set_column(place, place, min(WIDEST, max(8, len(name) + 2, longest)))
        for place, name in enumerate(table.column_names):
            self._text(name, 0, place, name, bold=True)

    def _writer(self, field: pa.Field) -> Write:
        kind, name = field.type, field.name
        if pa.types.is_boolean(kind):
            return self.sheet.write_boolean  # type: ignore[no-any-return]
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return lambda row, place, value: self._number(name, row, place, value)
        if pa.types.is_decimal(kind) or name in self.numeric:
            return lambda row, place, value: self._written(name, row, place, str(value))
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            return lambda row, place, value: self._time(name, row, place, value)
        return lambda row, place, value: self._text(name, row, place, str(value))

    def _number(self, name: str, row: int, place: int, value: int | float) -> None:
        whole = type(value) is int
        if math.isfinite(value) and not (whole and abs(value) >= 10**DIGITS):
            self.sheet.write_number(row, place, value)
        else:
            self._text(name, row, place, str(value))

    def _written(self, name: str, row: int, place: int, text: str) -> None:
        """Write a number that is given as text, with the decimals that it is written with."""
        if not text:
            return
        number = Decimal(text)
        decimals = max(0, -int(number.as_tuple().exponent)) if number.is_finite() else 0
        if not number.is_finite() or len(number.as_tuple().digits) > DIGITS:
            self._text(name, row, place, text)
            return
        shown = self.book.format(num_format=f"0.{'0' * decimals}") if decimals else None
        self.sheet.write_number(row, place, float(number), shown)

    def _time(self, name: str, row: int, place: int, value: datetime.date | str) -> None:
        if isinstance(value, str):
            self._text(name, row, place, value)
            return
        form, moment = "yyyy-mm-dd hh:mm:ss", value
        if not isinstance(moment, datetime.datetime):
            form, moment = "yyyy-mm-dd", datetime.datetime.combine(value, datetime.time())
        if moment.tzinfo or moment < FIRST_DAY or moment.microsecond % 1000:
            self._text(name, row, place, str(value))
            return
        if moment.microsecond:
            form += ".000"
        self.sheet.write_datetime(row, place, moment, self.book.format(num_format=form))

    def _text(self, name: str, row: int, place: int, text: str, **properties: Any) -> None:
        if len(text) > CHARACTERS // 2 and _units(text) > CHARACTERS:
            self.book.cut[name] += 1
            text = text.encode("utf-16-le")[: 2 * CHARACTERS].decode("utf-16-le", "ignore")
        if executed(text):
            properties["quote_prefix"] = True
        self.sheet.write_string(
            row, place, text, self.book.format(**properties) if properties else None
        )


@contextmanager
def workbook(path: Path, created: datetime.datetime) -> Iterator[Workbook]:
    """Yield a workbook; the file is there once all went well, and not before.

    Raises
    ------
    EnvironmentProblem
        Where it can't be written.
    """
    from xlsxwriter.exceptions import FileSizeError

    with (
        replacing(path) as part,
        TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=PART) as folder,
        Whole(part, "w") as file,
    ):
        opened = Workbook(file, folder, created)
        try:
            yield opened
            opened.book.use_zip64()
            opened.book.close()
        except FileSizeError as error:
            raise EnvironmentProblem(f"{path}: can't be written ({error})") from error
        finally:
            opened.book.fileclosed = True
        if file.problem:
            raise file.problem


def _python_values(column: pa.ChunkedArray) -> list[Any]:
    """Return the values of a column; moments finer than microseconds are text."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        try:
            column = column.cast(pa.timestamp("us", column.type.tz))
        except pa.ArrowInvalid:
            column = column.cast(pa.string())
    values: list[Any] = column.to_pylist()
    return values


def _units(text: str) -> int:
    """Return the length of a text as spreadsheets count it: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2
