"""Reading of parquet, Feather and Arrow files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import Format, Rows, unreadable
from clusterforge.formats import count
from clusterforge.hub.dataset_download import names_in_schema
from clusterforge.numerics.stored_rows import mapped_file, release_pages, unnamed_file
from clusterforge.tables.arrow import is_text
from clusterforge.tables.values import is_numbers

_FILE, _OLD = b"ARROW1", b"FEA1"
_END = b"\xff\xff\xff\xff\0\0\0\0"  # of a stream
_EXTENSION, _PERIOD = b"ARROW:extension:name", "pandas.period"
_UUID = "extension<arrow.uuid>"
BATCH = 1 << 16


def read_parquet(path: Path, form: Format) -> Rows:
    """Read a parquet file."""
    try:
        file = open_parquet(path, pre_buffer=not form.mapped)
        total = file.metadata.num_rows
        if form.mapped:
            batches = file.iter_batches(BATCH, use_threads=False)
            return _rows(path, _spilled(file.schema_arrow, batches))
        if form.rows is None or total <= form.rows:
            return _rows(path, file.read())
        return replace(_rows(path, first_rows(file, form.rows)), total=total, partial=True)
    except pa.ArrowException as error:
        raise unreadable(path, "parquet", error) from None


def open_parquet(path: Path, pre_buffer: bool = True) -> Any:
    """Open a parquet file; where its pages have checksums, they are verified."""
    return pq.ParquetFile(path, pre_buffer=pre_buffer, page_checksum_verification=True)


def parquet_size(path: Path) -> int:
    """Return about how many bytes the rows of a parquet file take; 0 where it can't be read."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return 0  # reading it says why
    return sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))


def _spilled(schema: Any, batches: Iterable[Any]) -> Any:
    """Return rows without dictionaries, mapped from an unnamed Arrow file with a copy."""
    schema = plain_schema(schema)
    options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
    with unnamed_file() as copy:
        with pa.ipc.new_file(pa.PythonFile(copy, "w"), schema, options=options) as writer:
            for batch in batches:
                writer.write_table(plain(pa.Table.from_batches([batch])))
        copy.flush()
        table = pa.ipc.open_file(pa.py_buffer(mapped_file(copy))).read_all()
    release_pages()
    pa.default_memory_pool().release_unused()
    return table


def first_rows(file: Any, rows: int) -> Any:
    """Return about so many first rows of a parquet file."""
    batch = next(file.iter_batches(rows), None)
    if batch is None:
        return plain_schema(file.schema_arrow).empty_table()
    return plain(pa.Table.from_batches([batch]))


def read_arrow(path: Path, form: Format) -> Rows:
    """Read an Arrow file, which is what Feather is, or an Arrow stream."""
    try:
        with path.open("rb") as file:
            first = file.read(6)
            file.seek(0)
            if first.startswith(_OLD):
                raise faulty_file(f"{path} is in version 1 of Feather", "write it in version 2")
            reader = pa.ipc.open_file if first == _FILE else pa.ipc.open_stream
            source = pa.py_buffer(mapped_file(file)) if form.mapped else file
            table = reader(source).read_all()
            if form.mapped and not plain_schema(table.schema).equals(table.schema):
                table = _spilled(table.schema, table.to_batches(BATCH))
            rows = _rows(path, table)
            return replace(rows, remarks=(*rows.remarks, *_cut(path, first, table.num_rows)))
    except pa.ArrowException as error:
        raise unreadable(path, "Arrow", error) from None


def _cut(path: Path, first: bytes, rows: int) -> Iterator[str]:
    """Say that a stream lacks its end mark: it may be a part of what was to be written."""
    with path.open("rb") as file:
        file.seek(-min(len(_END), path.stat().st_size), os.SEEK_END)
        if first != _FILE and file.read() != _END:
            yield (
                f"{path.name} has no end mark: its writer may have stopped early; {count(rows, 'row')} "
                "were read"
            )


def plain(table: Any) -> Any:
    """Return a table without views, of which Arrow can't take rows, and without dictionaries and runs.

    Texts, dates and answers in a dictionary are looked at as others are; numbers in one, and what has an
    order, are categories. Tensors are lists of numbers, UUIDs texts.
    """
    schema = plain_schema(table.schema)
    if schema.equals(table.schema):
        return table
    arrays = [_decoded(column) for column in table.columns]
    return pa.table(arrays, names=schema.names).cast(schema)


def plain_schema(schema: Any) -> Any:
    """Return the schema of a plain table."""
    fields = [field.with_type(_of_column(field.type)) for field in schema]
    return pa.schema(fields, schema.metadata)


def _decoded(column: Any) -> Any:
    """Return a column without what Arrow can't cast: runs of equal values, and UUIDs."""
    if pa.types.is_run_end_encoded(column.type):
        return pc.run_end_decode(column)
    if _UUID in str(column.type):
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.large_string())])
    return column


def _of_column(kind: Any) -> Any:
    if pa.types.is_run_end_encoded(kind):
        return _plain(kind.value_type)
    if isinstance(kind, pa.FixedShapeTensorType):
        return pa.list_(kind.value_type)
    return pa.large_string() if _UUID in str(kind) else _plain(kind)


def _plain(kind: Any) -> Any:
    if _PERIOD in str(kind):
        return kind.storage_type
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind) and not (kind.ordered or is_numbers(kind.value_type)):
        return pa.large_string() if is_text(kind.value_type) else kind.value_type
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    return kind


def _rows(path: Path, table: Any) -> Rows:
    twice = [name for name, count in Counter(table.schema.names).items() if count > 1]
    if twice:
        raise faulty_file(f"{path} has two columns named {twice[0]!r}", "give each its own name")
    rows = Rows.whole(plain(table), names_in_schema(table.schema), _index(table.schema))
    return replace(rows, remarks=tuple(_periods(table.schema)))


def _periods(schema: Any) -> Iterator[str]:
    """Say which numbers count periods since 1970."""
    for field in schema:
        called = (field.metadata or {}).get(_EXTENSION, b"").decode()
        if _PERIOD in called or _PERIOD in str(field.type):
            yield (
                f"column {field.name!r:.60} holds periods of pandas, read as numbers: to use them as dates, "
                "write their first days (dt.to_timestamp())"
            )


def _index(schema: Any) -> tuple[str, ...]:
    """Return the columns that pandas has written as the index of a frame."""
    listed = (schema.pandas_metadata or {}).get("index_columns", [])
    return tuple(name for name in listed if isinstance(name, str))
