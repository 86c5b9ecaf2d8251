"""Columns that the folders of files write in their names: ``year=2026/part-0.parquet``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from clusterforge.datasets.image_folder import readable
from clusterforge.errors import InputError

GAP = "__HIVE_DEFAULT_PARTITION__"
BLOCK = 1 << 16
Value = int | str | None
Partitions = Mapping[Path, Mapping[str, Value]]
"""The columns of each file, and their one value in it."""


def is_partition(folder: str) -> bool:
    """Tell whether the name of a folder is that of a column and a value."""
    name, sign, _ = folder.partition("=")
    return bool(name and sign)


def partitions(paths: Sequence[Path], base: Path, key: str) -> Partitions:
    """Return what the folders between a place and its files say, as text.

    Parameters
    ----------
    paths
        The files.
    base
        The folder that was named; folders above it are not read as columns.
    key
        The parameter that named it.

    Raises
    ------
    InputError
        Where folders name a column twice, or a name is not UTF-8.
    """
    found: dict[Path, dict[str, Value]] = {}
    for path in paths:
        values: dict[str, Value] = {}
        for folder in filter(is_partition, path.relative_to(base).parts[:-1]):
            try:
                folder.encode()
                name, _, value = (unquote(part, errors="strict") for part in folder.partition("="))
            except UnicodeError:
                raise InputError(
                    f"the name of the folder {readable(Path(folder))!r} is not UTF-8",
                    key=key,
                    remedy="rename it",
                ) from None
            if name in values:
                raise InputError(
                    f"the folders of {path} give the column {name!r} twice",
                    key=key,
                    remedy="rename one of them",
                )
            values[name] = None if value == GAP else value
        if values:
            found[path] = values
    return found


def with_numbers(found: Partitions) -> Partitions:
    """Return the columns of which each value is a whole number as numbers, the others as they are."""
    others = {
        name
        for values in found.values()
        for name, value in values.items()
        if isinstance(value, str) and not _is_whole(value)
    }
    return {
        path: {n: int(v) if v is not None and n not in others else v for n, v in values.items()}
        for path, values in found.items()
    }


def _is_whole(text: str) -> bool:
    """Tell whether a text is a whole number as it would be written: 7, not 07."""
    digits = text.removeprefix("-")
    return digits.isdecimal() and len(digits) < 19 and text == str(int(text))


def columns_of_all(found: Partitions, first: Path) -> Mapping[str, Value]:
    """Return the columns that the folders of any file give, with the first file's values of those it has."""
    every = {name: value for values in found.values() for name, value in values.items()}
    return every | dict(found.get(first, {}))


def with_partitions(table: pa.Table, values: Mapping[str, Value]) -> pa.Table:
    """Return the rows of a file with the columns of its folders, unless it has them itself."""
    for name, value in values.items():
        if name not in table.column_names:
            table = table.append_column(name, _constant(value, table.num_rows))
    return table


def _constant(value: Value, n: int) -> pa.ChunkedArray:
    """Return a value n times, which takes the memory of one block."""
    if value is None:  # a gap has no type of its own: other files have that of the column
        return pa.chunked_array([pa.nulls(n)])
    kind = pa.int64() if isinstance(value, int) else pa.large_string()
    block = pa.repeat(pa.scalar(value, kind), min(n, BLOCK))
    return pa.chunked_array([block] * (n // BLOCK) + [block.slice(0, n % BLOCK)])
