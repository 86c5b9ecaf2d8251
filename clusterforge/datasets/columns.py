"""What the columns of an Arrow table hold: found by name, checked by type, read as arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import ItemKind
from clusterforge.datasets import table_columns
from clusterforge.datasets.odd_categories import says_of_others
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.table_rows import Rows
from clusterforge.errors import NOT_USED, InputError, NoColumn, UnusedKey, nearest
from clusterforge.formats import count
from clusterforge.inline_toml import inline_toml
from clusterforge.params import ARRAY
from clusterforge.tables import fields, lists, look_like_lists, of_one_length
from clusterforge.tables.arrow import is_binary, is_list, is_text, type_of
from clusterforge.tables.by_name import CYCLE
from clusterforge.tables.lists import ANEW, ELIDED, JOIN, unwrapped
from clusterforge.tables.pixel_arrays import is_of_arrays
from clusterforge.tables.vector_models import names_models

LONGEST_ID = 512
FEW = 3
_VISIBLE = r"[^\s\p{Z}\p{Cc}\p{Cf}]"
P = TypeVar("P", bound=ColumnParams)


def contents(params: ColumnParams) -> tuple[ItemKind, ...]:
    """Return what the parameters say that rows hold, what stands for a row first."""
    named: dict[ItemKind, object] = {
        "text": params.text,
        "image": params.image,
        "table": params.features,
    }
    return tuple(kind for kind, columns in named.items() if columns is not None)


def content(params: ColumnParams) -> ItemKind | None:
    """Return what stands for a row, of what the parameters say that rows hold."""
    return next(iter(contents(params)), None)


def text_names(params: ColumnParams) -> tuple[str, ...]:
    """Return the columns that hold the texts."""
    if params.text is None:
        return ()
    return (params.text,) if isinstance(params.text, str) else params.text


def named(params: ColumnParams) -> list[tuple[str, str]]:
    """Return each column that the parameters name, behind the parameter; patterns name none."""
    single = (("image", params.image), *_values(params))
    return [
        *(("text", name) for name in text_names(params)),
        *(("features", name) for name in table_columns.named(params)),
        *((key, name) for key, name in single if name),
    ]


def _values(params: ColumnParams) -> tuple[tuple[str, str | None], ...]:
    """Return the columns of which each row has one value, or one vector, behind their parameters."""
    return ("label", params.label), ("id", params.id), ("embedding", params.embedding)


def arrays(params: ColumnParams) -> list[tuple[str, str]]:
    """Return each npy file that stands for a column, behind its parameter."""
    return [(key, name) for key, name in _values(params) if name and name.endswith(ARRAY)]


def without_arrays(params: P) -> P:
    """Return parameters that name columns alone."""
    return params.model_copy(update={key: None for key, _ in arrays(params)})


def are_named(params: ColumnParams) -> bool:
    """Return whether the parameters name every column that is needed, without patterns."""
    named = table_columns.named(params)
    return params.features is None or len(named) == len(params.features)


def as_text(params: ColumnParams) -> set[str]:
    """Return the columns whose values are text whatever they look like: codes keep their zeros."""
    plain = ("number", "date", "time")
    coded = {n for n, k in params.types.items() if k not in plain and not str(k).startswith(CYCLE)}
    return {*text_names(params), *([params.id] if params.id else []), *coded}


def with_fields(table: Any, params: ColumnParams) -> Any:
    """Return a table with what parameters name within objects and lists, and texts for lists of texts."""
    listed = [name for _, name in named(params)]
    there = {*table.column_names}
    for name in (*listed, *(f"{one.rpartition('.')[0]}.unit" for one in listed if "." in one)):
        column = root(name, there)
        if column != name and (found := fields.of(table, name, column)) is not None:
            table = table.append_column(name, found)
    texts = {*text_names(params)}
    for at, field in enumerate(table.schema):
        if field.name in texts and fields.holds_texts(field.type):
            table = table.set_column(at, field.name, fields.joined(table.column(at)))
    return table


def schema_with_fields(schema: Any, params: ColumnParams) -> Any:
    """Return the schema of tables that :func:`with_fields` has gone through."""
    return with_fields(schema.empty_table(), params).schema


def root(name: str, there: Collection[str]) -> str:
    """Return the column that holds what a name means: itself, or the one before a dot."""
    return name if name in there else fields.owner(name, there) or name


def with_lists(rows: Rows, params: ColumnParams) -> Rows:
    """Return rows with lists of numbers in place of texts that hold them, in columns that are features.

    Of lists within lists of one, the inner ones. Columns that ``features`` does not name are read so where
    all lists have one length.

    Raises
    ------
    InputError
        Where a text of a column that is named is no such list, with its row.
    """
    asked = {*table_columns.named(params)}
    wanted = {*asked, *table_columns.candidates(rows.table.column_names, params)} - {*params.types}
    columns = list(rows.table.columns)
    for at, field in enumerate(rows.table.schema):
        vectors = field.name in wanted or field.name == params.embedding
        if vectors and (inner := unwrapped(columns[at])) is not None:
            columns[at] = inner
        if field.name not in wanted or not look_like_lists(columns[at]):
            continue
        column = columns[at].combine_chunks()
        if field.name in asked:
            columns[at] = _lists(rows, column, field.name, "features")
        elif (found := lists(column)) is not None and of_one_length(found):
            columns[at] = found
    table = pa.Table.from_arrays(columns, rows.table.column_names)
    return replace(rows, table=table.replace_schema_metadata(rows.table.schema.metadata))


def wanted(schema: Any, params: ColumnParams) -> list[str]:
    """Return every column that the parameters need, in the order of the table."""
    there = {*schema.names}
    names = {root(name, there) for _, name in named(params)} | {
        *table_columns.candidates(schema.names, params)
    }
    return [name for name in schema.names if name in names]


def check(schema: Any, params: ColumnParams) -> None:
    """Check that every column is there and of a type that can be read.

    Raises
    ------
    InputError
        With the parameter's name as the key, and the columns that exist.
    """
    for key, name in named(params):
        what, fits = _CAN_HOLD[key]
        if key == "image" and params.image_paths:
            what, fits = _IMAGES_OR_PATHS
        _check_one(schema, key, name, what, fits)
    chosen = table_columns.candidates(schema.names, params)
    if params.features and not chosen:
        table_columns.check_names(schema.names, params)
        raise InputError("there are no columns of these names besides label and id", key="features")
    if params.label is not None and params.label in chosen:
        raise InputError(f"column {params.label!r} is the label", key="features")


def check_unused(params: ColumnParams, what: str, keys: Iterable[str]) -> None:
    """Refuse keys that a kind of file does not use."""
    for key in keys:
        if getattr(params, key):
            raise UnusedKey(f"{what}{NOT_USED}", key=key, remedy="drop it")


def check_alike(train: Any, schema: Any, params: ColumnParams, split: str) -> None:
    """Check that a split has the columns that are used of train."""
    features = table_columns.candidates(train.names, params)
    there = {*schema.names}
    for key, name in (*named(params), *(("features", name) for name in features)):
        if name not in there:
            what = "labels" if key == "label" else "the column"
            raise InputError(
                f"the {split} split has no column {name!r}, train has",
                key=key,
                remedy=f"leave {split} out (name the rows of train alone), or give it {what}",
            )


def used(splits: Mapping[str, Rows], params: ColumnParams) -> dict[str, Rows]:
    """Return splits with the columns that the parameters need alone: others take memory for nothing.

    Raises
    ------
    InputError
        Where a column is missing or of a type that can't be read; the key is the parameter.
    """
    train = splits[TRAIN].table.schema
    check(train, params)
    table_columns.check_names(train.names, params)
    for split, rows in splits.items():
        check_alike(train, rows.table.schema, params, split)
        check(rows.table.schema, params)
    return {
        split: replace(rows, table=rows.table.select(_with_sayings(rows.table.schema, params)))
        for split, rows in splits.items()
    }


def _with_sayings(schema: Any, params: ColumnParams) -> list[str]:
    """Return every column that the parameters need, and those that say of what kind numbers are."""
    asked = {*wanted(schema, params)}
    numbers, vectors = params.features is not None, params.embedding is not None
    return [
        name
        for name in schema.names
        if name in asked
        or (numbers and says_of_others(name))
        or ((vectors or numbers) and names_models(name))
    ]


_OF_BYTES = {
    "text": "write it as strings (Spark: cast(… as string), Arrow: cast to string)",
    **dict.fromkeys(
        ("embedding", "features"),
        "write each as a list of numbers (numpy.frombuffer(…, 'float32').tolist())",
    ),
}
_CLASS = "write the class of each row as one value: of one-hot labels the place of the 1 (argmax)"


def _check_one(schema: Any, key: str, name: str, what: str, fits: Callable[[Any], bool]) -> None:
    times = len(schema.get_all_field_indices(name))
    if not times:
        column = root(name, {*schema.names})
        within = fields.names_within(schema.field(column).type, column) if column != name else ()
        raise no_column(name, within or schema.names, key)
    if times > 1:
        raise InputError(f"column {name!r} occurs {times} times", key=key)
    kind = schema.field(name).type
    if not fits(kind):
        listed_by = is_vector if key == "embedding" else fits  # any text may be a list of numbers
        fitting = [field.name for field in schema if listed_by(field.type)]
        listed = f"columns of {what}: {', '.join(fitting) or 'none'}"
        raise InputError(
            f"column {name!r} holds {_said(kind)}, not {what}",
            key=key,
            remedy=_of_nested(key, name, kind) or listed
            if _is(kind, "nested")
            else _OF_BYTES.get(key, listed)
            if is_binary(kind)
            else listed,
        )


def _of_nested(key: str, name: str, kind: Any) -> str | None:
    texts = [*islice(fields.text_names(kind, name), FEW)] if key == "text" else []
    if texts:
        return f"name what holds the texts: {key} = {' or '.join(map(inline_toml, texts))}"
    return {"text": JOIN, "label": _CLASS}.get(key)


def no_column(name: str, known: Iterable[str], key: str) -> InputError:
    """Return the error for a column that is not there."""
    return NoColumn(f"there is no column {name!r}", key=key, remedy=nearest(name, known))


def _said(kind: Any) -> str:
    if is_of_arrays(kind):
        return "lists of lists of numbers"
    return "text" if holds_text(kind) else "nothing" if pa.types.is_null(kind) else str(kind)


def _is(kind: Any, *names: str) -> bool:
    """Return whether an Arrow type is one of those that ``pyarrow.types`` knows by these names."""
    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def holds_text(kind: Any) -> bool:
    """Return whether values are strings."""
    return is_text(type_of(kind))


def is_image(kind: Any) -> bool:
    """Return whether values are images: bytes of files, the Hub's struct of bytes and path, or arrays."""
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return index >= 0 and is_binary(kind.field(index).type)
    return is_binary(kind) or is_of_arrays(kind)


