"""The owner of terminal output: results go to stdout, everything else to stderr.

What comes from data, a recipe or a plugin passes through :func:`plain` and is never markup.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, TextIO

import click

from clusterforge.cli import waiting
from clusterforge.errors import redacted
from clusterforge.interrupts import finished

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.table import Table

PLAIN_WIDTH = 80
GAP = "  "
ENDLESS = 100_000  # columns: a table is as wide as its cells
_stdout: TextIO | None = None  # where results go while a command runs
_ESCAPES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    "|\x9b[0-?]*[ -/]*[@-~]"
    "|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\\\|\x9c)"  # OSC: titles, links
    "|\x1b[ -/]*[0-~]"
)
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def plain(text: object) -> str:
    """Return a text on one line without control characters, ANSI sequences and bidi overrides."""
    bare = _ESCAPES.sub("", str(text))
    return _UNSAFE.sub("", re.sub(r"[\t\n\r\v\f\x85\u2028\u2029]+", " ", bare))


@contextmanager
def results_only() -> Iterator[None]:
    """Keep stdout for results: what plugins and libraries print meanwhile goes to stderr."""
    global _stdout
    before = sys.stdout, _stdout
    sys.stdout.flush()
    try:
        number = os.dup(1) if sys.stdout.fileno() == 1 else None
    except OSError:  # a stand-in for stdout, with no file behind it
        number = None
    if number is None:
        _stdout = sys.stdout
    else:
        os.dup2(2, 1)
        encoding = sys.stdout.encoding
        _stdout = open(os.dup(number), "w", 1, encoding=encoding, errors="replace")  # noqa: SIM115
    sys.stdout = sys.stderr
    try:
        yield
        with _unless_finished():
            _stdout.flush()
    finally:
        results = _stdout
        sys.stdout, _stdout = before
        if number is not None:
            os.dup2(number, 1)
            os.close(number)
            with suppress(OSError):  # its reader has gone
                results.close()


def results() -> TextIO:
    """Return the stream that results go to."""
    return _stdout or sys.stdout


def is_terminal() -> bool:
    """Whether results are read on a terminal."""
    return results().isatty()


def width() -> int:
    """Return the columns a result may take: the terminal's, ``COLUMNS``, or 80."""
    return max(40, shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns)


@contextmanager
def _unless_finished() -> Iterator[None]:
    """Let it end the command that the reader of its results has gone, unless all its work is done."""
    try:
        yield
    except BrokenPipeError:
        if not finished():
            raise


def _print(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    waiting.clear()
    if err:
        click.echo(text, nl=nl, err=True)
        return
    with _unless_finished():
        click.echo(text, file=results(), nl=nl)


def text_result(text: str) -> None:
    """Print a text of a result as it is; it is known to hold nothing of others."""
    _print(text, nl=False)


def result(text: object = "") -> None:
    """Print one line of a result."""
    _print(plain(text))


def json_result(value: BaseModel) -> None:
    """Print one JSON object, ASCII only, so that no text in it can move the cursor."""
    _print(json.dumps(value.model_dump(mode="json"), allow_nan=False))


def wrapped(text: object, indent: str = "", first: str | None = None) -> None:
    """Print a text of a result, broken between words."""
    lines = textwrap.wrap(
        plain(text),
        min(width(), 100),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines or [first or ""]:
        _print(line.rstrip())


def facts(pairs: Iterable[tuple[str, object]], indent: str = "  ") -> None:
    """Print names and values in two columns, values broken between words."""
    plain_pairs = [(plain(name), value) for name, value in pairs]
    widest = max((len(name) for name, _ in plain_pairs), default=0)
    for name, value in plain_pairs:
        first = f"{indent}{name:<{widest}}{GAP}"
        wrapped(value, " " * len(first), first)


def listing(rows: Sequence[Sequence[object]], *, cut: int | None = None) -> None:
    """Print rows in columns.

    Parameters
    ----------
    rows
        The cells. Only the last of a row may break, and only on a terminal or where COLUMNS says.
    cut
        The last cell is cut to one line instead, of at most so many characters.
    """
    if not rows:
        return
    limited = is_terminal() or os.environ.get("COLUMNS", "").isdecimal()
    cells = [[plain(cell) for cell in row] for row in rows]
    if cut is not None:
        before = sum(
            max(map(len, column)) + len(GAP) for column in [*zip(*cells, strict=True)][:-1]
        )
        room = min(cut, max(width() - before, 20)) if limited else cut
        for row in cells:
            row[-1] = row[-1] if len(row[-1]) <= room else f"{row[-1][: room - 1].rstrip()}…"
    table = _table()
    last = len(cells[0]) - 1
    for column in range(last + 1):
        table.add_column(no_wrap=column < last)
    for row in cells:
        table.add_row(*row)
    _print_table(table, width() if limited else ENDLESS)


def grid(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    bold: Collection[tuple[int, int]] = (),
    justify: Literal["left", "right"] = "right",
) -> None:
    """Print a table; columns that don't fit go below, the first repeated, which names the rows.

    Parameters
    ----------
    headers
        Name of each column.
    rows
        The cells.
    bold
        Cells (row, column) that stand out on a terminal.
    justify
        Where all columns but the first are aligned.
    """
    from rich.text import Text

    names, *sizes = _sizes(headers, rows)
    parts: list[list[int]] = [[]]
    used = names
    for column, size in enumerate(sizes, start=1):
        if used + size > width() and parts[-1]:
            parts.append([])
            used = names
        used += size
        parts[-1].append(column)
    for number, part in enumerate(parts):
        if number:
            _print()
        table = _table(show_header=True)
        for column in (0, *part):
            side = justify if column else "left"
            table.add_column(plain(headers[column]), justify=side, no_wrap=True)
        for index, row in enumerate(rows):
            cells = (Text(plain(row[c]), "bold" if (index, c) in bold else "") for c in (0, *part))
            table.add_row(*cells)
        _print_table(table, ENDLESS)


def grid_width(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the columns of the terminal that :func:`grid` needs for a table in one part."""
    return sum(_sizes(headers, rows))


def _sizes(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column is; all but the first with the gap before it."""
    from rich.cells import cell_len

    columns = zip(headers, *rows, strict=True)
    sizes = [max(cell_len(plain(cell)) for cell in column) for column in columns]
    return [sizes[0], *(len(GAP) + size for size in sizes[1:])]


def _table(show_header: bool = False) -> Table:
    from rich.table import Table

    padding = (0, len(GAP), 0, 0)
    return Table(
        box=None, show_header=show_header, header_style="", padding=padding, pad_edge=False
    )


def _print_table(table: Table, columns: int) -> None:
    from rich.console import Console

    text = io.StringIO()
    console = Console(
        file=text,
        width=columns,
        force_terminal=is_terminal(),
        markup=False,
        highlight=False,
        emoji=False,
    )
    console.print(table)
    for line in text.getvalue().splitlines():
        _print(line.rstrip())


def note(text: object) -> None:
    """Print one line on stderr, without secrets. A reader who has gone is no reason to stop."""
    try:
        _print(redacted(plain(text)), err=True)
    except BrokenPipeError:
        return


def warning(text: object) -> None:
    """Print a warning on stderr."""
    note(f"warning: {plain(text)}")


@contextmanager
def logged_warnings() -> Iterator[None]:
    """Return a block in which what the package logs as a warning is printed like all other warnings."""
    import logging

    class Printed(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warning(record.getMessage())

    logger, handler = logging.getLogger("clusterforge"), Printed(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def error(text: object) -> None:
    """Print an error on stderr, on one line."""
    note(f"error: {plain(text)}")
