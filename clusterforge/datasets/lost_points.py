"""Numbers whose decimal point was lost, as by a spreadsheet of another language: 5095584 among 50.95584."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.numerics.arrays import BoolArray, DoubleArray, evenly
from clusterforge.numerics.stored_rows import StoredRows

LOOKED_AT = 10_000  # rows that tell whether a column is looked at as a whole
FEWEST, SHARE = 3, 0.5  # numbers without a point, and the most of them among all
LARGER, MOST_PLACES = 100.0, 8  # times the largest with a point, and the places that may be lost
WIDER, NEARLY_ALL = (
    0.2,
    0.9,
)  # of their range, what others may lie beyond, and their share that fits
DIGITS = 3  # behind the point, fewer of which may be lost by chance


def lost_points(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say which columns have whole numbers that are others' without their decimal point.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The train split.
    """
    if isinstance(values, StoredRows):
        return
    some = np.asarray(values[evenly(len(values), LOOKED_AT)], dtype=np.float64)
    for at, column in enumerate(columns):
        if column.kind != "number" or not _lost(some[:, at]).any():
            continue
        own: DoubleArray = np.asarray(values[:, at], dtype=np.float64)
        found = _lost(own)
        if not found.any():
            continue
        rest = own[~found & np.isfinite(own)]
        row = int(found.argmax())
        yield (
            f"column {column.name!r:.60} has {found.sum():,} whole numbers as {own[row]:.12g} "
            f"({rows.place(row)}) beside numbers from {rest.min():.6g} to {rest.max():.6g} with decimals: if "
            "their decimal point was lost, write them with it"
        )


def _lost(values: DoubleArray) -> BoolArray:
    """Return which numbers are whole, beyond all with decimals, and among these with a point: (n,)."""
    known = np.isfinite(values)
    whole = known & (values == np.rint(values))
    parted = known & ~whole
    nothing = np.zeros(len(values), dtype=bool)
    if parted.sum() < FEWEST or not FEWEST <= whole.sum() <= SHARE * len(values):
        return nothing
    sizes = np.abs(values)
    low, high = float(values[parted].min()), float(values[parted].max())
    far = whole & (sizes > LARGER * max(abs(low), abs(high)))
    if far.sum() < FEWEST:
        return nothing
    around = WIDER * (high - low)
    decimals = values[parted][:FEWEST] * 10 ** (DIGITS - 1)
    fits = nothing.copy()
    for places in range(DIGITS, MOST_PLACES + 1):
        moved = values / 10.0**places
        fits |= (moved >= low - around) & (moved <= high + around)
    written = bool((decimals != np.rint(decimals)).any())
    return far if written and float(fits[far].mean()) >= NEARLY_ALL else nothing
