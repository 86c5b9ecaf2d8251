"""Reading of csv files: parsed by pyarrow, with the defects looked for that a parser passes over."""

from __future__ import annotations

import csv
import io
import re
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
from clusterforge.datasets.csv_defects import (
    FEW_ROWS,
    LINES,
    SEEN,
    check_blanks,
    check_delimiter,
    check_header,
    check_names,
    check_quoted,
    check_rows_in_quotes,
    check_spaces,
    check_units,
    odd_names,
    places_once,
    rows_in_values,
    skipped,
)
from clusterforge.datasets.nearly_dates import CALLED_DATE
from clusterforge.datasets.quotes import OpenQuote, QuoteCheck
from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import EVERY, Format, Rows, unreadable
from clusterforge.datasets.written_values import as_written, unforced
from clusterforge.errors import InputError
from clusterforge.tables import called_id
from clusterforge.tables.arrow import all_match, any_match, first_match, is_text
from clusterforge.tables.dates import LOOKED_AT, fitting
from clusterforge.tables.type_setting import type_setting

FIRST_BLOCK, BLOCK, LARGEST_BLOCK = 1 << 22, 1 << 24, 1 << 30
LONGEST_HEADER = decoding.START // 2  # characters that may be cut
NO_VALUES = pacsv.ConvertOptions().null_values
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


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
    within = rows_in_values(path, table, form) if form.quotes else ()
    remarks = (*unnamed(path, table), *within, *side_by_side(path, names, used), *forced)
    named_separator = decoding.named_separator(path, form)
    if named_separator:
        remarks = (f"the first line of {path.name}, sep={named_separator}, is no row", *remarks)
    doubts = _codes_or_groups(path, table, form)
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


_CODE = "^0([0-9]{1,6}|[0-9]{8,}|[0-9]*[1-9][0-9]*)$"  # 00000000 is no day
_CODE_OF_PARTS = rf"{_CODE}|^0[0-9]+[.][0-9]+$"
_CUT_OFF = r"^\d(\.\d{1,5})?E\+(1[1-9]|[2-9]\d)$"  # spreadsheets write up to eleven digits in full
_MAY_BE_GROUPED = r"^[+-]?\d{1,3}(\.\d{3})?$"


def _are_days(name: str, texts: Any) -> bool:
    """Tell whether texts in a column called like dates are days of short years, as 00033."""
    few = texts.unique().slice(0, LOOKED_AT).to_pylist()
    return bool(CALLED_DATE.fullmatch(name)) and all(fitting(few, "%y%j"))


