"""Where rows go: csv, tsv, jsonl and parquet files, block by block, each whole or not at all."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from clusterforge.errors import InputError
from clusterforge.exporting.cells import flat, quoted, quoted_column
from clusterforge.storage.atomic import replacing

XLSX = ".xlsx"
GROUP, GROUP_BYTES = 1 << 17, 1 << 24  # rows and bytes of a row group of parquet
SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", XLSX)


class Sink(ABC):
    """A file that takes tables of one schema, one after another."""

    @abstractmethod
    def write(self, table: pa.Table) -> None:
        """Take some rows."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""


class TextSink(Sink):
    """A csv or tsv file: UTF-8, texts in quotes, nothing where a value is missing.

    Parameters
    ----------
    path
        The file.
    delimiter
        What stands between values.
    as_is
        Whether texts that a spreadsheet would execute are left as they are.
    """

    def __init__(self, path: Path, delimiter: str, *, as_is: bool) -> None:
        self.path, self.delimiter, self.as_is = path, delimiter, as_is
        self._writer: pacsv.CSVWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        table = flat(table)
        if not self.as_is:
            columns = [
                quoted_column(column) if _is_text(column.type) else column
                for column in table.columns
            ]
            table = pa.table(columns, names=[quoted(name) for name in table.column_names])
        if self._writer is None:
            options = pacsv.WriteOptions(delimiter=self.delimiter, quoting_style="needed")
            self._writer = pacsv.CSVWriter(self.path, table.schema, write_options=options)
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()


class ParquetSink(Sink):
    """A parquet file, with the types of the source."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None
        self._group: list[pa.Table] = []

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        if self._writer is None:
            self._schema = pa.schema([field.remove_metadata() for field in table.schema])
            self._writer = pq.ParquetWriter(self.path, self._schema, compression="zstd")
        self._group.append(table.cast(self._schema))
        rows, size = (sum(getattr(one, of) for one in self._group) for of in ("num_rows", "nbytes"))
        if rows >= GROUP or size >= GROUP_BYTES:
            self._write_group(self._writer)

    def _write_group(self, writer: pq.ParquetWriter) -> None:
        if self._group:
            writer.write_table(pa.concat_tables(self._group))
        self._group = []

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._write_group(self._writer)
            self._writer.close()


class JsonSink(Sink):
    """One JSON object per line; what JSON has no word for is text."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8")

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        for row in table.to_pylist():
            values = {name: _finite(value) for name, value in row.items()}
            self._file.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


@contextmanager
def sink(path: Path, *, as_is: bool) -> Iterator[Sink]:
    """Yield where rows go; the file is there once all went well, and not before.

    Raises
    ------
    EnvironmentProblem
        Where it can't be written.
    """
    with replacing(path) as part:
        opened = _open(path.suffix.lower(), part, as_is=as_is)
        try:
            yield opened
        finally:
            opened.close()


def check_suffix(path: Path, key: str) -> None:
    """See that a file is of a kind that can be written.

    Raises
    ------
    InputError
        Where it is not.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} has no supported suffix", key=key, remedy=" or ".join(SUFFIXES))


def _open(suffix: str, part: Path, *, as_is: bool) -> Sink:
    if suffix == ".parquet":
        return ParquetSink(part)
    if suffix == ".jsonl":
        return JsonSink(part)
    return TextSink(part, "\t" if suffix == ".tsv" else ",", as_is=as_is)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
