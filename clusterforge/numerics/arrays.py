"""Types of the arrays that go in and out, and rows in blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BLOCK_VALUES = 4_194_304


def blocks(rows: int, columns: int = 1, values: int = BLOCK_VALUES) -> Iterator[slice]:
    """Yield slices over rows of so many columns, each of at most ``values`` values or one row."""
    step = max(1, values // max(1, columns))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def evenly(n: int, most: int) -> IntArray:
    """Return n places, or so many of them, evenly spaced from the first to the last: int64 (m,)."""
    return np.linspace(0, n - 1, min(n, most)).astype(np.int64)
