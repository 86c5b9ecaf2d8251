"""Digits that integers lose once they are features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column
from clusterforge.numerics.stored_rows import release_pages
from clusterforge.tables import are_whole

EXACT = 2**53
DIGITS = 40  # numbers of more are measured, not counted


def _largest(values: Any) -> int | float:
    """Return how far the farthest number is from 0."""
    ends = pc.min_max(values)
    largest: int | float = max(abs(ends[end].as_py() or 0) for end in ("min", "max"))
    return largest


def merged(table: Any, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns hold integers that are equal once they are numbers of 64 bits with a fraction."""
    for name in dict.fromkeys(column.source for column in columns if column.kind == "number"):
        release_pages()
        values = table[name]
        while pa.types.is_nested(values.type):
            values = pc.list_flatten(values)
        if pa.types.is_float16(values.type):
            continue
        beyond = pa.types.is_floating(values.type) and 2.0**63 <= _largest(values) < 10.0**DIGITS
        if beyond and are_whole(values):
            yield (
                f"column {name!r:.60} holds whole numbers beyond 2^63, of which only the first 16 digits are "
                "read; is it an id, no feature?"
            )
        if not pa.types.is_integer(values.type) or values.type.bit_width < 64:
            continue
        if _largest(values) <= EXACT:
            continue
        different = values.unique().drop_null()
        lost = len(different) - len(np.unique(different.to_numpy().astype(np.float64)))
        if lost:
            yield (
                f"column {name!r:.60} holds integers beyond 2^53: {lost:,} of {len(different):,} different "
                "values are equal to others as features; is it an id, no feature?"
            )
