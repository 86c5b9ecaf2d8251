"""What the rows of a model look like: said by a run, or seen in the rows that it is fitted on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from clusterforge.contracts import Column, ItemKind, Items, PixelFormat
from clusterforge.models.image_rows import image_format, is_image
from clusterforge.runs.records import DataRecord, Record
from clusterforge.specs import Part
from clusterforge.tables import Spread

Rows = Any
"""Texts, images (arrays, PIL images, paths, bytes), a table of numbers, a data frame, dicts, or Items."""


class RowFormat(Record):
    """What a model's rows look like.

    Parameters
    ----------
    content
        Texts, images or a table.
    shape
        Of one row; None for texts and for images of any size.
    features
        The columns of a table; empty where they are numbers without names.
    columns
        The columns of a data frame that hold the texts, or the images.
    separator
        What stands between the texts of several columns.
    pixel_format
        How images are read; None where all were uint8 arrays.
    embedding
        Dimensions of the embedding that rows come with; None where encoders make it.
    image_column
        The column of the images, where they stand next to something else.
    parts
        What rows hold side by side, where they hold several things.
    spreads
        What the features are like in train; empty where that is not known.
    """

    content: ItemKind
    shape: tuple[int, ...] | None
    features: tuple[Column, ...] = ()
    columns: tuple[str, ...] = ()
    separator: str = " "
    pixel_format: PixelFormat | None = None
    embedding: int | None = None
    image_column: str | None = None
    parts: tuple[Part, ...] = ()
    spreads: tuple[Spread | None, ...] = ()

    @classmethod
    def of(cls, data: DataRecord) -> RowFormat:
        """Return what the rows of a run look like, by what it says of its data."""
        return cls(
            content=data.content,
            shape=data.splits["train"].shape,
            features=data.features,
            columns=data.columns,
            separator=data.separator,
            pixel_format=data.pixel_format,
            embedding=data.embedding,
            image_column=data.image_column,
            parts=data.parts,
            spreads=data.spreads,
        )


def content_of(rows: Rows) -> ItemKind:
    """Return what rows are, without a format to compare with: a table unless they say otherwise."""
    if isinstance(rows, Items):
        return rows.content
    if isinstance(rows, np.ndarray):
        if rows.dtype.kind in "buif" and rows.ndim in (3, 4):
            return "image"
        flat = rows.ndim == 1 or (rows.ndim == 2 and rows.shape[1] == 1)
        if flat and rows.dtype.kind == "O" and isinstance(next(rows.flat, None), list | np.ndarray):
            return "table"  # of vectors
        return "text" if flat and rows.dtype.kind in "OUT" else "table"
    pandas = sys.modules.get("pandas")
    if pandas and isinstance(rows, pandas.DataFrame | pandas.Series):
        return content_of(rows.to_numpy())
    if isinstance(rows, Sequence) and len(rows):
        if all(isinstance(row, str) for row in rows):
            return "text"
        if all(is_image(row) for row in rows):
            return "image"
    return "table"


def format_of(rows: Rows) -> RowFormat:
    """Return what rows look like that a model is fitted on, apart from their shape."""
    content = content_of(rows)
    images = content == "image" and not isinstance(rows, Items)
    return RowFormat(
        content=content, shape=None, pixel_format=image_format(rows) if images else None
    )


def unmasked(rows: Rows) -> Rows:
    """Return a masked array with gaps in place of what is masked, all else as it is."""
    if not isinstance(rows, np.ma.MaskedArray) or rows.dtype.kind not in "biuf":
        return rows
    single = rows.dtype == np.float32
    values = np.array(rows, np.float32 if single else np.float64)  # an array without a mask, copied
    values[np.ma.getmaskarray(rows)] = np.nan
    return values
