"""Values of the user's columns as cells of a text file or a spreadsheet."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

EXECUTED = r"^'*[=+\-@\t\r]"
"""What a spreadsheet may execute; quotes before it count, so that taking one off is always right."""

PLAIN_NUMBER = r"^[+-]?[0-9]+([.,][0-9]{3})*([.,][0-9]*)?([eE][+-]?[0-9]+)?$"
"""Numbers of all countries: a spreadsheet executes none of them."""
NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
DIGITS = 15  # that a spreadsheet's numbers have
_EXECUTED, _PLAIN_NUMBER = re.compile(EXECUTED), re.compile(PLAIN_NUMBER)


def executed(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for a formula: it is no number and begins like one.

    Examples
    --------
    >>> executed("=1+1"), executed("@SUM"), executed("-5.2"), executed("+49 30"), executed("a=b")
    (True, True, False, True, False)
    """
    return bool(_EXECUTED.match(text)) and not _PLAIN_NUMBER.fullmatch(text)


def quoted(text: str) -> str:
    """Return a text with ``'`` before it where a spreadsheet would execute it."""
    return f"'{text}" if executed(text) else text


def quoted_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of texts, each as :func:`quoted` gives it."""
    risky = pc.and_(
        pc.match_substring_regex(column, EXECUTED),
        pc.invert(pc.match_substring_regex(column, PLAIN_NUMBER)),
    )
    if not pc.any(risky).as_py():
        return column
    mark, nothing = (pa.scalar(text, column.type) for text in ("'", ""))
    marked = pc.binary_join_element_wise(mark, column, nothing)
    return pc.if_else(pc.fill_null(risky, False), marked, column)


def all_numbers(column: pa.ChunkedArray) -> bool:
    """Tell whether every text of a column is a number that a spreadsheet shows as it is written."""
    texts = column.filter(pc.not_equal(column, "")) if len(column) else column
    digits = pc.utf8_length(pc.replace_substring_regex(texts, "[-.]", ""))
    fits = pc.and_(pc.match_substring_regex(texts, NUMBER), pc.less_equal(digits, DIGITS))
    return bool(pc.all(fits).as_py())


def flat(table: pa.Table) -> pa.Table:
    """Return a table without columns that a text file can't hold.

    Lists and objects become JSON, the Hub's images their paths, other bytes their number.
    """
    columns = [_flat(table.column(place)) for place in range(table.num_columns)]
    return pa.table(columns, names=table.column_names)


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _flat(column.cast(kind.value_type))
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        if kind.get_field_index("path") >= 0:
            return pc.struct_field(column, "path")
        column = pc.struct_field(column, "bytes")
        kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        sizes = pc.binary_length(pc.cast(column, pa.large_binary())).to_pylist()
        texts = [None if size is None else f"({size:,} bytes)" for size in sizes]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_nested(kind):
        texts = [_json(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.large_string())])
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_duration(kind) or pa.types.is_interval(kind) or pa.types.is_null(kind):
        return column.cast(pa.large_string())
    return column


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
