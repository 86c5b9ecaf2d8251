"""Rows of a file that may be no rows: without any value, a second header, a total or a report's end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import first_of, have
from clusterforge.numerics.arrays import BoolArray
from clusterforge.numerics.stored_rows import StoredRows, row_blocks
from clusterforge.tables import second_names, texts
from clusterforge.tables.arrow import is_text

FEWEST_OTHERS, FEWEST_BOXES = 2, 5  # columns beside boxes, and rows of boxes alone
BLOCK = 1 << 14
NAMED, HEAD, TAIL = 3, 3, 10  # rows that may belong to a report
_HEAD = r'^\{"ImportId":|^Open-Ended Response$|^ ?:?-{3,}:? ?$'
_TAIL = (
    r"(?i)^\(?\d+ rows?( affected| selected)?\)?$|^copyright (©|\(c\)|\d{4})|^confidential information|"
    r"^total rows\b.*\d|^generated (by|on)\b.*\d|^-- end of"
)
_MEAN = r"(?i)^(grand |overall )?(average|mean|avg\.?):?$"
SEEN, FEWEST_COLUMNS = 1000, 3  # rows above a note, columns of which it fills one
LAST = 5  # rows, one of which may be a total
CLOSE = 1e-6  # of a sum, relative
MOST_SUMMED, TRIES = 10_000, 100  # rows, of a sheet that people read; sums that may be by chance
FULL, FEWEST_ROWS = 0.05, 40  # of a column's rows have values, of so many or more rows
_OF_MONEY = re.compile(
    r"(?i)debit|credit|deposit|withdraw|(^|[ _-])(in|out|soll|haben)($|[ _-])|inflow|outflow|income|expense|"
    r"paid|einnahme|ausgabe|belastung|gutschrift|débit|crédit"
)
FEWEST = 4  # numbers from which on their sum below them is no coincidence


def blank_rows(values: Numbers, rows: Rows, split: str) -> Iterator[str]:
    """Say how many rows have no value in any feature: a spreadsheet writes them as commas.

    Parameters
    ----------
    values
        float (n, d): the features.
    rows, split
        The n rows, and what their split is called.
    """
    number, first = 0, -1
    for part, block in row_blocks(values):
        blank = np.isnan(block).all(axis=1)
        if first < 0 and blank.any():
            first = part.start + int(blank.argmax())
        number += int(blank.sum())
    if number:
        yield (
            f"{number:,} of the {len(values):,} rows of {split} {have(number)} no value in any feature, the "
            f"first is {rows.place(first)}: remove them from the file if they are no rows"
        )


def boxes_alone(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say how many rows have nothing but the no of a box: a spreadsheet has boxes in empty rows, too.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The n rows.
    """
    boxes = [at for at, column in enumerate(columns) if column.kind == "yes-no"]
    others = [at for at in range(len(columns)) if at not in boxes]
    if not boxes or len(others) < FEWEST_OTHERS:
        return
    number, first = 0, -1
    for part, block in row_blocks(values):
        alone = np.isnan(block[:, others]).all(axis=1) & (block[:, boxes] == 0).any(axis=1)
        alone &= ~(block[:, boxes] > 0).any(axis=1)
        if first < 0 and alone.any():
            first = part.start + int(alone.argmax())
        number += int(alone.sum())
    if number >= FEWEST_BOXES:
        yield (
            f"{number:,} of {len(values):,} rows have no value but a no in {columns[boxes[0]].name!r:.60}, "
            f"the first is {rows.place(first)}: if these are boxes in empty rows of a spreadsheet, remove "
            "the rows"
        )


