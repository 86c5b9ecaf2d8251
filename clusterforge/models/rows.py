"""Rows as users have them, as the items that encoders take."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.contracts import (
    Column,
    Embedded,
    ItemKind,
    Items,
    Parts,
    PixelFormat,
    Table,
    Texts,
    columns_of,
    embedding_of,
    parts_of,
)
from clusterforge.contracts.far import check_large
from clusterforge.contracts.items import KIND_OF
from clusterforge.errors import NAME, InputError, bounded, nearest
from clusterforge.formats import count
from clusterforge.models.image_rows import image_format, image_items, is_image
from clusterforge.runs.records import Record
from clusterforge.specs import Part

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Rows = Any
"""Texts, images (arrays, PIL images, paths, bytes), a table of numbers, a data frame, or Items."""

KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


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


def as_items(rows: Rows, form: RowFormat) -> Items:
    """Return rows as items of a format.

    Parameters
    ----------
    rows
        Items; a list, array or column of texts; a table of numbers (n, d); images as an array
        (n, h, w[, c]) or a list of paths, PIL images, encoded bytes and arrays, of any size; or a data
        frame with the columns of the format.
    form
        What the rows must look like.

    Raises
    ------
    InputError
        Where they can't be made into that.
    """
    if form.embedding is not None:
        return _embedded(rows, form.embedding)
    if not isinstance(rows, list) and isinstance(rows, Items):
        items = rows
    elif isinstance(rows, str | bytes | os.PathLike):
        raise InputError(f"{rows!r:.80} is one row", remedy="put it into a list")
    elif isinstance(rows, Set | Mapping):
        raise InputError(
            f"a {type(rows).__name__} has no rows in an order",
            remedy="give a list, an array or a data frame",
        )
    else:
        rows = _frame(rows)
        items = _several(rows, form) if form.parts else _MAKE[form.content](rows, form)
    if form.parts and set(parts_of(items)) != set(form.parts):
        raise _apart(form)
    items = _recoded(items, form.features)
    if isinstance(items, Table):
        check_large(items.values, items.columns)
    if items.content != form.content:
        raise InputError(f"the model takes {form.content}, but the new rows are {items.content}")
    if form.shape and items.shape and items.shape != form.shape:
        raise InputError(
            f"a row of the model has shape {form.shape}, a new row has {tuple(items.shape)}"
        )
    return items


def _embedded(rows: Rows, width: int) -> Items:
    """Return rows that come with an embedding, or are one: an array or a table (n, width)."""
    items = rows if isinstance(rows, Items) else None
    embedding = None if items is None else embedding_of(items)
    if embedding is None:
        values = _frame(rows) if items is None else items.take(np.arange(len(items)))
        try:
            embedding = np.ascontiguousarray(_plain(values), dtype=np.float32)
        except (TypeError, ValueError):
            embedding = np.empty(0, np.float32)
        if embedding.ndim != 2 or (items is not None and items.content != "table"):
            raise InputError(
                "the run clusters embeddings made elsewhere, and the new rows have none",
                remedy=f"give their embeddings, an array (n, {width})",
            )
    if embedding.shape[1] != width:
        raise InputError(
            f"embeddings have {count(embedding.shape[1], 'dimension')}, those of the run have {width}"
        )
    if not np.isfinite(embedding).all():
        raise InputError("some embeddings are not finite")
    return Embedded(Table(embedding) if items is None else items, embedding)


def _recoded(items: Items, features: tuple[Column, ...]) -> Items:
    """Return the rows of a table in the codes of a model, gaps filled as it fills them."""
    columns = columns_of(items)
    unlike = not columns and items.shape != (len(features),)
    if items.content != "table" or not features or unlike:
        return items
    if columns != features:
        from clusterforge.tables import recoded

        everything = np.asarray(items.take(np.arange(len(items))))
        items = Table(recoded(everything, columns, features), features)
    return items.filled() if isinstance(items, Table) else items


def content_of(rows: Rows) -> ItemKind:
    """Return what rows are, without a format to compare with: a table unless they say otherwise."""
    if isinstance(rows, Items):
        return rows.content
    if isinstance(rows, np.ndarray):
        if rows.dtype.kind in "buif" and rows.ndim in (3, 4):
            return "image"
        flat = rows.ndim == 1 or (rows.ndim == 2 and rows.shape[1] == 1)
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


def _frame(rows: Rows) -> Rows:
    """Return an Arrow or polars table as a data frame, all else as it is."""
    return rows.to_pandas() if hasattr(rows, "to_pandas") else rows


def frame_of(rows: Rows) -> pd.DataFrame | None:
    """Return rows as a data frame where they are one of pandas, polars or Arrow; else None."""
    found: Any = _frame(rows)
    return found if _is_frame(found) else None


def _is_frame(rows: Rows) -> bool:
    pandas = sys.modules.get("pandas")
    return bool(pandas) and isinstance(rows, pandas.DataFrame)  # type: ignore[union-attr]


def _chosen(frame: pd.DataFrame, names: tuple[str, ...], what: str) -> pd.DataFrame:
    """Return the columns of a data frame that a model needs."""
    there = [str(name) for name in frame.columns]
    if not names and len(there) == 1:
        return frame
    if not names:
        raise InputError(
            f"which of the {len(there)} columns holds the {what} is not known",
            remedy=f"give that column alone: frame[[{there[0]!r}]]" if there else None,
        )
    frame = frame.set_axis(there, axis=1)
    for name in names:
        if name not in there:
            raise InputError(f"the data frame has no column {name!r}", remedy=nearest(name, there))
    return frame[list(names)]


def _texts(rows: Rows, form: RowFormat) -> Items:
    if _is_frame(rows):
        frame = _chosen(rows, form.columns, "texts")
        columns = [frame[name].tolist() for name in frame.columns]
        texts: list[Any] = [
            _joined(row, form.separator, number)
            for number, row in enumerate(zip(*columns, strict=True), 1)
        ]
    else:
        values = np.asarray(rows, dtype=object) if hasattr(rows, "__array__") else rows
        if isinstance(values, np.ndarray):
            values = values.ravel() if values.shape[1:] in ((), (1,)) else values
        texts = list(values)
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            missing = text is None or (isinstance(text, float) and math.isnan(text))
            what = "has no text" if missing else f"is a {type(text).__name__}"
            raise InputError(
                f"the model takes texts; row {row + 1} {what}", remedy="give a list of texts"
            )
    return Texts([str(text) for text in texts])


def _plain(rows: Rows) -> np.ndarray[Any, Any]:
    """Return rows as an array of what can be read as numbers: neither complex numbers nor dates."""
    values = np.asarray(unmasked(rows))
    if values.dtype.kind in "cmM":
        raise TypeError(f"they are {values.dtype}")
    return values


def unmasked(rows: Rows) -> Rows:
    """Return a masked array with gaps in place of what is masked, all else as it is."""
    if not isinstance(rows, np.ma.MaskedArray) or rows.dtype.kind not in "biuf":
        return rows
    single = rows.dtype == np.float32
    values = np.array(rows, np.float32 if single else np.float64)  # an array without a mask, copied
    values[np.ma.getmaskarray(rows)] = np.nan
    return values


def _joined(parts: Sequence[Any], separator: str, number: int) -> str | None:
    """Return the texts of a row as one; None where it has none.

    Raises
    ------
    InputError
        Where a part is neither a text nor a gap.
    """
    there = [part for part in parts if not _is_gap(part)]
    for part in there:
        if not isinstance(part, str):
            raise InputError(
                f"the model takes texts; row {number} holds {part!r:.40}, a {type(part).__name__}",
                remedy="write it as the run's file has it: frame[column].astype(str)",
            )
    return separator.join(there) if there else None


def _is_gap(value: Any) -> bool:
    """Tell whether a value stands for none: None, nan, pandas' NA and NaT."""
    if value is None or isinstance(value, str):
        return value is None
    return bool(isinstance(value, float) and math.isnan(value)) or type(value).__name__ in (
        "NAType",
        "NaTType",
    )


