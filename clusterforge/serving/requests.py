"""Requests as rows: JSON enters, items of the model's own form leave."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from clusterforge import pixels
from clusterforge.contracts import Column, Items
from clusterforge.errors import InputError, nearest
from clusterforge.models import Model, RowFormat
from clusterforge.models.usable_rows import UsableRows
from clusterforge.params import Field, Params
from clusterforge.serving.limits import Limits
from clusterforge.tables.dates import UNTIL
from clusterforge.validation import validated

DAY = datetime(2026, 1, 1, tzinfo=UTC)


class TooLarge(InputError):
    """A request beyond a limit."""


class PredictRequest(Params):
    """The body of ``POST /predict``: one of its keys."""

    text: str | None = Field(None, description="One text.")
    texts: tuple[str, ...] | None = Field(None, description="A list of texts.")
    row: dict[str, JsonValue] | tuple[JsonValue, ...] | None = Field(
        None, description="One row: an object by column, or a list of numbers."
    )
    rows: tuple[str | dict[str, JsonValue] | tuple[JsonValue, ...], ...] | None = Field(
        None, description="A list of such rows; texts alone count as `texts`."
    )
    image: str | None = Field(None, description="One image: the bytes of its file in base64.")
    images: tuple[str, ...] | None = Field(None, description="A list of such images.")

    def content(self) -> tuple[str, Sequence[Any]]:
        """Return the key of the rows, in the plural, and the rows.

        Raises
        ------
        InputError
            Where there is not exactly one key, or no row.
        """
        filled = {key: value for key, value in dict(self).items() if value is not None}
        if len(filled) != 1:
            problem = f"{' and '.join(filled)} exclude one another" if filled else "holds no rows"
            raise InputError(problem, remedy="give one of texts, rows or images")
        ((key, rows),) = filled.items()
        if key in ("text", "row", "image"):
            return f"{key}s", [rows]
        if not rows:
            raise InputError("holds no rows", key=key)
        if key == "rows" and all(isinstance(row, str) for row in rows):
            return "texts", rows
        return key, rows


def read_request(body: bytes) -> PredictRequest:
    """Return a request as it was sent.

    Raises
    ------
    InputError
        Where it is no JSON, or has a key that is not known or of the wrong type.
    """
    try:
        return PredictRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            why = str(first["ctx"]["error"])
            raise InputError(f"the body is no JSON: {why}") from None
    try:
        table = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the body is no JSON: {' '.join(str(error).split())}") from None
    if not isinstance(table, Mapping):
        raise InputError("the body must be a JSON object", remedy='{"texts": ["…"]}')
    return validated(PredictRequest, table, place="", file=None, folder=Path())


@dataclass(frozen=True)
class NewItems:
    """The rows of a request.

    Parameters
    ----------
    items
        Those that can be encoded; None where there are none.
    left_out
        For each row of the request why it is left out; None where it is not.
    notes
        What a reader of the answer should know.
    """

    items: Items | None
    left_out: tuple[str | None, ...]
    notes: tuple[str, ...] = ()


def read_items(request: PredictRequest, model: Model, limits: Limits) -> NewItems:
    """Return the rows of a request in the model's form, as ``predict`` reads them from a file.

    Raises
    ------
    InputError
        Where they are not such rows as the model's.
    TooLarge
        Where images have too many pixels.
    """
    form = model.form
    key, rows = request.content()
    wanted = keys_of(form)
    if key not in wanted:
        raise InputError(
            f"the model does not take {key}", key=key, remedy=f"give {' or '.join(wanted)}"
        )
    if key == "images":
        return _new(model.usable_rows(_images(rows, key, limits)))
    if key == "texts":
        return _new(model.usable_rows(list(rows)))
    by_name = isinstance(rows[0], Mapping)
    if len({type(row) for row in rows}) > 1:
        raise InputError("are of several forms", key=key, remedy="give all rows in one form")
    if not by_name:
        return _new(model.usable_rows([list(row) for row in rows]))
    return _new(model.usable_rows(_frame(rows, form, limits)))


def _new(rows: UsableRows) -> NewItems:
    return NewItems(rows.items, rows.left_out)


def keys_of(form: RowFormat) -> tuple[str, ...]:
    """Return the keys of a request by which a model takes rows, the simplest first."""
    if form.embedding is not None or form.parts or form.content == "table":
        return ("rows",)
    if form.content == "image":
        return ("images",)
    return ("texts", "rows") if form.columns else ("texts",)


def example(form: RowFormat) -> dict[str, JsonValue]:
    """Return a request that the model answers; it holds nothing of the data but column names."""
    if form.embedding is not None:
        return {"rows": [[0.0] * form.embedding]}
    if form.parts:
        row: dict[str, JsonValue] = {}
        for part in form.parts:
            if part == "text":
                row |= dict.fromkeys(form.columns, "a short text")
            elif part == "image":
                row |= dict.fromkeys(_image_columns(form), _blank(form))
            else:
                row |= _values(form.features)
        return {"rows": [row]}
    if form.content == "text":
        return {"texts": ["a short text"]}
    if form.content == "image":
        return {"images": [_blank(form)]}
    if form.features:
        return {"rows": [_values(form.features)]}
    return {"rows": [[0.0] * (form.shape or (1,))[0]]}


def _frame(rows: Sequence[Mapping[str, JsonValue]], form: RowFormat, limits: Limits) -> Any:
    import pandas as pd

    needed = dict.fromkeys(
        (*form.columns, *_image_columns(form), *(column.source for column in form.features))
    )
    if not needed:
        raise InputError("columns have no names here", key="rows", remedy="give lists of numbers")
    for name in needed:
        if not any(name in row for row in rows):
            there = dict.fromkeys(name for row in rows for name in row)
            raise InputError(
                f"there is no column {name!r}", key="rows", remedy=nearest(name, there)
            )
    # Columns that the run does not use could be others in every row.
    table = [{name: row[name] for name in needed if name in row} for row in rows]
    for column in _image_columns(form):
        # A path would be opened on this machine: only bytes go further.
        values = [row.get(column) for row in table]
        images = _images(values, column, limits)
        for row, image in zip(table, images, strict=True):
            row[column] = image  # type: ignore[assignment]
    # Whole numbers stay what they are, also next to a gap.
    return pd.DataFrame(table, columns=list(needed), dtype=object)


def _image_columns(form: RowFormat) -> tuple[str, ...]:
    if "image" not in form.parts:
        return ()
    return (form.image_column,) if form.image_column else form.columns


def _images(values: Sequence[object], key: str, limits: Limits) -> list[bytes]:
    images: list[bytes] = []
    total = 0
    for number, value in enumerate(values, 1):
        try:
            if not isinstance(value, str):
                raise ValueError("it is no text")
            image = base64.b64decode(value, validate=True)
            look = pixels.look(image)
        except (ValueError, binascii.Error, pixels.BrokenImage) as error:
            known = isinstance(error, pixels.BrokenImage)
            raise InputError(
                f"row {number} can't be read as an image: {error if known else 'no base64'}",
                key=key,
                remedy="give the bytes of an image file in base64",
            ) from None
        total += look.height * look.width
        if total > limits.pixels:
            raise TooLarge(f"the images have more than {limits.pixels:,} pixels", key=key)
        images.append(image)
    return images


def _blank(form: RowFormat) -> str:
    from PIL import Image

    height, width = (form.shape or (32, 32))[:2]
    file = io.BytesIO()
    Image.new("L", (width, height), 255).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _values(columns: Sequence[Column]) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {}
    for column in columns:
        value = _value(column)
        if column.place is not None:
            places = row.setdefault(column.source, [])
            assert isinstance(places, list)
            places += [0.0] * (column.place + 1 - len(places))
        else:
            row[column.name] = value
    return row


def _value(column: Column) -> JsonValue:
    if column.coded and column.categories:
        return column.categories[0]
    if column.kind == "date":
        return DAY.strftime(column.format.partition(UNTIL)[0] or "%Y-%m-%d")
    return "12:00:00" if column.kind == "time" else column.fill or 0.0