def total(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say that one of the last rows, or the first, is a total of the others, or that some are of parts.

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
        return
    whole = np.zeros(len(columns))
    for start in range(0, len(values), BLOCK):
        whole += np.nansum(values[start : start + BLOCK], axis=0, dtype=np.float64)
    above = whole
    for row in (*range(len(values) - 1, max(0, len(values) - 1 - LAST), -1), 0):
        own = np.nan_to_num(values[row].astype(np.float64))
        above = above - own if row else whole - own
        sums = np.isclose(above, own, rtol=CLOSE, atol=0) & (own != 0)
        for at in np.flatnonzero(sums).tolist():
            parts = np.nan_to_num(values[: row or None, at])[row == 0 :]
            column, largest = columns[at], np.abs(parts).max(initial=0)
            # A sum of numbers of both signs may be one of them by chance.
            if (
                column.kind == "number"
                and np.count_nonzero(parts) >= FEWEST
                and largest < abs(own[at])
            ):
                what = "all above it" if row else "all others"
                also = " and what is below it" * (0 < row < len(values) - 1)
                yield (
                    f"{rows.place(row)} of train looks like a total: in {column.name!r:.60} it is the sum of "
                    f"{what}: remove it{also} from the file, if it is no row"
                )
                return
    for at, column in enumerate(columns):
        found = _totals_of_parts(values[:, at]) if column.kind == "number" else ()
        if found:
            yield (
                f"{len(found):,} rows of train look like totals: in {column.name!r:.60} each is the sum of "
                f"those above it since the last such one, the first is {rows.place(found[0])}: remove them "
                "from the file, if they are no rows"
            )
            return


def _totals_of_parts(values: Numbers) -> tuple[int, ...]:
    """Return the rows that are the sums of those above since the last one; none unless all are in a part."""
    known = np.nan_to_num(values)
    if not 2 * FEWEST <= len(known) <= MOST_SUMMED or known.min() < 0:
        return ()
    # Of few small counts one may be the sum of some others.
    numbers = known.tolist() if len(np.unique(known)) > 2 * FEWEST else []
    largest = max(numbers, default=0.0) * (1 + CLOSE)
    open_ones: list[tuple[int, float, int, tuple[int, ...]]] = [(0, 0.0, 0, ())]
    for _ in range(TRIES):
        if not open_ones:
            break
        row, above, parts, found = open_ones.pop()
        while row < len(numbers) and above <= largest:
            value = numbers[row]
            last = row == len(numbers) - 1 and not parts  # the total of all parts
            if last and math.isclose(value, sum(numbers[at] for at in found), rel_tol=CLOSE):
                return (*found, row)
            if parts > 1 and math.isclose(value, above, rel_tol=CLOSE):
                # It may be so by chance: then the part goes on.
                open_ones.append((row + 1, above + value, parts + 1, found))
                above, parts, found = 0.0, 0, (*found, row)
            else:
                above, parts = above + value, parts + (value > 0)
            row += 1
        if row == len(numbers) and not parts and len(found) > 1:
            return found
    return ()


def few_values(rows: Rows, columns: Sequence[Column]) -> Iterator[str]:
    """Say which features have a value in few rows alone; where it is always the same, it may be yes.

    Parameters
    ----------
    rows
        The train split.
    columns
        The features.
    """
    number = len(rows.ids)
    names = dict.fromkeys(c.source for c in columns if not c.coded or len(c.categories) > 1)
    known = {name: number - rows.table[name].null_count for name in names}
    few = [
        f"{n!r:.60} ({k:,} of {number:,} rows)" for n, k in known.items() if 0 < k <= FULL * number
    ]
    if few and number >= FEWEST_ROWS:
        yield (
            f"few rows have a value in {first_of(few, NAMED)}: clusters would be of these few, or of chance; "
            f"name {'it' if len(few) == 1 else 'them'} in drop, if that is not meant"
        )
    for one, other in _in_turn(rows, known):
        yield (
            f"each row has a value in one of {one!r:.60} and {other!r:.60} alone: if none means 0 there, "
            "write it (fillna(0) of pandas)"
        )
    lacking = [
        f"{n!r:.60} ({k:,} of {number:,} rows)"
        for n, k in known.items()
        if FULL * number < k < number / 2
    ]
    if lacking and number >= FEWEST_ROWS:
        yield (
            f"less than half of the rows have a value in {first_of(lacking, NAMED)}: clusters may be of "
            "those that have one"
        )


def _in_turn(rows: Rows, known: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yield two columns of numbers of which each row has one, as debits and credits."""
    number = len(rows.ids)
    part = [n for n, filled in known.items() if 0 < filled < number and _OF_MONEY.search(n)]
    for at, one in enumerate(part):
        for other in part[at + 1 :]:
            if known[one] + known[other] == number >= FEWEST_ROWS:
                own, beside = (rows.table[name].is_valid() for name in (one, other))
                if pc.all(pc.xor(own, beside)).as_py():
                    yield one, other


def of_reports(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which of the first and last rows look like what surveys and reports write around the rows.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns that hold texts.
    """
    if names and (found := second_names(rows.table)):
        row, words = found
        listed = first_of([f"{word!r:.40}" for word in words], NAMED)
        yield (
            f"{rows.place(row)} looks like the names of other columns ({listed}): if a second table begins "
            "there, write it to a file of its own"
        )
        return
    last = max(HEAD, len(rows.ids) - TAIL)
    for name in names:
        for first, length, pattern in ((0, HEAD, _HEAD), (last, None, _TAIL), (last, None, _MEAN)):
            some = texts(rows.table[name].slice(first, length))
            at = pc.index(pc.match_substring_regex(some, pattern), True).as_py()
            # An answer that is a word for a mean has others like it.
            again = pattern == _MEAN and at >= 0 and _often(rows.table[name], some[at])
            if at >= 0 and not again:
                yield (
                    f"{rows.place(first + at)} looks like no row ({name!r:.60}: {some[at].as_py()!r:.60}): "
                    "remove what surveys and reports write around the rows"
                )
                return


def _often(values: Any, value: Any) -> bool:
    """Tell whether a value stands in a column more than once, or the column has few others."""
    written = texts(values)
    number: int = pc.sum(pc.equal(written, value)).as_py()
    return number > 1 or bool(2 * pc.count_distinct(written).as_py() < len(written))


def first_of_groups(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say that columns have a value in the first row of each group alone, as pivot tables write it.

    Parameters
    ----------
    rows
        The train split.
    names
        The columns that hold texts.
    """
    head = rows.table.slice(0, SEEN)
    filled = {
        name: (texts(column) if is_text(column.type) else column).is_valid().to_numpy()
        for name, column in zip(head.column_names, head.columns, strict=True)
    }
    gaps = [n for n, own in filled.items() if own[:1].any() and FEWEST * (~own).sum() >= len(own)]
    for group in [name for name, own in filled.items() if gaps and own.all()]:
        first = _changes(head[group])
        if FEWEST * (~first).sum() < len(first) or first.sum() < FEWEST:
            continue
        # Some values may be missing in the first row of a group, too.
        led = [
            n for n in gaps if not (filled[n] & ~first).any() and 2 * filled[n].sum() >= first.sum()
        ]
        if led:
            listed = first_of([f"{name!r:.60}" for name in led], NAMED)
            yield (
                f"values of {listed} stand in the first row of each {group!r:.60} alone: if they hold for "
                "the rows below them, fill these in"
            )
            return
    name = rows.table.column_names[0]
    if name not in names or name not in gaps:
        return
    values = texts(rows.table[name])
    known = values.drop_null()
    if 1 < len(known) <= len(values) / FEWEST and len(known.unique()) == len(known):
        yield (
            f"column {name!r:.60} has a value in {len(known):,} of {len(values):,} rows, each another one: "
            "if they hold for the rows below them, fill these in"
        )


def _changes(column: Any) -> BoolArray:
    """Return in which rows a column has another value than in the row above: bool (n,); all of measures."""
    changes = np.ones(len(column), dtype=bool)
    if is_text(column.type) or pa.types.is_integer(column.type):
        values = column.combine_chunks()
        changes[1:] = pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    return changes


def footnotes(table: Any, file: str) -> Iterator[str]:
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
        return
    rows = np.flatnonzero(number == 1)
    if not 0 < len(rows) <= TAIL:
        return
    row = int(rows[0])
    at = int(filled[:, row].argmax())
    if not is_text(columns[at].type):
        return
    note, above = columns[at][row].as_py(), columns[at].slice(0, row).drop_null()
    longest = pc.max(pc.utf8_length(above)).as_py() or 0
    if pc.index(above, note).as_py() >= 0 or (":" not in note and len(note) <= longest):
        return
    place = f"row {table.num_rows - last.num_rows + row + 1:,} of {file}"
    yield (
        f"{place} has a value in {last.column_names[at]!r:.60} alone ({note!r:.40}): "
        "remove it, if it is a note below the rows"
    )
