"""What is known of tables in files before they are read: columns, rows, how large these are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusterforge import file_keys
from clusterforge.builtin.datasets import FilesParams
from clusterforge.contracts import Column, Corpus, Images, Peek, Table, columns_of, embedding_of
from clusterforge.datasets import (
    array_files,
    columns,
    csv_files,
    decoding,
    file_tables,
    row_size,
    selection,
    table_columns,
)
from clusterforge.datasets.columnar_files import open_parquet, plain, plain_schema
from clusterforge.datasets.documents import TEXT
from clusterforge.datasets.file_finding import DataFiles
from clusterforge.datasets.partitions import Value, columns_of_all, with_partitions
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.table_files import UNNAMED, TableFiles, stay_in_files, with_image_paths
from clusterforge.datasets.table_rows import unreadable

FIRST_ROWS = 1000
PACKED_SUFFIXES = (".xlsx", ".npz", ".parquet", ".feather")
SMALL = 1 << 23  # bytes of files that are read to count their rows
PACKED = 8  # how far packed files unfold


def table_peek(tables: TableFiles) -> Peek:
    """Return what names, headers and metadata tell; small files are read, and their rows counted."""
    files, first = tables.files, tables.first
    params = columns.without_arrays(tables.filled)
    names: tuple[str, ...] | None = None
    counts: dict[str, int] = {}
    kind = file_keys.kind(first)
    own = columns_of_all(files.partitions, first)
    if kind == ".parquet":
        try:
            empty = with_partitions(plain_schema(pq.read_schema(first)).empty_table(), own)
            schema = columns.schema_with_fields(empty.schema, params)
            counts = files.sums(lambda path: pq.read_metadata(path).num_rows)
        except Exception as error:
            raise unreadable(first, "parquet", error) from None
        columns.check(schema, params)
        names = tuple(schema.names)
    elif kind in file_keys.CSV:
        names = csv_files.csv_header(first, tables.form(params)) or None
        names = names and (*names, *(name for name in own if name not in names))
        for key, column in columns.named(params) if names else ():
            if names and column not in names:
                raise columns.no_column(column, names, key)
    elif kind in array_files.SUFFIXES:
        named = columns.named(params)
        wanted = [name for _, name in named]
        if kind == ".npz":
            known = array_files.npz_columns(first, TRAIN, wanted)
            for key, column in named:
                if not {column, column.split(".")[0]} & known.keys():
                    raise columns.no_column(column, known, key)
        counts = {
            split: sum((*array_files.shape(path, split, wanted), 0)[0] for path in paths)
            for split, paths in files.splits.items()
        }
    elif params.whole_files:
        names = (TEXT, file_keys.FILE, file_keys.FOLDER)
        counts = files.sums(lambda _: 1)
    elif kind == ".txt":
        names = (file_tables.TEXT,)
    rows = selection.expected_of(counts, params, None) if counts else {}
    most: dict[str, int | None] = {} if counts or not params.limit else {TRAIN: params.limit}
    if params.missing == "drop":
        rows, most = {}, rows or most
    table = _first_rows(tables, params, own)
    features: tuple[Column, ...] = ()
    if params.features is not None and table is not None:
        features = table_columns.expected(table, params)
    size = row_size.of_table(table, params, len(features))
    about = counts or _about(files, table)
    if kind in array_files.SUFFIXES and (params.image or kind in UNNAMED):
        images = (params.image,) if params.image else ()
        size = row_size.of_array(array_files.shape(first, TRAIN, images), params)
    labelled = tables.params.label is not None
    if params.balanced and not labelled:
        raise selection.unlabelled()
    peek = Peek(
        rows,
        columns.content(params),
        names,
        None,
        params.path,
        labelled,
        features=features,
        embedded=tables.params.embedding is not None,
        shape=size.shape,
        characters=size.characters,
        about=selection.expected_of(about, params, None) if about else {},
        most=most,
        in_files=stay_in_files(files.splits[TRAIN]),
    )
    return _counted(peek, tables.corpus({})) if _is_small(tables) else peek


def _is_small(tables: TableFiles) -> bool:
    """Tell whether the rows are read in a moment."""
    if tables.params.image:
        return False
    arrays = [Path(name) for _, name in columns.arrays(tables.params)]
    return sum(map(_unpacked, arrays)) + sum(tables.files.sums(_unpacked).values()) <= SMALL


def _counted(peek: Peek, corpus: Corpus) -> Peek:
    """Return what is known of small files: all of it."""
    items = corpus.train.items
    embedding, characters = embedding_of(items), None
    shape = None if embedding is None else embedding.shape[1:]
    if embedding is None and isinstance(items, Table | Images):
        shape = items.shape
    if corpus.content == "text":
        texts = items.take(np.arange(min(len(items), row_size.FIRST)))
        characters = float(np.mean([len(text) for text in texts]))
    return replace(
        peek,
        rows={split: len(rows) for split, rows in corpus.splits.items()},
        n_classes=len(corpus.label_names) or None,
        features=columns_of(items),
        shape=shape,
        characters=characters,
        about={},
        most={},
    )


def _first_rows(tables: TableFiles, params: FilesParams, own: Mapping[str, Value]) -> Any:
    """Return the first rows of the first file; None where they can't be read alone."""
    first, table = tables.first, None
    kind = file_keys.kind(first)
    if kind in file_keys.CSV:
        table = csv_files.first_rows(first, tables.form(params))
    elif kind == ".parquet":
        batch = next(open_parquet(first).iter_batches(FIRST_ROWS), None)
        table = None if batch is None else plain(pa.Table.from_batches([batch]))
    if table is None:
        return None
    return with_image_paths(with_partitions(table, own), params.image, first)[0]


def _unpacked(path: Path) -> int:
    """Return about how many bytes a file holds."""
    packed = path.suffix.lower() in (*file_keys.COMPRESSED, *PACKED_SUFFIXES)
    return path.stat().st_size * (PACKED if packed else 1)


def _about(files: DataFiles, table: Any) -> dict[str, int]:
    """Return about how many rows each split has, by the bytes of the first ones; nothing where none tell."""
    first = files.splits[TRAIN][0]
    if not table or first.suffix.lower() in file_keys.COMPRESSED:
        return {}
    each = min(decoding.START, first.stat().st_size) / len(table)
    sizes = files.sums(lambda path: path.stat().st_size)
    return {split: round(size / each) for split, size in sizes.items()}
