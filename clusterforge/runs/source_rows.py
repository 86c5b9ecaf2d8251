"""``source.parquet``: every row of the source that a run was made of, in the source's own order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge.contracts import Corpus, IntArray
from clusterforge.runs.records import damaged
from clusterforge.storage.atomic import replacing


@dataclass(frozen=True)
class SourceRows:
    """What became of each row of the source.

    Parameters
    ----------
    row
        int64 (n,): its place in the assignments, -1 for a row that the run left out.
    same_as
        int64 (n,): the place in the assignments of the row that a row which was left out is a copy of;
        -1 for all others. None where no row is a copy.
    split
        The split that it is in, or would be in; null where that is not known.
    left_out
        Why the run left it out; null for the rows of the run.
    ids
        What a row that was left out would be called; null where only its own columns say it, and for the
        rows of the run. Of (n,) each, and of strings, of a dictionary of them, or of nothing but nulls.
    """

    row: IntArray
    same_as: IntArray | None
    split: pa.Array
    left_out: pa.Array
    ids: pa.Array

    def __len__(self) -> int:
        return len(self.row)

    @property
    def of_content(self) -> IntArray:
        """The place in the assignments of the row that holds the same, the row's own mostly: int64 (n,)."""
        return self.row if self.same_as is None else np.where(self.row >= 0, self.row, self.same_as)


def source_rows(corpus: Corpus) -> SourceRows:
    """Return what became of each row of a corpus' source."""
    positions = corpus.positions
    total = sum(map(len, positions.values())) + sum(map(len, corpus.left_out))
    row, same_as = np.full(total, -1, dtype=np.int64), None
    split, why, ids = (_Words(total) for _ in range(3))
    start = 0
    for name, at in positions.items():
        row[at] = np.arange(start, start + len(at))
        split.put(at, name)
        start += len(at)
    for some in corpus.left_out:
        split.put(some.positions, some.split)
        why.put(some.positions, some.reason)
        if some.same_as is not None:
            same_as = np.full(total, -1, dtype=np.int64) if same_as is None else same_as
            same_as[some.positions] = row[some.same_as]
        if some.ids is not None:
            for at_one, called in zip(some.positions, some.ids.astype(str).tolist(), strict=True):
                ids.put(at_one, called)
    return SourceRows(row, same_as, split.strings(), why.strings(), ids.strings())


class _Words:
    """Words of rows, null at first."""

    def __init__(self, rows: int) -> None:
        self.rows, self.words = rows, list[str]()
        self.codes: npt.NDArray[np.int32] | None = None

    def put(self, rows: IntArray | np.int64, word: str | None) -> None:
        """Give some rows a word; None: none."""
        if word is None:
            return
        if self.codes is None:
            self.codes = np.full(self.rows, -1, dtype=np.int32)
        self.codes[rows] = len(self.words)
        self.words.append(word)

    def strings(self) -> pa.Array:
        """Return the words of all rows."""
        if self.codes is None:
            return pa.nulls(self.rows)
        codes = pa.array(self.codes, mask=self.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(self.words, pa.string()))


def write_source_rows(path: Path, rows: SourceRows) -> None:
    """Write ``source.parquet``.

    Raises
    ------
    EnvironmentProblem
        Where the file can't be written.
    """
    columns = {
        "row": pa.array(rows.row, pa.int64(), mask=rows.row < 0),
        "same_as": pa.nulls(len(rows), pa.int64())
        if rows.same_as is None
        else pa.array(rows.same_as, pa.int64(), mask=rows.same_as < 0),
        "split": rows.split.cast(pa.string()),
        "left_out": rows.left_out.cast(pa.string()),
        "id": rows.ids.cast(pa.string()),
    }
    with replacing(path) as part:
        pq.write_table(pa.table(columns), part, compression="zstd")


def read_source_rows(path: Path, rows: int) -> SourceRows:
    """Read ``source.parquet`` of a run with so many rows.

    Raises
    ------
    InputError
        Where it is not what a run writes.
    """
    try:
        table = pq.read_table(path).combine_chunks()
        row, same_as = (
            table[name].fill_null(-1).to_numpy().astype(np.int64) for name in ("row", "same_as")
        )
        texts = [_text(table, name) for name in ("split", "left_out", "id")]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise damaged(path, str(error)) from error
    if not np.array_equal(np.sort(row[row >= 0]), np.arange(rows)) or (same_as >= rows).any():
        raise damaged(path, "its rows are not those of the run")
    return SourceRows(row, same_as, *texts)


def _text(table: pa.Table, name: str) -> pa.Array:
    column = table[name].cast(pa.string()).combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
