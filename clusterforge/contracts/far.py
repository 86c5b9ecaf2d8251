"""Numbers so far off that embeddings, which are float32, have no room for them or next to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clusterforge.contracts.columns import Column
from clusterforge.contracts.items import Numbers
from clusterforge.errors import InputError
from clusterforge.numerics.stored_rows import row_blocks

LARGEST = float(np.finfo(np.float32).max)
SAMPLE = 1_000
HUGE = 1e9
POINT = 1e6
"""Standard deviations per distance of the quartiles that make one point of most rows in float32."""


def row_number(row: int) -> str:
    """Say where a row of an array stands, counted from 1 as in files."""
    return f"row {row + 1}"


def check_large(values: Numbers, columns: Sequence[Column]) -> None:
    """Check that float32 has room for finite numbers.

    Parameters
    ----------
    values
        float (n, d).
    columns
        What they are; empty where they have no names.

    Raises
    ------
    InputError
        With the column and the row.
    """
    if values.dtype == np.float32:
        return
    for start, block in row_blocks(values):
        large = np.isfinite(block) & (np.abs(block) > LARGEST)
        if not large.any():
            continue
        row, at = np.argwhere(large)[0].tolist()
        row += start.start
        where = f"{_named(columns, at)}, {row_number(row)}"
        raise InputError(
            f"{where}: {values[row, at]:g} is beyond 3.4e38, the largest float32",
            key="features",
            remedy="leave the row out, or make it a gap",
        )


def check_far(
    values: Numbers, columns: Sequence[Column], place: Callable[[int], str] = row_number
) -> None:
    """Check that no huge number makes one point of all others once its column is scaled.

    Parameters
    ----------
    values, columns
        As of :func:`check_large`.
    place
        Says where a row stands.

    Raises
    ------
    InputError
        With the column and the row.
    """
    if not len(values):
        return
    ends = [(np.fmax.reduce(b, axis=0), np.fmin.reduce(b, axis=0)) for _, b in row_blocks(values)]
    high = np.fmax.reduce([high for high, _ in ends], axis=0)
    low = np.fmin.reduce([low for _, low in ends], axis=0)
    huge = np.flatnonzero(np.fmax(np.abs(high), np.abs(low)) > HUGE)
    if not len(huge):
        return
    every = np.arange(0, len(values), max(1, len(values) // SAMPLE))
    some = np.sort(values[every][:, huge], axis=0)
    for at, column in zip(huge.tolist(), some.T, strict=True):
        finite = column[np.isfinite(column)]
        if not len(finite):
            continue
        between = float(finite[(3 * len(finite)) // 4] - finite[len(finite) // 4])
        span = float(high[at]) - float(low[at])
        if 0 < between * POINT * np.sqrt(len(values)) < span:
            row = int(np.nanargmax(np.abs(values[:, at])))
            raise InputError(
                f"{_named(columns, at)}, {place(row)}: {_shown(values[row, at])} is so far from the others "
                "that they would be one point",
                key="features",
                remedy="correct it, name it in na_values, or leave out the row",
            )


def _shown(value: np.floating[Any]) -> str:
    """Return a number as a file may have it: with the digits that its kind of float keeps."""
    return str(int(value) if abs(value) < 2.0**63 and value == int(value) else value)


def _named(columns: Sequence[Column], at: int) -> str:
    return f"column {columns[at].name!r:.60}" if columns else f"column {at}"
