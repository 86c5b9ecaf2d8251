"""What the columns of an Arrow table hold: found by name, checked by type, read as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import ItemKind
from clusterforge.errors import InputError, nearest

LONGEST_ID = 512


def content(params: ColumnParams) -> ItemKind | None:
    """Return what the parameters say the rows are."""
    if params.text is not None:
        return "text"
    if params.image is not None:
        return "image"
    return None if params.features is None else "table"


def text_names(params: ColumnParams) -> tuple[str, ...]:
    """Return the columns that hold the texts."""
    if params.text is None:
        return ()
    return (params.text,) if isinstance(params.text, str) else params.text


def feature_names(schema: Any, params: ColumnParams) -> tuple[str, ...]:
    """Return the columns that hold the features; for ``"all"``, in the order of the table."""
    if params.features != "all":
        return params.features or ()
    others = {params.label, params.id}
    names = (name for name in schema.names if not name.startswith("__index_level_"))
    return tuple(name for name in names if name not in others)


def named(params: ColumnParams, schema: Any = None) -> list[tuple[str, str]]:
    """Return each column that the parameters name, behind the parameter.

    Without a schema, ``features = "all"`` names none.
    """
    all_features = params.features == "all" and schema is None
    features = () if all_features else feature_names(schema, params)
    single = [(key, getattr(params, key)) for key in ("image", "label", "id")]
    return [
        *(("text", name) for name in text_names(params)),
        *(("features", name) for name in features),
        *((key, name) for key, name in single if name),
    ]


def wanted(schema: Any, params: ColumnParams) -> list[str]:
    """Return every column that the parameters need, in the order of the table."""
    names = {name for _, name in named(params, schema)}
    return [name for name in schema.names if name in names]


def check(schema: Any, params: ColumnParams) -> None:
    """Check that every column is there and of a type that can be read.

    Raises
    ------
    InputError
        With the parameter's name as the key, and the columns that exist.
    """
    if params.features == "all" and not feature_names(schema, params):
        raise InputError("there are no columns besides label and id", key="features")
    for key, name in named(params, schema):
        _check_one(schema, key, name)
    if params.label is not None and params.label in feature_names(schema, params):
        raise InputError(f"column {params.label!r} is the label", key="features")


def check_alike(train: Any, schema: Any, params: ColumnParams, split: str) -> None:
    """Check that a split has the columns that are used of train."""
    for key, name in named(params, train):
        if name not in schema.names and (key, name) not in named(params, schema):
            raise InputError(f"the {split} split has no column {name!r}, train has", key=key)


def _check_one(schema: Any, key: str, name: str) -> None:
    count = schema.names.count(name)
    if not count:
        raise InputError(
            f"there is no column {name!r}", key=key, remedy=nearest(name, schema.names)
        )
    if count > 1:
        raise InputError(f"column {name!r} occurs {count} times", key=key)
    kind = schema.field(name).type
    what, fits = _CAN_HOLD[key]
    if not fits(kind):
        fitting = [field.name for field in schema if fits(field.type)]
        listed = ", ".join(fitting) if fitting else "none"
        raise InputError(
            f"column {name!r} holds {_said(kind)}, not {what}",
            key=key,
            remedy=f"columns of {what}: {listed}",
        )


def _said(kind: Any) -> str:
    return "text" if is_text(kind) else "nothing" if pa.types.is_null(kind) else str(kind)


def _is(kind: Any, *names: str) -> bool:
    """Return whether an Arrow type is one of those that ``pyarrow.types`` knows by these names."""
    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def is_text(kind: Any) -> bool:
    """Return whether values are strings."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return _is(kind, "string", "large_string", "string_view")


def is_binary(kind: Any) -> bool:
    """Return whether values are bytes."""
    return _is(kind, "binary", "large_binary", "binary_view")


def is_image(kind: Any) -> bool:
    """Return whether values are image files: bytes, or the Hub's struct of bytes and path."""
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return index >= 0 and is_binary(kind.field(index).type)
    return is_binary(kind)


def is_numeric(kind: Any) -> bool:
    """Return whether values are numbers, or lists of numbers."""
    if _is(kind, "list", "large_list", "fixed_size_list"):
        return is_numeric(kind.value_type)
    return _is(kind, "integer", "floating", "boolean", "decimal")


def image_bytes(column: Any) -> Any:
    """Return the column of the files' bytes."""
    return pc.struct_field(column, "bytes") if pa.types.is_struct(column.type) else column


def has_text(columns: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """Return which rows have a text, not blank, in any of the columns: bool (n,)."""
    trimmed = [pc.utf8_trim_whitespace(pc.cast(c, pa.large_string())) for c in columns]
    masks = [pc.fill_null(pc.not_equal(texts, ""), False).to_numpy() for texts in trimmed]
    either: npt.NDArray[np.bool_] = np.logical_or.reduce(masks)
    return either


def features(table: Any, names: Sequence[str]) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    """Read columns of numbers; what is missing or not finite is nan.

    Returns
    -------
    values, names
        float64 (n, d) and the d names; a column of lists of one length gives one for each place.
    """
    blocks, labels = [], []
    for name in names:
        block = _numbers(table[name], name)
        blocks.append(block)
        wide = block.shape[1]
        scalar = wide == 1 and not pa.types.is_nested(table.schema.field(name).type)
        labels += [name] if scalar else [f"{name}.{index}" for index in range(wide)]
    values = np.concatenate(blocks, axis=1)
    values[~np.isfinite(values)] = np.nan
    return values, tuple(labels)


def _numbers(column: Any, name: str) -> npt.NDArray[np.float64]:
    if pa.types.is_nested(column.type):
        lengths = pc.list_value_length(column).drop_null().unique().to_pylist()
        if len(lengths) != 1:
            raise InputError(
                f"the lists of column {name!r} have {len(lengths)} different lengths",
                key="features",
            )
        if pc.any(column.is_null()).as_py():
            raise InputError(f"column {name!r} has rows without a list", key="features")
        return _numbers(pc.list_flatten(column), name).reshape(-1, lengths[0])
    flat = column.cast(pa.float64(), safe=False).to_numpy()
    return np.array(flat, dtype=np.float64)[:, None]


def ids(column: Any, name: str) -> npt.NDArray[Any]:
    """Read row ids: int64 or str (n,), each once.

    Raises
    ------
    InputError
        Where an id is missing, too long or occurs twice.
    """
    if column.null_count:
        raise InputError(f"column {name!r} has {column.null_count} rows without an id", key="id")
    values = column.to_pylist()
    if pa.types.is_integer(column.type):
        read: npt.NDArray[Any] = np.array(values, dtype=np.int64)
    else:
        if max(map(len, values), default=0) > LONGEST_ID:
            raise InputError(
                f"column {name!r} has ids of more than {LONGEST_ID} characters", key="id"
            )
        read = np.array(values, dtype=np.str_)
    unique, counts = np.unique(read, return_counts=True)
    if len(unique) < len(read):
        twice = unique[counts.argmax()].item()
        raise InputError(
            f"column {name!r} has {twice!r} {counts.max()} times",
            key="id",
            remedy="name a column of distinct values, or leave id out",
        )
    return read


_CAN_HOLD: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("text", is_text),
    "image": ("images", is_image),
    "features": ("numbers", is_numeric),
    "label": ("labels", lambda kind: not (_is(kind, "nested") or is_binary(kind))),
    "id": ("ids", lambda kind: _is(kind, "integer") or is_text(kind)),
}
