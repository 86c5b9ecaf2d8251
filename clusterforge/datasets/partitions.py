"""Columns that the folders of files write in their names: ``year=2026/part-0.parquet``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

GAP = "__HIVE_DEFAULT_PARTITION__"
Value = int | str | None
Partitions = Mapping[Path, Mapping[str, Value]]
"""The columns of each file, and their one value in it."""


def is_partition(folder: str) -> bool:
    """Tell whether the name of a folder is that of a column and a value."""
    name, sign, _ = folder.partition("=")
    return bool(name and sign)


def partitions(paths: Sequence[Path], base: Path) -> Partitions:
    """Return what the folders between a place and its files say: whole numbers, or text.

    Parameters
    ----------
    paths
        The files.
    base
        The folder that was named; folders above it are not read as columns.
    """
    found: dict[Path, dict[str, Value]] = {}
    for path in paths:
        folders = path.relative_to(base).parts[:-1]
        pairs = [folder.partition("=") for folder in folders if is_partition(folder)]
        found[path] = {
            unquote(name): None if value == GAP else unquote(value) for name, _, value in pairs
        }
    for name in {name for values in found.values() for name in values}:
        texts = [value for values in found.values() if (value := values.get(name)) is not None]
        if all(_is_whole(str(text)) for text in texts):
            for values in found.values():
                if values.get(name) is not None:
                    values[name] = int(str(values[name]))
    return {path: values for path, values in found.items() if values}


def _is_whole(text: str) -> bool:
    """Tell whether a text is a whole number as it would be written: 7, not 07."""
    digits = text.removeprefix("-")
    return digits.isdecimal() and len(digits) < 19 and text == str(int(text))


def with_partitions(table: pa.Table, values: Mapping[str, Value]) -> pa.Table:
    """Return the rows of a file with the columns of its folders, unless it has them itself."""
    for name, value in values.items():
        if name not in table.column_names:
            n, kind = table.num_rows, pa.int64() if isinstance(value, int) else pa.large_string()
            # A gap has no type of its own: other files have that of the column.
            column = pa.nulls(n) if value is None else pa.repeat(pa.scalar(value, kind), n)
            table = table.append_column(name, column)
    return table
