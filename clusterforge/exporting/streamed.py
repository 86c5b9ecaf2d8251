"""Columns of rows that are computed part by part while their file is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc


class Columns(Protocol):
    """Columns of rows: a table has this, too."""

    def take(self, indices: pa.Array) -> pa.Table:
        """Return some rows, null where an index is null."""


class StreamedColumns:
    """Columns of which no more than a part is in memory; rows are asked for in rising order.

    Parameters
    ----------
    parts
        The rows one after another, of one schema.
    """

    def __init__(self, parts: Iterable[pa.Table]) -> None:
        self._parts: Iterator[pa.Table] = iter(parts)
        self._start, self._part = 0, next(self._parts)

    def take(self, indices: pa.Array) -> pa.Table:
        """Return some rows, null where an index is null."""
        if indices.null_count < len(indices):
            ends = pc.min_max(indices)
            self._move(ends["min"].as_py(), ends["max"].as_py())
        return self._part.take(pc.subtract(indices, self._start))

    def _move(self, first: int, last: int) -> None:
        while self._start + len(self._part) <= last:
            end = self._start + len(self._part)
            if first >= end:
                self._start, self._part = end, next(self._parts)
            else:  # a copy: a slice would hold all that it is of
                both = pa.concat_tables([self._part.slice(first - self._start), next(self._parts)])
                self._start, self._part = first, both.combine_chunks()
