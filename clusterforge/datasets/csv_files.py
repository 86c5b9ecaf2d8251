"""Reading of csv files: parsed by pyarrow, with the defects looked for that a parser passes over."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from clusterforge.datasets import decoding
from clusterforge.datasets.csv_codes import codes_or_groups
from clusterforge.datasets.csv_defects import (
    check_blanks,
    check_names,
    check_rows_in_quotes,
    check_spaces,
    check_units,
    odd_names,
    places_once,
    rows_in_values,
    skipped,
)
from clusterforge.datasets.header import check_header, numbers_as_names
from clusterforge.datasets.malformed_csv import first_lines, malformed, unclosed
from clusterforge.datasets.quotes import OpenQuote, QuoteCheck
from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import EVERY, Format, Rows
from clusterforge.datasets.written_values import as_written, unforced
from clusterforge.tables.arrow import is_text

FIRST_BLOCK, BLOCK, LARGEST_BLOCK = 1 << 22, 1 << 24, 1 << 30
LONGEST_HEADER = decoding.START // 2  # characters that may be cut
NO_VALUES = pacsv.ConvertOptions().null_values


def read_csv(path: Path, form: Format) -> Rows:
    """Read a csv file.

    Raises
    ------
    InputError
        Where it is not one: a quote is not closed, a row has another number of values, the first row
        looks like values; with the line or row.
    """
    table = _parsed(path, form)
    table = table.select(places_once(table.schema.names, form))
    table, forced = unforced(table, form.csv_text)
    table = _typed_again(as_written(table, form, path), form)
    names = table.schema.names
    used = [at for at, name in enumerate(names) if name or _filled(table.column(at))]
    table = table.select(used)
    _check_names(path, table.schema.names, form)
    check_spaces(path, table, form)
    if form.header is None:
        check_header(path, table)
    if form.header is not False and table.num_rows:
        check_units(path, table)
    if form.quotes:
        check_rows_in_quotes(path, table, form)
        check_blanks(path, table)
    within = [*rows_in_values(path, table, form)] if form.quotes else []
    if form.header is None:
        within += numbers_as_names(path, table)
    remarks = (*unnamed(path, table), *within, *side_by_side(path, names, used), *forced)
    named_separator = decoding.named_separator(path, form)
    if named_separator:
        remarks = (f"the first line of {path.name}, sep={named_separator}, is no row", *remarks)
    doubts = codes_or_groups(path, table, form, partial(first_rows, path))
    return replace(Rows.whole(table), partial=_in_part(path, form), remarks=remarks, doubts=doubts)


def unnamed(path: Path, table: Any) -> Iterator[str]:
    """Say that a column has values and no name; a first one of integers is an index."""
    names = table.schema.names
    if "" in names and (names[0] or not pa.types.is_integer(table.schema.types[0])):
        yield f"column {names.index('') + 1} of {path.name} has values, but no name: it is not used"


def side_by_side(path: Path, names: Sequence[str], used: Sequence[int]) -> Iterator[str]:
    """Say that an empty column without a name stands between others, as between two tables of one sheet.

    Parameters
    ----------
    path, names
        The file, and the names of all its columns.
    used
        Those that hold anything, or have a name.
    """
    for before, after in pairwise(used):
        if after - before > 1 and names[before] and names[after]:
            yield (
                f"an empty column without a name stands between {names[before]!r:.60} and "
                f"{names[after]!r:.60} of {path.name}: if these are two tables side by side, write each to a "
                "file of its own"
            )
            return


def _filled(column: Any) -> bool:
    """Tell whether a column holds anything: those without a name may be nothing but commas."""
    if pa.types.is_null(column.type):
        return False
    return not (is_text(column.type) and pc.all(pc.equal(column, "")).as_py())


def _parsed(path: Path, form: Format) -> Any:
    """Parse a file, block by block with the types of the first; where that fails, with those of all blocks.

    Types of all blocks take the memory of the whole text, and one thread, so that a message names the row.
    """
    try:
        with checked(path, form) as stream:
            table = _read(stream, path, form, block=FIRST_BLOCK)
    except pa.ArrowInvalid as error:
        block = LARGEST_BLOCK if "straddl" in str(error) else BLOCK
        try:
            with checked(path, form) as stream:
                table = _read(stream, path, form, whole=True, block=block)
        except pa.ArrowInvalid as again:
            raise malformed(path, form, again) from None
    check_letters(path, table.schema, form)
    return table


def check_letters(path: Path, schema: Any, form: Format) -> None:
    """Refuse values, and names of columns, that pyarrow took as bytes: they are not UTF-8.

    Raises
    ------
    InputError
        With the line, and the encoding where the letters tell it.
    """
    try:
        readable = bool(schema.names) and not any(map(pa.types.is_binary, schema.types))
    except UnicodeError:
        readable = False
    if not readable:
        raise decoding.not_encoded(path, form.encoding)


def _read(stream: Any, path: Path, form: Format, *, whole: bool = False, block: int = BLOCK) -> Any:
    columns = [f"f{name}" if form.header is False else name for name in form.csv_text]
    read = partial(
        pacsv.read_csv if whole else pacsv.open_csv,
        stream,
        read_options=read_options(form, threads=not whole, block=block),
        parse_options=parse_options(path, form),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.large_string()),
            strings_can_be_null=False,
            null_values=[*NO_VALUES, *form.na_values.get(EVERY, ())],
            decimal_point=form.decimal,
        ),
    )
    if _in_part(path, form) and not whole:
        table = pa.Table.from_batches([read().read_next_batch()])
    else:
        table = read() if whole else read().read_all()
    return table.rename_columns(called(table.schema.names, form))


def _in_part(path: Path, form: Format) -> bool:
    """Tell whether the first block of a file is enough."""
    return form.rows is not None and path.stat().st_size > BLOCK


def read_options(form: Format, *, threads: bool, block: int = BLOCK) -> pacsv.ReadOptions:
    """Return how pyarrow reads the text."""
    return pacsv.ReadOptions(
        use_threads=threads, block_size=block, autogenerate_column_names=form.header is False
    )


def parse_options(path: Path, form: Format) -> pacsv.ParseOptions:
    """Return how pyarrow splits the text into values."""
    return pacsv.ParseOptions(
        delimiter=decoding.separator(path, form),
        newlines_in_values=form.quotes,
        quote_char='"' if form.quotes else False,
    )


def called(names: Sequence[str], form: Format) -> list[str]:
    """Return what the columns of a file are called: by their numbers where it has no header."""
    return [*map(str, range(len(names)))] if form.header is False else [*names]


@contextmanager
def checked(path: Path, form: Format) -> Iterator[Any]:
    """Open a csv file as UTF-8; the text and its quotes are checked as they are read.

    Raises
    ------
    InputError
        Where the file is empty, a quote is not closed, or the text is not in the encoding.
    """
    with decoding.csv_text(path, form) as file:
        stream = _Checked(file, decoding.separator(path, form)) if form.quotes else file
        try:
            yield stream
        except OpenQuote as error:
            raise unclosed(path, form, error) from None
        except UnicodeError:
            raise decoding.not_encoded(path, form.encoding) from None
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                if decoding.start(path, form).strip():
                    raise faulty_file(f"{path} has no rows") from None
                raise decoding.empty(path, form.skip) from None
            if "UTF8" in str(error):
                raise decoding.not_encoded(path, form.encoding) from None
            try:
                # What looks like a ragged row may be due to a quote further up.
                while stream.read(BLOCK):
                    pass
            except OpenQuote as cause:
                raise unclosed(path, form, cause) from None
            raise


class _Checked(io.RawIOBase):
    """A stream whose quotes are followed as it is read."""

    def __init__(self, file: decoding.Readable, delimiter: str) -> None:
        self._file, self._check = file, QuoteCheck(delimiter)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if data:
            self._check.feed(data)
        else:
            self._check.finish()
        return data


def _typed_again(table: Any, form: Format) -> Any:
    """Return a table whose columns are what they would be without the signs for no value of single columns.

    Those of all columns are known to the parser.
    """
    everywhere = {*form.na_values.get(EVERY, ())}
    for at, field in enumerate(table.schema):
        if not is_text(field.type) or field.name in form.csv_text:
            continue
        if not {*form.gaps(field.name)} - everywhere:
            continue
        written = io.BytesIO()
        pacsv.write_csv(pa.table({"v": table.column(at)}), written)
        written.seek(0)
        read = pacsv.read_csv(
            written,
            parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(strings_can_be_null=False),
        )
        table = table.set_column(at, field.name, read.column(0))
    return table


def _check_names(path: Path, names: Sequence[str], form: Format) -> tuple[str, ...]:
    """Return the names of the columns; where some have none, tell whether they stand further below."""
    problem = None if form.header is False else odd_names(names)
    if problem and (above := skipped(path, problem, first_lines(path, form), form)):
        raise above
    return check_names(path, names, form)


def csv_header(path: Path, form: Format) -> tuple[str, ...]:
    """Return the column names of a csv file without reading its rows; none where they are too long."""
    text = decoding.start(path, form)
    lines = decoding.LINE_END.split(text)
    line = next((line for line in lines if line), "")
    if not line:
        raise decoding.empty(path, form.skip)
    if (line.count('"') % 2 and form.quotes) or (line == lines[-1] and len(text) >= LONGEST_HEADER):
        return ()
    table = _read(io.BytesIO(f"{line}\n".encode()), path, form, whole=True)
    names = [str(name) for name in table.schema.names]
    while names and not names[-1]:
        names.pop()
    names = [names[at] for at in places_once(names, form)]
    return _check_names(path, names, form)


def first_rows(path: Path, form: Format) -> Any:
    """Return the first rows of a csv file as a table; None where they can't be read alone."""
    text = decoding.start(path, form)
    whole = text[: text.rfind("\n") + 1]
    try:
        table = _read(io.BytesIO(whole.encode()), path, form, whole=True)
    except pa.ArrowInvalid:
        return None
    return _typed_again(as_written(unforced(table, form.csv_text)[0], form, path), form)
