"""The incoming rows of an encoder as a matrix that is known to be finite."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clusterforge.contracts import FloatArray, View
from clusterforge.errors import InputError

BLOCK_VALUES = 4_194_304


def finite_rows(view: View) -> FloatArray:
    """Return the rows of a view: float32 (n, d).

    Raises
    ------
    InputError
        Where rows hold NaN or infinity, or are images of several sizes.
    """
    if view.embedding is None and view.items.shape is None:
        raise InputError(
            "images of several sizes are not a matrix",
            remedy="give the data set one image size, or put image-model first",
        )
    rows = view.rows()
    bad = sum(int((~np.isfinite(rows[block]).all(axis=1)).sum()) for block in blocks(*rows.shape))
    if bad:
        raise InputError(
            f"{bad} of {len(rows)} rows hold NaN or infinity",
            remedy="drop or fill them in the data set",
        )
    return rows


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Yield slices over the rows, each of about four million values."""
    step = max(1, BLOCK_VALUES // max(1, columns))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def same_width(rows: FloatArray, width: int) -> FloatArray:
    """Return rows that have as many columns as the encoder was fitted on.

    Raises
    ------
    InputError
        Where they have not.
    """
    if rows.shape[1] != width:
        raise InputError(f"rows have {rows.shape[1]} columns; it was fitted on {width}")
    return rows
