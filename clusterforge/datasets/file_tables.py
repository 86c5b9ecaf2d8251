"""Reading of files with rows, each into an Arrow table, by a reader for each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from clusterforge import file_keys
from clusterforge.datasets import decoding, json_files
from clusterforge.datasets.array_files import read_idx, read_npy, read_npz
from clusterforge.datasets.columnar_files import parquet_size, read_arrow, read_parquet
from clusterforge.datasets.csv_files import read_csv
from clusterforge.datasets.documents import read_documents
from clusterforge.datasets.odd_lines import LOOKED_AT, odd_lines
from clusterforge.datasets.odd_rows import footnotes
from clusterforge.datasets.partitions import with_partitions
from clusterforge.datasets.sheets import read_sqlite, read_xlsx
from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import Format, Rows, damaged
from clusterforge.datasets.written_values import as_written
from clusterforge.formats import count

TEXT = "text"


def read_table(path: Path, form: Format) -> Rows:
    """Read a file by its suffix.

    Raises
    ------
    InputError
        Where it can't be read, with the file and the reason.
    """
    if form.whole_files:
        return read_documents([path], form)
    kind = file_keys.kind(path)
    try:
        rows = READERS[kind](path, form)
    except OSError as error:
        why = error.strerror or str(error)
        raise damaged(path, why) or faulty_file(f"{path} can't be read: {why}") from None
    if kind not in file_keys.CSV:
        rows = replace(rows, table=as_written(rows.table, form, path))
    if kind in file_keys.USED_BY["header"]:
        rows = replace(rows, remarks=(*rows.remarks, *footnotes(rows.table, path.name)))
    as_text = form.csv_text if kind in file_keys.CSV else {*form.as_text}
    values = {
        name: str(value) if name in as_text and value is not None else value
        for name, value in form.partitions.get(path, {}).items()
        if form.columns is None or name in form.columns
    }
    return replace(rows, table=with_partitions(rows.table, values)) if values else rows


def size(path: Path) -> int:
    """Return the bytes that the rows of a file take, of the kinds that need not be in memory; else 0."""
    kind = file_keys.kind(path)
    if kind == ".parquet":
        return parquet_size(path)
    return path.stat().st_size if kind in (".npy", ".arrow", ".feather") else 0


def _read_lines(path: Path, form: Format) -> Rows:
    if form.several:
        form = replace(form, encoding=decoding.own_encoding(path, form.encoding))
    lines = decoding.lines(path, form)
    filled = [number for number, line in enumerate(lines) if line.strip()]
    texts = pa.chunked_array([pa.array([lines[n] for n in filled], type=pa.large_string())])
    rows = Rows(pa.table({TEXT: texts}), np.array(filled, dtype=np.int64), np.arange(len(filled)))
    first = filled[:LOOKED_AT]
    remarks = odd_lines(path.name, [lines[n] for n in first], first)
    blank = filled[-1] + 1 - len(filled) if filled else 0
    if not filled:
        remarks = (f"{path.name} is empty and left out",)
    if not remarks and 0 < 2 * blank < len(filled):  # more stand between all texts
        line = next(at for at, number in enumerate(filled) if number > at) + 1
        remarks = (
            f"{path.name}: {count(blank, 'blank line')} left out, the first is line {line:,}",
        )
    return replace(rows, remarks=remarks)


READERS: dict[str, Callable[[Path, Format], Rows]] = {
    **dict.fromkeys(file_keys.CSV, read_csv),
    **dict.fromkeys(file_keys.JSON, json_files.read_json),
    ".parquet": read_parquet,
    ".feather": read_arrow,
    ".arrow": read_arrow,
    ".npy": read_npy,
    ".npz": read_npz,
    file_keys.IDX: read_idx,
    ".xlsx": read_xlsx,
    **dict.fromkeys(file_keys.DATABASES, read_sqlite),
    ".txt": _read_lines,
}
