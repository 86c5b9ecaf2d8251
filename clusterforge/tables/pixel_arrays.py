"""Images as arrays: (n, height, width[, channels]) in a file, or lists of lists of numbers in a column."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables.arrow import is_list, is_number

CHANNELS = (1, 3, 4)
SMALLEST = 8  # pixels of a side of what is taken for an image
LONGEST = 4  # how much longer the other side may be
DARKEST, WHITE = 100, 255  # what the largest of whole numbers from 0 on is, where they are bytes


def shape_of(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Return height, width and channels of images in an array of a shape (n, …); None where it has none.

    The channels may come before the rows of pixels, as PyTorch has them.
    """
    if len(shape) == 3:
        return shape[1], shape[2], 1
    if len(shape) == 4 and shape[3] in CHANNELS:
        return shape[1], shape[2], shape[3]
    return (shape[2], shape[3], shape[1]) if len(shape) == 4 and shape[1] in CHANNELS else None


def look_like_images(array: npt.NDArray[Any]) -> bool:
    """Tell whether an array holds images rather than series of numbers: by its shape, type and values."""
    shape = shape_of(array.shape)
    if shape is None or min(shape[:2]) < SMALLEST or max(shape[:2]) > LONGEST * min(shape[:2]):
        return False
    if array.dtype.kind not in "if":
        return array.dtype.kind in "ub"
    some = np.asarray(array[: max(1, 1_000_000 // math.prod(shape))])
    with np.errstate(invalid="ignore"):
        low, high = some.min(initial=0), some.max(initial=0)
        whole = DARKEST <= high <= WHITE and bool((some == np.rint(some)).all())
        return bool(low >= 0 and (whole or (array.dtype.kind == "f" and high <= 1)))


def as_column(array: npt.NDArray[Any]) -> Any:
    """Return an array of images (n, height, width[, channels]) as lists of lists of Arrow, channels last."""
    if array.ndim == 4 and array.shape[3] not in CHANNELS:
        array = np.moveaxis(array, 1, 3)
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    nested = pa.array(array.reshape(-1))
    for length in array.shape[:0:-1]:
        nested = pa.FixedSizeListArray.from_arrays(nested, length)
    return nested


def is_of_arrays(kind: Any) -> bool:
    """Tell whether the values of an Arrow type are lists of lists of numbers, or lists of these."""
    depth = 0
    while is_list(kind):
        kind, depth = kind.value_type, depth + 1
    return depth in (2, 3) and bool(is_number(kind) or pa.types.is_boolean(kind))


def arrays(column: Any) -> Iterator[npt.NDArray[Any]]:
    """Yield the values of a column of such lists as arrays; empty ones have gaps or rows of other lengths."""
    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        every = _array(chunk) if len(chunk) else None
        for row in range(len(chunk)):
            one = _array(chunk.slice(row, 1)) if every is None else every[row : row + 1]
            yield np.empty(0) if one is None else one[0]


def _array(values: Any) -> npt.NDArray[Any] | None:
    """Return Arrow's lists, or numbers, as one array; None where they have gaps or differ in length."""
    if values.null_count:
        return None
    if not is_list(values.type):
        numbers: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False)
        return numbers
    lengths = pc.unique(pc.list_value_length(values)).to_pylist()
    below = _array(values.flatten()) if len(lengths) == 1 and lengths[0] else None
    return None if below is None else below.reshape(len(values), lengths[0], *below.shape[1:])
