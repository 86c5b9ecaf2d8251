"""Csv files that can't be parsed: which row or quote it is, and what would mend it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from clusterforge.datasets import decoding
from clusterforge.datasets.csv_defects import (
    FEW_ROWS,
    LINES,
    check_delimiter,
    check_quoted,
    skipped,
)
from clusterforge.datasets.quotes import OpenQuote
from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import Format, unreadable
from clusterforge.errors import InputError

BLOCK = 1 << 24  # bytes that are looked at at once
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def unclosed(path: Path, form: Format, error: OpenQuote) -> InputError:
    """Return the error for a quote that is not closed, or ends within a value, with its lines."""
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


def malformed(path: Path, form: Format, error: pa.ArrowInvalid) -> InputError:
    """Return the error for a row with another number of values than the header, in place of the parser's."""
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
    above = skipped(path, ragged_row, first_lines(path, form), form)
    if expected > values and re.search(r"\r\n(.*\r\n)*.*[^\r\n]\r(?!\n)[^\r\n]", start):
        remedy = (
            "a line ends with CR alone, others with CR and LF: if it is within a value, quote that"
        )
    elif re.search(f'{re.escape(decoding.separator(path, form))} +"(?!")', start):
        remedy = "remove the blanks between delimiters and quotes"
    elif expected + 1 == values and _ends_each_row(start, decoding.separator(path, form)):
        remedy = (
            "each row ends with a delimiter that the header does not have: take it off the rows"
        )
    elif expected < values and any(
        f"{sign}“" in start for sign in (decoding.separator(path, form), "\n")
    ):
        remedy = 'values stand between “ and ”, which are no quotes of csv: write " for both'
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


def _ends_each_row(start: str, separator: str) -> bool:
    """Tell whether rows end with a delimiter, and the line of their names does not."""
    header, *rows = decoding.LINE_END.split(start)[:LINES]
    rows = [row for row in rows[:-1] if row]
    return (
        bool(rows) and not header.endswith(separator) and all(r.endswith(separator) for r in rows)
    )


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


def _line(path: Path, form: Format, offset: int) -> int:
    with decoding.csv_text(path, form) as file:
        line = 1
        while offset and (data := file.read(min(offset, BLOCK))):
            line += data.count(b"\n")
            offset -= len(data)
    return line


def first_lines(path: Path, form: Format) -> list[list[str]]:
    """Return the values of each of the first lines, also of those that are skipped."""
    lines = decoding.LINE_END.split(decoding.start(path, replace(form, skip=0, comment=None)))
    of_lines = partial(csv.reader, delimiter=decoding.separator(path, form))
    if not form.quotes:
        of_lines = partial(of_lines, quoting=csv.QUOTE_NONE)
    return [next(of_lines([line]), []) for line in lines[:LINES]]
