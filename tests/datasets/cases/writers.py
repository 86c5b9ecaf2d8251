"""What writes the files of cases."""

import gzip
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
from PIL import Image

Write = Callable[[Path], object]


def file(name: str, content: str | bytes) -> Write:
    """Write one file."""
    data = content if isinstance(content, bytes) else content.encode()

    def write(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return write


def packed(name: str, content: str) -> Write:
    """Write one file, compressed by gzip."""
    return file(name, gzip.compress(content.encode(), mtime=0))


def json_lines(name: str, *records: Any) -> Write:
    """Write objects line by line."""
    return file(name, "".join(f"{json.dumps(record)}\n" for record in records))


def parquet(name: str, **columns: Any) -> Write:
    """Write a parquet file."""

    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), folder / name)

    return write


def feather(name: str, **columns: Any) -> Write:
    """Write a Feather file."""
    return lambda folder: pyarrow.feather.write_feather(pa.table(columns), folder / name)


def arrow_stream(name: str, **columns: Any) -> Write:
    """Write an Arrow stream."""

    def write(folder: Path) -> None:
        table = pa.table(columns)
        with pa.ipc.new_stream(folder / name, table.schema) as stream:
            stream.write_table(table)

    return write


def npy(name: str, array: Any) -> Write:
    """Write an array."""
    return lambda folder: np.save(folder / name, np.asarray(array))


def npz(name: str, **arrays: Any) -> Write:
    """Write several arrays."""
    return lambda folder: np.savez(folder / name, **arrays)


def npy_header(name: str, shape: Sequence[int]) -> Write:
    """Write an array whose header says another shape than it has."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": tuple(shape)}
    )
    return file(name, buffer.getvalue() + bytes(16))


def pipe(name: str) -> Write:
    """Make a named pipe."""
    return lambda folder: os.mkfifo(folder / name)


def link(name: str, target: str) -> Write:
    """Make a link."""
    return lambda folder: (folder / name).symlink_to(target)


def pictures(*names: str) -> Write:
    """Write one grey image of 2 × 3 pixels under each name."""
    buffer = io.BytesIO()
    Image.new("L", (3, 2), 100).save(buffer, "PNG")
    return several(*(file(name, buffer.getvalue()) for name in names))


def several(*writers: Write) -> Write:
    """Write several files."""

    def write(folder: Path) -> None:
        for one in writers:
            one(folder)

    return write


def xlsx(name: str, **sheets: Sequence[Sequence[Any]]) -> Write:
    """Write a workbook."""

    def write(folder: Path) -> None:
        from openpyxl import Workbook

        book = Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(folder / name)

    return write


def within(write: Write, name: str, part: str, old: bytes, new: bytes) -> Write:
    """Change what stands in one file of an archive that is written first."""

    def changed(folder: Path) -> None:
        write(folder)
        with zipfile.ZipFile(folder / name) as archive:
            parts = {one: archive.read(one) for one in archive.namelist()}
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)
        with zipfile.ZipFile(folder / name, "w") as archive:
            for one, data in parts.items():
                archive.writestr(one, data)

    return changed


def sqlite(name: str, *statements: str) -> Write:
    """Write a database."""

    def write(folder: Path) -> None:
        with closing(sqlite3.connect(folder / name)) as database:
            database.executescript(";".join(statements))

    return write


def saved(name: str, **splits: Mapping[str, Sequence[Any]]) -> Write:
    """Write what ``save_to_disk`` of the library datasets does."""
    parts = [file(f"{name}/dataset_dict.json", json.dumps({"splits": [*splits]}))]
    for split, columns in splits.items():
        state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}
        parts += [
            file(f"{name}/{split}/state.json", json.dumps(state)),
            arrow_stream(f"{name}/{split}/data-00000-of-00001.arrow", **columns),
        ]
    return several(*parts)
