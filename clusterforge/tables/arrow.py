"""Questions to Arrow types and columns that are asked in many places."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def is_text(kind: Any) -> bool:
    """Return whether an Arrow type is one of strings."""
    t = pa.types
    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


def is_binary(kind: Any) -> bool:
    """Return whether an Arrow type is one of bytes."""
    t = pa.types
    either = t.is_binary(kind) or t.is_large_binary(kind) or t.is_binary_view(kind)
    return bool(either or t.is_fixed_size_binary(kind))


def is_number(kind: Any) -> bool:
    """Return whether an Arrow type is one of whole or floating numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def is_list(kind: Any) -> bool:
    """Return whether an Arrow type is one of lists."""
    t = pa.types
    return bool(t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind))


def type_of(kind: Any) -> Any:
    """Return the type of single values: of a dictionary that of what it holds."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def decoded(values: Any) -> Any:
    """Return a column without its dictionary, where it has one."""
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def in_one(values: Any) -> Any:
    """Return the values of a column as one array."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def all_match(values: Any, pattern: str) -> bool:
    """Tell whether there are texts, all of which have a part that is written so."""
    return bool(pc.all(pc.match_substring_regex(values, pattern)).as_py())


def first_match(values: Any, pattern: str) -> str | None:
    """Return the first text with a part that is written so; None where there is none."""
    at = pc.index(pc.match_substring_regex(values, pattern), True).as_py()
    return values[at].as_py() if at >= 0 else None


def any_match(values: Any, pattern: str) -> bool:
    """Tell whether some text has a part that is written so."""
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())