def _table(rows: Rows, form: RowFormat) -> Items:
    names = tuple(column.name for column in form.features)
    if _is_frame(rows):
        there = [str(name) for name in rows.columns]
        if any(column.source in there for column in form.features):
            return _typed(rows.set_axis(there, axis=1), form.features)
        own = [column.source for column in form.features if column.place is None]
        if own and any(isinstance(name, str) for name in rows.columns):
            raise InputError(
                f"the data frame has none of the columns {', '.join(map(repr, own[:5]))}",
                remedy="call its columns as the run's are, or give an array in their order",
            )
    try:
        values = np.ascontiguousarray(_plain(rows))
        values = values if values.dtype == np.float32 else values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the model takes numbers, but the new rows are not ({' '.join(str(error).split())})"
        ) from error
    if values.ndim != 2:
        raise InputError(f"a table has rows and columns, the new rows have shape {values.shape}")
    return Table(values, form.features if len(names) == values.shape[1] else ())


def _typed(frame: pd.DataFrame, columns: tuple[Column, ...]) -> Items:
    """Return a data frame read by the columns of a model."""
    from clusterforge.tables import UnseenValues, matrix, unseen

    needed = dict.fromkeys(column.source for column in columns)
    there = [name for name in frame.columns if name in needed]
    table = arrow(frame[there])
    values = matrix(table, columns)
    for remark in unseen(table, columns, values):
        warnings.warn(UnseenValues(remark), stacklevel=7)  # the line of the caller of predict
    return Table(values, columns)


def arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a data frame as an Arrow table, its columns called by their names as text.

    Raises
    ------
    InputError
        Where a column holds values of several kinds.
    """
    import pyarrow as pa

    named = frame.set_axis([str(name) for name in frame.columns], axis=1)
    try:
        for name in named.columns[[str(dtype).startswith("period") for dtype in named.dtypes]]:
            named = named.assign(**{name: named[name].dt.to_timestamp()})
        for name in named.columns[[str(dtype) == "category" for dtype in named.dtypes]]:
            if named[name].cat.categories.dtype.kind == "O":  # of intervals and periods, too
                named = named.assign(**{name: named[name].cat.rename_categories(str)})
        return pa.Table.from_pandas(named, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        why = " ".join(str(error).split())[:200]
        problem = _several_kinds(named) or f"the data frame can't be read: {why}"
        raise InputError(problem, remedy="give each column values of one kind") from None


def _several_kinds(frame: pd.DataFrame) -> str | None:
    """Say which column holds values of two kinds, and in which rows first; None where none does."""
    for name, values in frame.items():
        first: tuple[int, str] | None = None
        for row, value in enumerate(values, 1):
            kind = KINDS.get(type(value))
            if kind is None or value != value:  # a gap, or something that is none of these
                continue
            first = first or (row, kind)
            if kind != first[1]:
                both = f"{first[1]} in row {first[0]} and {kind} in row {row}"
                return f"column {bounded(str(name), NAME)!r} holds {both}"
    return None


def _images(rows: Rows, form: RowFormat) -> Items:
    if _is_frame(rows):
        frame = _chosen(rows, form.columns, "images")
        rows = frame[frame.columns[0]].tolist()
    return image_items(rows, form.pixel_format, form.shape)


_MAKE: Mapping[ItemKind, Callable[[Rows, RowFormat], Items]] = {
    "text": _texts,
    "image": _images,
    "table": _table,
}


def _several(rows: Rows, form: RowFormat) -> Items:
    """Return rows of a data frame that hold several things."""
    if not _is_frame(rows):
        raise _apart(form)
    made: dict[Part, Items] = {}
    for name in form.parts:
        columns = (form.image_column,) if name == "image" and form.image_column else form.columns
        own = form.model_copy(update={"columns": columns, "shape": None})
        if name == "features" and form.features:
            _chosen(rows, tuple(dict.fromkeys(c.source for c in form.features)), name)
        made[name] = _recoded(_MAKE[KIND_OF[name]](rows, own), form.features)
    return Parts(made)


def _apart(form: RowFormat) -> InputError:
    return InputError(
        f"a row of the model holds {' and '.join(form.parts)}",
        remedy="give a data frame with the columns of the run, or Items",
    )