def is_vector(kind: Any) -> bool:
    """Return whether values are lists of numbers."""
    return is_list(kind) and _is(kind.value_type, "integer", "floating", "decimal")


def embedding(rows: Rows, name: str) -> npt.NDArray[np.float32]:
    """Read a column of embeddings; rows without one are nan: float32 (n, d).

    Raises
    ------
    InputError
        Where embeddings have different lengths, or are text that is no list of numbers; with the row.
    """
    column = rows.table[name].combine_chunks()
    if holds_text(column.type):
        column = _lists(rows, column, name)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    width = int(lengths.max(initial=0))
    other = np.flatnonzero(there & (lengths != width))
    if len(other) or not width:
        row = int(other[0]) if len(other) else 0
        raise InputError(
            f"embeddings in column {name!r} have {count(width, 'dimension')}, that of {rows.place(row)} has "
            f"{lengths[row]}",
            key="embedding",
        )
    values = np.full((len(column), width), np.nan, dtype=np.float32)
    flat = pc.list_flatten(column.filter(pa.array(there))).cast(pa.float64(), safe=False)
    with np.errstate(over="ignore"):
        values[there] = flat.to_numpy(zero_copy_only=False).reshape(-1, width)
    return values


def _lists(rows: Rows, column: Any, name: str, key: str = "embedding") -> Any:
    """Return lists of numbers that are written as text, as a csv file has them."""
    if (found := lists(column)) is not None:
        return found
    texts = column.to_pylist()
    row = next(row for row, text in enumerate(texts) if lists(pa.array([text])) is None)
    if ELIDED.fullmatch(texts[row]):
        raise InputError(
            f"column {name!r} holds {texts[row]!r:.40}, whose numbers were left out when it was written: "
            f"{rows.place(row)}",
            key=key,
            remedy=ANEW,
        )
    remedy = "write [0.1, 0.2, …], or a parquet file; where lists are codes, give the column a type"
    if re.fullmatch(r"[A-Za-z0-9+/]{40,}={0,2}", texts[row]):
        remedy = "if it is base64, write numpy.frombuffer(base64.b64decode(x), 'float32').tolist() for each"
    raise InputError(
        f"column {name!r} holds {texts[row][:38]!r}, no list of numbers: {rows.place(row)}",
        key=key,
        remedy=remedy,
    )


