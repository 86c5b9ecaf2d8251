"""How large rows are, as far as the first ones tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge import pixels
from clusterforge.builtin.datasets import ColumnParams
from clusterforge.datasets import columns
from clusterforge.tables.pixel_arrays import arrays, is_of_arrays, shape_of

FIRST = 64


@dataclass(frozen=True)
class RowSize:
    """What ``Peek`` says of it.

    Parameters
    ----------
    shape, characters
        As there.
    """

    shape: tuple[int, ...] | None = None
    characters: float | None = None


def of_table(table: pa.Table | None, params: ColumnParams, features: int) -> RowSize:
    """Return the size of rows by the first of them.

    Parameters
    ----------
    table
        The first rows with all columns that are needed; None where they can't be read alone.
    params
        Which columns hold what.
    features
        How many columns of a table are known.
    """
    if table is None or not len(table):
        return RowSize((features,) if features else None)
    table = table.slice(0, FIRST)
    characters = sum(
        float(np.mean([len(text or "") for text in _column(table, name)]))
        for name in columns.text_names(params)
    )
    shape: tuple[int, ...] | None = None
    if params.embedding in table.column_names:
        shape = (len(_column(table, params.embedding)[0] or ()),)
    elif params.image in table.column_names:
        images = columns.image_bytes(table[params.image])
        if is_of_arrays(images.type):
            shape = of_image(next(arrays(images.drop_null().slice(0, 1)), None), params)
        else:
            shape = of_image(images[0].as_py(), params)
    elif features:
        shape = (features,)
    return RowSize(shape, characters or None)


def of_array(shape: tuple[int, ...], params: ColumnParams) -> RowSize:
    """Return the size of rows in an array of a shape (n, …): images as they will be read."""
    image = shape_of(shape) if params.image else None
    if image is None:
        return RowSize(shape[1:])
    height, width = params.resize or image[:2]
    return RowSize((height, width, params.channels or (1 if image[2] == 1 else 3)))


def of_image(data: object, params: ColumnParams) -> tuple[int, int, int] | None:
    """Return height, width and channels of an image file as it will be read; None where it is none."""
    try:
        look = pixels.look(data) if isinstance(data, bytes | np.ndarray) else None
    except pixels.BrokenImage:  # the run says so
        return None
    if look is None:
        return None
    height, width = params.resize or (look.height, look.width)
    return height, width, params.channels or (1 if look.grey else 3)


def _column(table: pa.Table, name: str | None) -> list[Any]:
    if name not in table.column_names:
        return [None]
    rows: list[Any] = table[name].to_pylist()
    return rows
