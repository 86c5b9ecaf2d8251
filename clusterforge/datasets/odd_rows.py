"""Rows of a table that may be no rows: those without any value, a total below the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import have
from clusterforge.numerics.stored_rows import StoredRows, row_blocks

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
    for at, block in row_blocks(values):
        blank = np.isnan(block).all(axis=1)
        if first < 0 and blank.any():
            first = at.start + int(blank.argmax())
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
    for at, column in enumerate(columns):
        above, last = values[:-1, at], values[-1, at]
        if column.kind != "number" or np.count_nonzero(np.nan_to_num(above)) < FEWEST:
            continue
        if np.isclose(np.nansum(above, dtype=np.float64), last, rtol=1e-6, atol=0):
            return (
                f"the last row of train looks like a total: in {column.name!r:.60} it is the sum of all "
                f"others ({rows.place(len(values) - 1)}): remove it from the file, if it is no row",
            )
    return ()
