"""``profiles.parquet``: the value of each row in each column that clusters are profiled by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import IntArray
from clusterforge.runs.records import damaged
from clusterforge.storage.atomic import replacing


class Coded(Protocol):
    """The k values of a column and the value of each row."""

    @property
    def names(self) -> tuple[str, ...]:
        """The values, in order."""

    @property
    def codes(self) -> IntArray:
        """int64 (n,), -1 for a row without a value."""


@dataclass(frozen=True)
class Profiled:
    """The values of the rows, in the order of the assignments; each column a dictionary array."""

    table: pa.Table

    @classmethod
    def of(cls, columns: Mapping[str, Coded]) -> Self:
        """Return the values of some columns."""
        arrays = {
            name: pa.DictionaryArray.from_arrays(
                pa.array(values.codes, pa.int32(), mask=values.codes < 0),
                pa.array(values.names, pa.string()),
            )
            for name, values in columns.items()
        }
        return cls(pa.table(arrays))

    def write(self, path: Path) -> None:
        """Write the file, atomically."""
        with replacing(path) as part:
            pq.write_table(self.table, part)

    @classmethod
    def read(cls, path: Path, rows: int) -> Self:
        """Read the file of a run with so many rows.

        Raises
        ------
        InputError
            Where it is not what a run writes.
        """
        try:
            table = pq.read_table(path).combine_chunks().unify_dictionaries()
        except (pa.ArrowException, OSError) as error:
            raise damaged(path, str(error)) from error
        if table.num_columns and len(table) != rows:
            raise damaged(path, "its rows are not those of the run")
        return cls(table)