def _codes_or_groups(path: Path, table: Any, form: Format) -> dict[tuple[str, str], str]:
    """Say which columns of numbers may be none: codes as 007, thousands as 1.500 next to 950.

    Keys are the column and what it may hold.
    """
    names = table.schema.names
    wanted = {*(names if form.columns is None else form.columns)} - {"", *form.numbers}
    suspects = [
        name
        for name, own in zip(names, table.columns, strict=True)
        if name in wanted and not form.drops(name) and _to_look_at(name, own)
    ]
    if not suspects:
        return {}
    written = first_rows(path, replace(form, as_text={*form.as_text, *suspects}))
    doubts = {}
    for name in suspects if written is not None else ():
        texts = pc.utf8_trim_whitespace(written[name].drop_null())
        texts = texts.filter(pc.not_equal(texts, ""))
        several = len(texts.unique()) > 2
        one_width = len(pc.utf8_length(texts).unique()) == 1
        bits = all_match(texts, "^[01]{6,}$") and any_match(texts, "^0")
        if bits and several and one_width:
            doubts[name, "bits"] = (
                f"column {name!r:.60} holds rows of bits ({texts[0].as_py():.20}), read as numbers: write "
                "them as lists, [0, 1, 1], to use each"
            )
        elif all_match(texts, r"^\d+E\d+$") and several:
            doubts[name, "codes"] = (
                f"column {name!r:.60} holds {texts[0].as_py():.20} and the like, read as "
                f"{float(texts[0].as_py()):,.6g}: if they are codes, set "
                f"{type_setting(name, 'category', form.typed)}"
            )
        elif (
            code := first_match(texts, _CODE_OF_PARTS if called_id(name) else _CODE)
        ) and not _are_days(name, texts):
            doubts[name, "codes"] = (
                f"column {name!r:.60} holds numbers that begin with 0 ({code:.20}): if they are codes, set "
                f"{type_setting(name, 'category', form.typed)}"
            )
        powers = texts.filter(pc.match_substring(texts, "E"))
        if called_id(name) and all_match(powers, _CUT_OFF):
            doubts[name, "cut"] = (
                f"column {name!r:.60} holds codes whose ends a spreadsheet has cut off "
                f"({powers[0].as_py()}): write them anew from their source, as text"
            )
        if form.decimal != "." or form.thousands or not all_match(texts, _MAY_BE_GROUPED):
            continue
        short = any_match(texts, r"^[+-]?\d{1,3}$") or decoding.separator(path, form) == ";"
        # What writes fewer decimals where it can never ends in 0; what writes three always has three.
        if short and any_match(texts, r"\.\d\d0$"):
            example = first_match(texts, r"\.")
            doubts[name, "thousands"] = (
                f"column {name!r:.60} may have points between thousands ({example!r}), read as decimals: "
                'if so, set decimal = "," and thousands = "."'
            )
    return doubts


def _to_look_at(name: str, column: Any) -> bool:
    """Tell whether numbers are called as codes are, or whole, or below 1,000 with at most three decimals."""
    if not pa.types.is_floating(column.type):
        return bool(pa.types.is_integer(column.type))
    if called_id(name):
        return True
    some = column.slice(0, SEEN).drop_null().to_numpy()
    if (some == some.round()).all():  # also those beyond integers
        return bool(len(some))
    return bool(
        (abs(some) < 1000).all() and (abs(some * 1000 - (some * 1000).round()) < 1e-6).all()
    )


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
            raise _malformed(path, form, again) from None
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
            raise _unclosed(path, form, error) from None
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
                raise _unclosed(path, form, cause) from None
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


def _unclosed(path: Path, form: Format, error: OpenQuote) -> InputError:
    if form.delimiter is None and not decoding.named_separator(path, form):
        check_quoted(path, decoding.start(path, form))
    opened = _line(path, form, error.opened)
    if error.closed is None:
        problem = f"the quote that opens in line {opened} is never closed"
    else:
        closed = _line(path, form, error.closed)
        problem = f"the quote that opens in line {opened} ends within a value, in line {closed}"
    return faulty_file(
        f"{path}: {problem}",
        'close it, write a quote within a quoted value twice (""), or set quotes = false where '
        "quotes are characters like others",
    )


def _line(path: Path, form: Format, offset: int) -> int:
    with decoding.csv_text(path, form) as file:
        line = 1
        while offset and (data := file.read(min(offset, BLOCK))):
            line += data.count(b"\n")
            offset -= len(data)
    return line


