"""The rows of a run's source, block by block, next to what the run says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Corpus
from clusterforge.errors import InputError
from clusterforge.exporting.streamed import Columns
from clusterforge.models.source_tables import source_tables
from clusterforge.recipe import Entry
from clusterforge.runs import RunFolder
from clusterforge.runs.assignments import id_names
from clusterforge.runs.source_rows import SourceRows, source_rows

BLOCK = 16_384
PREFIX = "clusterforge_"
SHORT = "texts are cut as in the report: this data set provides no source table"


class Source:
    """Every row of some data, and what became of it.

    Parameters
    ----------
    dataset
        The data set.
    source
        Where its corpus came from, as it was loaded.
    rows
        What became of each row.
    file
        What the rows are of, for messages.
    identities
        Yields what is known of the rows where the data set has no table of its own.
    """

    short: str | None = None
    of_splits = True

    def __init__(
        self,
        dataset: Entry,
        source: Mapping[str, Any],
        rows: SourceRows,
        file: str,
        identities: Callable[[], Iterator[pa.Table]],
    ) -> None:
        self.dataset, self.source, self.rows, self.file = dataset, source, rows, file
        self._identities = identities
        self.notes: dict[str, None] = {}  # a set in order

    @classmethod
    def of_run(cls, folder: RunFolder, dataset: Entry) -> Source:
        """Return the source of a run; its data set may name where the data lie now."""
        data, rows = folder.run.data, folder.source_rows
        source = cls(dataset, data.source, rows, str(folder.path), partial(_known, folder))
        if data.content == "text":
            source.short = SHORT
        return source

    @classmethod
    def of_corpus(cls, dataset: Entry, corpus: Corpus, file: str) -> Source:
        """Return the source of data that were just loaded."""
        rows = source_rows(corpus)

        def identities() -> Iterator[pa.Table]:
            ids = [id_names(split.ids) for split in corpus.splits.values()]
            return _ids(rows, pa.concat_arrays(ids))

        source = cls(dataset, corpus.source, rows, file, identities)
        source.of_splits = False
        return source

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def in_order(self) -> bool:
        """Whether the rows that were used stand in the source as they do in the run, and each once."""
        used = self.rows.of_content
        if len(self.rows) and used.min() < 0:
            used = used[used >= 0]
        return bool((used[1:] > used[:-1]).all())

    @cached_property
    def width(self) -> int:
        """How many columns the table has with those that say what became of a row."""
        columns: int = next(self._tables()).num_columns
        return columns + 2

    def with_columns(self, columns: Columns) -> Iterator[pa.Table]:
        """Yield all columns of the source, ``split``, some columns of its used rows, and ``left_out``.

        Parameters
        ----------
        columns
            One row for each row that was used, split after split.

        Raises
        ------
        InputError
            Where the source has not as many rows as the run says.
        """
        start, of_content = 0, self.rows.of_content
        for table in self._tables():
            stop = start + len(table)
            row = of_content[start:stop]
            if len(row) < len(table):
                break
            own = columns.take(pa.array(row, mask=row < 0))
            split = (
                {"split": self.rows.split.slice(start, len(table)).cast(pa.string())}
                if self.of_splits
                else {}
            )
            added = {
                **split,
                **dict(zip(own.column_names, map(_decoded, own.columns), strict=True)),
                "left_out": self.rows.left_out.slice(start, len(table)).cast(pa.string()),
            }
            names = self._free(added, table.column_names)
            for name, column in zip(names, added.values(), strict=True):
                table = table.append_column(name, column)
            yield table
            start = stop
        else:
            if start == len(self):
                return
        raise InputError(
            f"the data do not have the {len(self):,} rows of the run",
            file=self.file,
            remedy="run the recipe again",
        )

    def _free(self, wanted: dict[str, Any], names: list[str]) -> list[str]:
        """Return names that the source does not have."""
        there = {name.casefold() for name in names}
        free = {name: PREFIX + name if name in there else name for name in wanted}
        renamed = [name for old, name in free.items() if old != name]
        if renamed:
            self.notes[
                "the data already have columns with these names: the added ones are "
                f"{', '.join(renamed)}"
            ] = None
        return list(free.values())

    def _tables(self) -> Iterator[pa.Table]:
        tables = source_tables(self.dataset, self.source, self.file)
        if tables is None:
            self.notes |= dict.fromkeys(filter(None, [self.short]))
            return self._identities()
        return tables


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return words of a dictionary as they are."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _known(folder: RunFolder) -> Iterator[pa.Table]:
    """Yield what a run itself knows of the rows of its source: id, text, and class."""
    table, rows = folder.assignments, folder.source_rows
    of_run = {}
    if folder.run.data.content == "text":
        items = [folder.items(split).column for split in table.splits]
        chunks = chain.from_iterable(column.chunks for column in items if column is not None)
        of_run["text"] = pa.chunked_array(chunks, pa.string())
    if table.classes:
        names = np.array([*table.classes, None], object)
        of_run["label"] = pa.chunked_array([pa.array(names[table.truth], pa.string())])
    start = 0
    for block in _ids(rows, table.names):
        row = rows.row[start : start + len(block)]
        start += len(block)
        for name, values in of_run.items():
            block = block.append_column(name, values.take(pa.array(row, mask=row < 0)))
        yield block


def _ids(rows: SourceRows, ids: pa.StringArray) -> Iterator[pa.Table]:
    """Yield the ids of rows, of those that were left out too."""
    for start in range(0, len(rows), BLOCK):
        row = rows.row[start : start + BLOCK]
        used = ids.take(pa.array(row, mask=row < 0))
        yield pa.table({"id": pc.coalesce(used, rows.ids.slice(start, BLOCK).cast(pa.string()))})