def image_bytes(column: Any) -> Any:
    """Return the column of the files' bytes."""
    return pc.struct_field(column, "bytes") if pa.types.is_struct(column.type) else column


def has_text(columns: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """Return which rows have a text with something to see in any of the columns: bool (n,)."""
    every = [pc.match_substring_regex(pc.cast(c, pa.large_string()), _VISIBLE) for c in columns]
    masks = [pc.fill_null(seen, False).to_numpy() for seen in every]
    either: npt.NDArray[np.bool_] = np.logical_or.reduce(masks)
    return either


def ids(column: Any, name: str) -> npt.NDArray[Any]:
    """Read row ids: int64 or str (n,), each once.

    Raises
    ------
    InputError
        Where an id is missing, too long or occurs twice.
    """
    values = column.to_pylist()
    blank = [row for row, value in enumerate(values, 1) if value is None or value == ""]
    if blank:
        raise InputError(
            f"column {name!r} has {count(len(blank), 'row')} without an id, the first is row {blank[0]:,}",
            key="id",
            remedy="fill them in, or leave id out",
        )
    if pa.types.is_integer(column.type) and max(values, default=0) < 1 << 63:
        read: npt.NDArray[Any] = np.array(values, dtype=np.int64)
    else:
        values = list(map(str, values))
        if max(map(len, values), default=0) > LONGEST_ID:
            raise InputError(
                f"column {name!r} has ids of more than {LONGEST_ID} characters", key="id"
            )
        read = np.array(values, dtype=np.str_)
    unique, counts = np.unique(read, return_counts=True)
    if len(unique) < len(read):
        twice = unique[counts.argmax()].item()
        raise InputError(
            f"column {name!r} has {twice!r} {counts.max():,} times",
            key="id",
            remedy="name a column of distinct values, or leave id out",
        )
    return read


_CAN_HOLD: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("text", holds_text),
    "image": ("images", is_image),
    "features": ("features", lambda kind: not is_binary(kind) and not is_of_arrays(kind)),
    "label": ("labels", lambda kind: not (_is(kind, "nested") or is_binary(kind))),
    "embedding": ("lists of numbers", lambda kind: is_vector(kind) or holds_text(kind)),
    "id": ("ids", lambda kind: _is(kind, "integer") or holds_text(kind)),
}
_IMAGES_OR_PATHS = "images or their paths", lambda kind: is_image(kind) or holds_text(kind)
