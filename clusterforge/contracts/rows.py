"""What encoders and clusterers ask of rows before they use them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from clusterforge.errors import InputError
from clusterforge.formats import are, count
from clusterforge.numerics.arrays import DoubleArray, FloatArray, blocks, evenly
from clusterforge.numerics.stored_rows import StoredRows

STEPS = 1000
"""Of float32, in a standard deviation, that a column needs."""

MOST = 100_000
"""Rows that are looked at where they do not lie in memory."""

R = TypeVar("R", FloatArray, FloatArray | DoubleArray)


def checked_rows(rows: R, width: int | None = None, *, least: int = 1) -> R:
    """Return rows, float32 or float64 (n, d), if they are finite, and as wide as the fit's.

    Parameters
    ----------
    rows
        The rows to fit, or new ones.
    width
        Columns of the rows of the fit, where these are new; None while it is being fitted.
    least
        The fewest rows that can be fitted. New rows may be none at all.

    Raises
    ------
    InputError
        Where a value is NaN or infinite, the width is another, or there are too few rows.
    """
    n, d = rows.shape
    if width is None and (n < least or not d):
        raise InputError(f"{count(n, 'row')} of {count(d, 'column')} {are(n)} too few")
    if width is not None and d != width:
        raise InputError(f"rows have {count(d, 'column')}; it was fitted on {width:,}")
    bad, first = 0, 0
    for block in blocks(n, d):  # a mask of all values would be a quarter of the rows
        found = np.flatnonzero(~np.isfinite(rows[block]).all(axis=1))
        if len(found) and not bad:
            first = block.start + int(found[0])
        bad += len(found)
    if bad:
        raise InputError(
            f"{bad:,} of {n:,} rows hold NaN or infinity, the first is row {first + 1}",
            remedy="drop or fill them in the data set",
        )
    return rows


def lost_in_float32(rows: npt.NDArray[np.floating]) -> list[int]:
    """Return the columns of rows (n, d) whose values float32 does not tell apart, by number.

    Of numbers near 1,700,000,000 (Unix seconds), float32 keeps one in 128: where a column's standard
    deviation is less than 1,000 such steps, or a value is beyond its range, it has to be centred in float64.
    """
    columns: list[int] = []
    if rows.dtype == np.float32:
        return columns
    if isinstance(rows, StoredRows):  # its spread is that of some of the rows
        rows = rows[evenly(len(rows), MOST)]
    with np.errstate(over="ignore", invalid="ignore"):
        for i, column in enumerate(rows.T):
            finite = column[np.isfinite(column)]
            if not len(finite):
                continue
            low, high = float(finite.min()), float(finite.max())
            step = float(np.spacing(np.float32(max(abs(low), abs(high)))))
            # A constant column has nothing to lose.
            if not np.isfinite(step) or (high > low and step * STEPS > float(finite.std())):
                columns.append(i)
    return columns
