"""Rows of a table that may be no rows: those without any value, a total below the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import have
from clusterforge.numerics.stored_rows import StoredRows

BLOCK = 1 << 14
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
