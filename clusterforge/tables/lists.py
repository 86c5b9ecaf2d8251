"""Lists of numbers that are written as text, as a csv file has vectors."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables.arrow import is_list, is_number, is_text

_NUMBER = r"-?\d[-+0-9.eE]*"
_LIST = re.compile(rf"\s*[\[{{]\s*{_NUMBER}(\s*,\s*{_NUMBER})+\s*[\]}}]\s*")
ELIDED = re.compile(r"\s*\[+\s*-?\d.*(\.\.\.|…).*\]\s*", re.DOTALL)
"""A vector as NumPy prints a long one."""
ANEW = "write them anew from their source, as [0.1, 0.2, …] or into a parquet file"
JOIN = "write the parts of each row as one text in a column of its own"
_BARE = re.compile(rf"\s*{_NUMBER}(\s+{_NUMBER}){{7,}}\s*")  # pixels, as some sets have them


def look_like_lists(column: Any) -> bool:
    """Tell whether the first text of a column is a list: ``[0.1, 0.2]``, ``{0.1,0.2}``, or eight numbers."""
    if not is_text(column.type):
        return False
    at = pc.index(pc.match_substring_regex(column, r"\S"), True).as_py()
    text = str(column[at].as_py()) if at >= 0 else ""
    return bool(_LIST.fullmatch(text) or _BARE.fullmatch(text))


def lists(column: Any) -> Any:
    """Return the lists that a column of texts holds, null where there is no text; None if one is no list."""
    try:
        rows = [
            json.loads(_bracketed(text)) if text and not text.isspace() else None
            for text in column.to_pylist()
        ]
        return pa.array(rows, pa.list_(pa.float64()))
    except (ValueError, TypeError, RecursionError, pa.ArrowException):
        return None


def _bracketed(text: str) -> str:
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):  # arrays of PostgreSQL
        return f"[{text[1:-1]}]"
    return text if text.startswith("[") else f"[{','.join(text.split())}]"


def unwrapped(column: Any) -> Any | None:
    """Return the inner lists of a column whose lists hold one list of numbers each, else None."""
    kind = column.type
    if not (is_list(kind) and is_list(kind.value_type) and is_number(kind.value_type.value_type)):
        return None
    lengths = pc.list_value_length(column).drop_null()
    if not len(lengths) or pc.min_max(lengths).as_py() != {"min": 1, "max": 1}:
        return None
    return pc.list_element(column, 0)


def of_one_length(column: Any) -> bool:
    """Tell whether the lists of a column all have as many numbers."""
    return len(pc.list_value_length(column).drop_null().unique()) == 1
