"""Rows of a file that may be no rows: without any value, a second header, a total or a report's end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import have
from clusterforge.numerics.stored_rows import StoredRows
from clusterforge.tables import is_text, texts

BLOCK = 1 << 14
HEAD, TAIL = 3, 10  # rows that may belong to a report
_HEAD = r'^\{"ImportId":|^Open-Ended Response$|^ ?:?-{3,}:? ?$'
_TAIL = (
    r"(?i)^\(?\d+ rows?( affected| selected)?\)?$|^copyright (©|\(c\)|\d{4})|^confidential information|"
    r"^total rows\b.*\d|^generated (by|on)\b.*\d|^-- end of"
)
_TOTAL = re.compile(r"(?i)(.*[ _-])?(sub-?)?totals?:?|grand (sum|average|mean):?")
SEEN, FEWEST_COLUMNS = 1000, 3  # rows above a note, columns of which it fills one
FEWEST = 4  # numbers from which on their sum below them is no coincidence


def blank_rows(values: Numbers, rows: Rows, split: str) -> tuple[str, ...]:
    """Say how many rows have no value in any feature: a spreadsheet writes them as commas.

    Parameters
    ----------
    values
        float (n, d): the features.
    rows, split
        The n rows, and what their split is called.
    """
    number, first = 0, -1
    for start in range(0, len(values), BLOCK):
        blank = np.isnan(values[start : start + BLOCK]).all(axis=1)
        if first < 0 and blank.any():
            first = start + int(blank.argmax())
        number += int(blank.sum())
    if not number:
        return ()
    return (
        f"{number:,} of the {len(values):,} rows of {split} {have(number)} no value in any feature, the "
        f"first is {rows.place(first)}: remove them from the file if they are no rows",
    )


def total(values: Numbers, columns: Sequence[Column], rows: Rows) -> tuple[str, ...]:
    """Say that the last row is a total of the others.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The n rows.
    """
    if isinstance(values, StoredRows):
        return ()
    above, last = np.zeros(len(columns)), values[-1].astype(np.float64)
    for start in range(0, len(values) - 1, BLOCK):
        block = values[start : min(start + BLOCK, len(values) - 1)]
        above += np.nansum(block, axis=0, dtype=np.float64)
    for at in np.flatnonzero(np.isclose(above, last, rtol=1e-6, atol=0)).tolist():
        column = columns[at]
        if column.kind == "number" and np.count_nonzero(np.nan_to_num(values[:-1, at])) >= FEWEST:
            return (
                f"the last row of train looks like a total: in {column.name!r:.60} it is the sum of all "
                f"others ({rows.place(len(values) - 1)}): remove it from the file, if it is no row",
            )
    return ()


def of_reports(rows: Rows, names: Sequence[str]) -> tuple[str, ...]:
    """Say which of the first and last rows look like what surveys and reports write around the rows.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns that hold texts.
    """
    last = max(HEAD, len(rows.ids) - TAIL)
    for name in names:
        column = rows.table[name]
        for first, part, pattern in (
            (0, column.slice(0, HEAD), _HEAD),
            (last, column.slice(last), _TAIL),
        ):
            some = texts(part)
            at = pc.index(pc.match_substring_regex(some, pattern), True).as_py()
            if at >= 0:
                return (
                    f"{rows.place(first + at)} looks like no row ({name!r:.60}: {some[at].as_py()!r:.60}): "
                    "remove what surveys and reports write around the rows",
                )
    return ()


def first_of_groups(rows: Rows, names: Sequence[str]) -> tuple[str, ...]:
    """Say that the first column has a value in the first row of each group alone, as pivot tables write it.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns that hold texts.
    """
    name = rows.table.column_names[0]
    if name not in names:
        return ()
    head = texts(rows.table[name].slice(0, SEEN))
    if not len(head) or not head[0].is_valid or FEWEST * head.null_count < len(head):
        return ()
    values = texts(rows.table[name])
    filled = values.drop_null()
    once = 1 < len(filled) <= len(values) / FEWEST and len(filled.unique()) == len(filled)
    if not once:
        return ()
    return (
        f"column {name!r:.60} has a value in {len(filled):,} of {len(values):,} rows, each another one: if "
        "they hold for the rows below them, fill these in",
    )


def footnotes(table: Any, file: str) -> tuple[str, ...]:
    """Say that the last rows of a file hold a text in one of several columns alone: ``Source: …``.

    Parameters
    ----------
    table, file
        The rows, and what their file is called.
    """
    last = table.slice(max(0, table.num_rows - SEEN))
    columns = [texts(column) if is_text(column.type) else column for column in last.columns]
    filled = np.array([column.is_valid().to_numpy() for column in columns])
    number = filled.sum(axis=0)
    whole = np.flatnonzero(number > 1)
    if len(columns) < FEWEST_COLUMNS or not len(whole) or (number[: whole[-1]] < 2).any():
        return ()
    rows = np.flatnonzero(number == 1)
    if not 0 < len(rows) <= TAIL:
        return ()
    row = int(rows[0])
    at = int(filled[:, row].argmax())
    if not is_text(columns[at].type):
        return ()
    note, above = columns[at][row].as_py(), columns[at].slice(0, row).drop_null()
    longest = pc.max(pc.utf8_length(above)).as_py() or 0
    if pc.index(above, note).as_py() >= 0 or (":" not in note and len(note) <= longest):
        return ()
    place = f"row {table.num_rows - last.num_rows + row + 1:,} of {file}"
    return (
        f"{place} has a value in {last.column_names[at]!r:.60} alone ({note!r:.40}): "
        "remove it, if it is a note below the rows",
    )


def totals(what: str, names: Sequence[str]) -> tuple[str, ...]:
    """Say that categories are called as the rows of sums are: North Total, Average.

    Parameters
    ----------
    what
        What the categories are called by.
    names
        Their names.
    """
    found = [name for name in names if _TOTAL.fullmatch(name)]
    if not found or len(found) == len(names):
        return ()
    return (
        f"{what} include {found[0]!r:.40}: remove rows of sums and means from the file, if it has some",
    )