def _malformed(path: Path, form: Format, error: pa.ArrowInvalid) -> InputError:
    ragged = _RAGGED.search(str(error))
    if not ragged:
        return unreadable(path, "csv", error)
    row, expected, values = map(int, ragged.groups())
    if expected == 1:
        check_delimiter(path, decoding.start(path, form).partition("\n")[0], form)
    first = "the first row" if form.header is False else "the header"
    count = f"{values} value{'s' * (values != 1)}"
    row -= form.header is not False
    quotes = "put values that contain the delimiter into quotes"
    start = decoding.start(path, form)
    ragged_row = f": row {row} has {count}, {first} has {expected}"
    if escaped := _escaped(path, form, start):
        return faulty_file(f"{path}{ragged_row}", escaped)
    above = skipped(path, ragged_row, _first_lines(path, form), form)
    if expected > values and re.search(r"\r\n(.*\r\n)*.*[^\r\n]\r(?!\n)[^\r\n]", start):
        remedy = (
            "a line ends with CR alone, others with CR and LF: if it is within a value, quote that"
        )
    elif re.search(f'{re.escape(decoding.separator(path, form))} +"(?!")', start):
        remedy = "remove the blanks between delimiters and quotes"
    elif expected < values:
        mark = next((one for one in "#|%!" if start.startswith(one)), "")
        alone = mark and not any(line.startswith(mark) for line in start.splitlines()[1:])
        if above and not form.comment and not (mark == "#" or (alone and form.several)):
            return above
        remedy = f"{quotes}, set delimiter, or set skip to the number of lines above the names of columns"
        if start.startswith("#"):
            # The names may begin so, too: ## of VCF, and #CHROM below.
            between = re.escape(decoding.separator(path, form))
            mark = "##" if re.match(rf"(##.*\r?\n)+#[^#].*{between}", start) else "#"
            remedy = f'set comment = "{mark}" if lines that begin so are no rows'
        elif alone:
            remedy = f'set comment = "{mark}" if lines that begin so are no rows'
        elif start.startswith("'"):
            remedy = "put values into double quotes, not single ones"
        lines = [line for line in start.splitlines() if line][row + 1 :][:FEW_ROWS]
        below = {*map(len, csv.reader(lines, delimiter=decoding.separator(path, form)))}
        if remedy.startswith(quotes) and row == 1 and below == {expected}:
            remedy = f"{quotes}, or remove this line alone, if it is no row of the table, such as a total"
        elif remedy.startswith(quotes) and values == expected + 1 > 2 and row == 1:
            remedy += "; if the first value of each row is its name, name that column, too"
    else:
        remedy = f"{quotes}, set delimiter, or remove lines that are no rows of the table, such as "
        remedy += "a note or a total below it"
        if above and row == 1:
            return above
        lines = [line for line in start.splitlines() if line]
        if any(line.startswith("#") for line in lines[1:]):
            remedy = 'set comment = "#" if lines that begin so are no rows'
        remedy = _unseen_end(path) or remedy
    return faulty_file(f"{path}{ragged_row}", remedy)


def _escaped(path: Path, form: Format, start: str) -> str | None:
    """Say how a file is written anew that has backslashes before delimiters and ends of lines in values."""
    between = decoding.separator(path, form)
    if not re.search(rf"\\(?:{re.escape(between)}|\r?\n)", start):
        return None
    sep = "" if between == "," else f", sep={between!r}"
    return (
        "it has backslashes before delimiters or ends of lines within values: write it anew with quotes, "
        f"pandas.read_csv({path.name!r:.60}{sep}, escapechar='\\\\').to_csv(…, index=False)"
    )


def _unseen_end(path: Path) -> str:
    """Say that a file ends with what no editor shows, as old programs and losses of power leave it."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - BLOCK))
        end = file.read()
    unseen = end[len(end.rstrip(b"\0\x1a\r\n")) :].strip(b"\r\n")
    what = "the byte 0x1A" if unseen == b"\x1a" else f"{len(unseen):,} bytes of 0"
    return f"remove {what} at the end of the file" if unseen else ""


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


def _first_lines(path: Path, form: Format) -> list[list[str]]:
    """Return the values of each of the first lines, also of those that are skipped."""
    lines = decoding.LINE_END.split(decoding.start(path, replace(form, skip=0, comment=None)))
    of_lines = partial(csv.reader, delimiter=decoding.separator(path, form))
    if not form.quotes:
        of_lines = partial(of_lines, quoting=csv.QUOTE_NONE)
    return [next(of_lines([line]), []) for line in lines[:LINES]]


def _check_names(path: Path, names: Sequence[str], form: Format) -> tuple[str, ...]:
    """Return the names of the columns; where some have none, tell whether they stand further below."""
    problem = None if form.header is False else odd_names(names)
    if problem and (above := skipped(path, problem, _first_lines(path, form), form)):
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
