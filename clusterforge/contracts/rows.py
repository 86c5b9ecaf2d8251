"""What encoders and clusterers ask of rows before they use them."""

from __future__ import annotations

import numpy as np

from clusterforge.errors import InputError
from clusterforge.numerics.arrays import FloatArray, blocks


def checked_rows(rows: FloatArray, width: int | None = None, *, least: int = 1) -> FloatArray:
    """Return rows, float32 (n, d), once it is known that they are finite, and as wide as the fit's.

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
        raise InputError(f"{n:,} rows of {d:,} columns are too few")
    if width is not None and d != width:
        raise InputError(f"rows have {d:,} columns; it was fitted on {width:,}")
    bad, first = 0, 0
    for block in blocks(n, d):  # a mask of all values would be a quarter of the rows
        found = np.flatnonzero(~np.isfinite(rows[block]).all(axis=1))
        if len(found) and not bad:
            first = block.start + int(found[0])
        bad += len(found)
    if bad:
        raise InputError(
            f"{bad:,} of {n:,} rows hold NaN or infinity, the first is row {first}",
            remedy="drop or fill them in the data set",
        )
    return rows
