"""What can be wrong with the numbers of features: digits that are lost, and values far off all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.errors import InputError

SAMPLE = 1_000
HUGE = 1e9
POINT = 1e6
"""Standard deviations per distance of the quartiles that make one point of most rows in float32."""
EXACT = 2**53


def check_far(values: Numbers, columns: Sequence[Column], rows: Rows) -> None:
    """Check that no huge number makes one point of all others once its column is scaled.

    Raises
    ------
    InputError
        With the column and the row.
    """
    high, low = np.fmax.reduce(values, axis=0), np.fmin.reduce(values, axis=0)
    largest = np.fmax(np.abs(high), np.abs(low))
    at = np.flatnonzero(largest > HUGE)
    some = np.sort(values[:: max(1, len(values) // SAMPLE), at], axis=0)  # gaps come last
    for place, column in zip(at.tolist(), some.T, strict=True):
        known = column[~np.isnan(column)]
        if not len(known):
            continue
        between = float(known[(3 * len(known)) // 4] - known[len(known) // 4])
        span = float(high[place]) - float(low[place])
        if 0 < between * POINT * np.sqrt(len(values)) < span:
            row = int(np.nanargmax(np.abs(values[:, place])))
            raise InputError(
                f"column {columns[place].name!r}, {rows.place(row)}: {values[row, place]:g} is so far "
                "from the other values that they would be one point",
                key="features",
                remedy="correct it, name it in na_values, or leave out the row",
            )


def merged(table: Any, columns: Sequence[Column]) -> tuple[str, ...]:
    """Say which columns hold integers that are equal once they are numbers of 64 bits with a fraction."""
    remarks = []
    for name in dict.fromkeys(column.source for column in columns if column.kind == "number"):
        values = table[name]
        while pa.types.is_nested(values.type):
            values = pc.list_flatten(values)
        if not pa.types.is_integer(values.type) or values.type.bit_width < 64:
            continue
        ends = pc.min_max(values)
        if max(abs(ends["min"].as_py() or 0), abs(ends["max"].as_py() or 0)) <= EXACT:
            continue
        different = values.unique().drop_null()
        lost = len(different) - len(np.unique(different.to_numpy().astype(np.float64)))
        if lost:
            remarks.append(
                f"column {name!r:.60} holds integers beyond 2^53: {lost:,} of {len(different):,} different "
                "values are equal to others as features; is it an id, no feature?"
            )
    return tuple(remarks)
