"""Rows as users have them, as the items that encoders take."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.contracts import (
    Column,
    Embedded,
    ItemKind,
    Items,
    Parts,
    Table,
    Texts,
    columns_of,
    embedding_of,
    parts_of,
)
from clusterforge.contracts.far import check_large
from clusterforge.contracts.items import KIND_OF, taken_in_blocks
from clusterforge.errors import InputError, nearest
from clusterforge.formats import count
from clusterforge.models.frames import (
    Values,
    framed,
    is_frame,
    is_gap,
    is_series,
    of_type,
    outside,
    texts_of,
    typed,
    vectors_of,
)
from clusterforge.models.image_rows import image_items
from clusterforge.models.row_format import RowFormat, Rows, unmasked
from clusterforge.specs import Part

if TYPE_CHECKING:
    import pandas as pd

NO_TEXT = "no text"
NAMED = 10


class ReadingRemark(UserWarning):
    """What the user should know of how new rows are read."""


def as_items(rows: Rows, form: RowFormat, read: Values | None = None) -> Items:
    """Return rows as items of a format.

    Parameters
    ----------
    rows
        Items; a list, array or column of texts; a table of numbers (n, d); images as an array
        (n, h, w[, c]) or a list of paths, PIL images, encoded bytes and arrays, of any size; or a data
        frame, or a list of dicts, with the columns of the format.
    form
        What the rows must look like.
    read
        Reads the values of columns as the data set does; None: they are taken as they are.

    Raises
    ------
    InputError
        Where they can't be made into that.
    """
    return RowReader(form, read).items(rows)


@dataclass(frozen=True)
class RowReader:
    """Makes items of rows.

    Parameters
    ----------
    form, read
        As of :func:`as_items`.
    lacks
        Takes up what rows lack, by their positions, counted from 0; None: such rows are refused.
    gaps
        Whether rows of a table may have gaps.
    """

    form: RowFormat
    read: Values | None
    lacks: dict[int, str] | None = None
    gaps: bool = True

    def items(self, rows: Rows) -> Items:
        """Return rows as items; those that lack something stand there as anything."""
        form = self.form
        if form.embedding is not None:
            return self._embedded(rows, form.embedding)
        if not isinstance(rows, list) and isinstance(rows, Items):
            items = rows
        elif isinstance(rows, str | bytes | os.PathLike):
            raise _one_row(rows, form)
        elif isinstance(rows, Set | Mapping):
            raise InputError(
                f"a {type(rows).__name__} has no rows in an order",
                remedy="give a list (of dicts: one for each row), an array or a data frame",
            )
        else:
            rows = framed(rows)
            items = self._several(rows) if form.parts else self._of_kind(form.content, rows, form)
        if form.parts and set(parts_of(items)) != set(form.parts):
            raise _apart(form)
        items = _recoded(items, form.features)
        if isinstance(items, Table):
            check_large(items.values, items.columns)
        if items.content != form.content:
            raise InputError(
                f"the model takes {form.content}, but the new rows are {items.content}"
            )
        if form.shape and items.shape and items.shape != form.shape:
            raise InputError(
                f"a row of the model has shape {form.shape}, a new row has {tuple(items.shape)}"
            )
        if not self.gaps:
            self._without_gaps(items)
        return items

    def _without_gaps(self, items: Items) -> None:
        table = parts_of(items).get("features")
        if self.lacks is None or table is None:
            return
        names = [column.name for column in columns_of(table)]
        for start, block in taken_in_blocks(table):
            empty = np.isnan(np.asarray(block))
            for row in np.flatnonzero(empty.any(axis=1)):
                at = int(empty[row].argmax())
                named = repr(names[at]) if names else f"column {at + 1}"
                self.lacks.setdefault(start + int(row), f"no value in {named:.60}")

    def _of_kind(self, kind: ItemKind, rows: Rows, form: RowFormat) -> Items:
        return {"text": self._texts, "image": self._images, "table": self._table}[kind](rows, form)

    def _embedded(self, rows: Rows, width: int) -> Items:
        """Return rows that come with an embedding, or are one: an array or a table (n, width)."""
        items = rows if isinstance(rows, Items) else None
        embedding = None if items is None else embedding_of(items)
        if embedding is None:
            values = framed(rows) if items is None else items.take(np.arange(len(items)))
            try:
                values = vectors_of(values)
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
        finite = np.isfinite(embedding).all(axis=1)
        if not finite.all():
            if self.lacks is None:
                raise InputError("some embeddings are not finite")
            self.lacks.update(
                dict.fromkeys(np.flatnonzero(~finite).tolist(), "no finite embedding")
            )
        return Embedded(Table(embedding) if items is None else items, embedding)

    def _texts(self, rows: Rows, form: RowFormat) -> Items:
        if is_frame(rows):
            frame = _chosen(rows, form.columns, "texts")
            columns = [texts_of(frame[name].tolist(), name, self.read) for name in frame.columns]
            texts: list[Any] = [
                _joined(row, form.separator, number)
                for number, row in enumerate(zip(*columns, strict=True), 1)
            ]
        else:
            values = np.asarray(rows, dtype=object) if hasattr(rows, "__array__") else rows
            if isinstance(values, np.ndarray):
                values = values.ravel() if values.shape[1:] in ((), (1,)) else values
            texts = list(values)
            if len(form.columns) == 1:
                texts = texts_of(texts, form.columns[0], self.read)
        for row, text in enumerate(texts):
            if self.lacks is not None and (
                is_gap(text) or (isinstance(text, str) and not text.strip())
            ):
                self.lacks[row], texts[row] = NO_TEXT, ""
            elif not isinstance(text, str):
                what = "has no text" if is_gap(text) else f"is {of_type(text)}"
                raise InputError(
                    f"the model takes texts; row {row + 1} {what}", remedy="give a list of texts"
                )
        return Texts([str(text) for text in texts])

    def _table(self, rows: Rows, form: RowFormat) -> Items:
        from clusterforge.tables import of_new_rows

        table = self._numbers(rows, form)
        if table.columns:
            for remark in of_new_rows(table.values, table.columns, form.spreads):
                warnings.warn(ReadingRemark(remark), stacklevel=outside())
        return table

    def _numbers(self, rows: Rows, form: RowFormat) -> Table:
        names = tuple(column.name for column in form.features)
        sources = list(dict.fromkeys(column.source for column in form.features))
        if is_series(rows) and len(sources) == 1:
            rows = rows.to_frame(sources[0])
        if is_series(rows) and sources:
            raise InputError(
                "a Series is one row or one column",
                remedy="take rows of a data frame as a data frame: frame.iloc[[0]]",
            )
        if is_frame(rows):
            there = [str(name) for name in rows.columns]
            if any(column.source in there for column in form.features):
                return typed(rows.set_axis(there, axis=1), form.features, self.read)
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
                f"the model takes numbers, but the new rows are not ({' '.join(str(error).split())})",
                remedy=_as_frame(sources) if sources else None,
            ) from error
        if values.ndim != 2:
            raise InputError(
                f"a table has rows and columns, the new rows have shape {values.shape}",
                remedy="put one row into a list, and take one of a data frame as frame.iloc[[0]]",
            )
        return Table(values, form.features if len(names) == values.shape[1] else ())

    def _images(self, rows: Rows, form: RowFormat) -> Items:
        if is_frame(rows):
            frame = _chosen(rows, form.columns, "images")
            rows = frame[frame.columns[0]].tolist()
        return image_items(rows, form.pixel_format, form.shape, self.lacks)

    def _several(self, rows: Rows) -> Items:
        """Return rows of a data frame that hold several things."""
        form = self.form
        if not is_frame(rows):
            raise _apart(form)
        made: dict[Part, Items] = {}
        for name in form.parts:
            columns = (
                (form.image_column,) if name == "image" and form.image_column else form.columns
            )
            own = form.model_copy(update={"columns": columns, "shape": None})
            if name == "features" and form.features:
                _chosen(rows, tuple(dict.fromkeys(c.source for c in form.features)), name)
            made[name] = _recoded(self._of_kind(KIND_OF[name], rows, own), form.features)
        return Parts(made)


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


def _plain(rows: Rows) -> np.ndarray[Any, Any]:
    """Return rows as an array of what can be read as numbers: neither complex numbers nor dates."""
    values = np.asarray(unmasked(rows))
    if values.dtype.kind in "cmM":
        raise TypeError(f"they are {values.dtype}")
    return values


def _joined(parts: Sequence[Any], separator: str, number: int) -> str | None:
    """Return the texts of a row as one; None where it has none.

    Raises
    ------
    InputError
        Where a part is neither a text nor a gap.
    """
    there = [part for part in parts if not is_gap(part)]
    for part in there:
        if not isinstance(part, str):
            raise InputError(
                f"the model takes texts; row {number} holds {part!r:.40}, {of_type(part)}",
                remedy="write it as the run's file has it: frame[column].astype(str)",
            )
    return separator.join(there) if there else None


def _one_row(rows: str | bytes | os.PathLike[str], form: RowFormat) -> InputError:
    """Return the error for what is no list of rows: the name of a file of rows, or one row."""
    if form.content != "image" and not isinstance(rows, bytes) and os.path.isfile(rows):
        return InputError(
            f"{os.fspath(rows)!r:.80} is the name of a file",
            remedy="read its rows: run.predict(run.read(FILE).items), or run.predict_file(FILE, OUT)",
        )
    return InputError(f"{rows!r:.80} is one row", remedy="put it into a list")


def _apart(form: RowFormat) -> InputError:
    return InputError(
        f"a row of the model holds {' and '.join(form.parts)}",
        remedy="give a data frame with the columns of the run, or Items",
    )


def _as_frame(sources: Sequence[str]) -> str:
    more = ", …" if len(sources) > NAMED else ""
    listed = ", ".join(map(repr, sources[:NAMED]))
    return (
        f"give a data frame, or a list of dicts, with the columns of the run: {listed:.200}{more}"
    )
