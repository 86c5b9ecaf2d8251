"""``data/<split>.parquet``: the ids, labels and items of a split's rows, as the report shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import IntArray
from clusterforge.runs.records import damaged

Item = str | bytes | None
"""What a reader sees of a row: its text (cut), its thumbnail as PNG, or nothing."""


class ShownItems:
    """The items of one split.

    Parameters
    ----------
    column
        Texts (string) or thumbnails (binary), null where a row has none; None for a table.
    rows
        How many rows the split has.
    """

    def __init__(self, column: pa.ChunkedArray | None, rows: int) -> None:
        self.column, self.rows = column, rows

    def __len__(self) -> int:
        return self.rows

    def take(self, rows: IntArray) -> list[Item]:
        """Return the items of some rows, int64 (m,)."""
        if self.column is None:
            return [None] * len(rows)
        items: list[Item] = self.column.take(rows).to_pylist()
        return items

    def present(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return for which rows there is something to see: bool (n,)."""
        if self.column is None:
            return np.zeros(self.rows, dtype=bool)
        mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.column.is_valid().to_numpy()
        return mask


def read_items(path: Path) -> ShownItems:
    """Read the items of a split.

    Raises
    ------
    InputError
        Where the file is not what a run writes.
    """
    try:
        file = pq.ParquetFile(path, memory_map=True)
        shown = "item" in file.schema_arrow.names
        column = file.read(columns=["item"])["item"] if shown else None
        return ShownItems(column, file.metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, str(error)) from error
