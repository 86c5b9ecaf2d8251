"""Several files as the rows of one split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge import file_keys
from clusterforge.builtin.datasets import ColumnParams
from clusterforge.datasets import columns
from clusterforge.datasets.signatures import faulty_file
from clusterforge.datasets.table_rows import Format, Rows
from clusterforge.datasets.written_values import as_written
from clusterforge.errors import InputError
from clusterforge.inline_toml import inline_toml
from clusterforge.tables import OF_MONTHS

SEVERAL = 5  # files that have as many rows by no coincidence
LINES = 200  # of a file that may be one item
SHEETS = (65_535, 1_048_575)  # rows that spreadsheets hold below the names of the columns
_MONTH = re.compile(r"(?<!\d)(19|20)\d\d([-_. ]?(0[1-9]|1[0-2]|q[1-4])(?!\d{3}).*)?")


def joined(
    read: Sequence[Rows], paths: Sequence[Path], params: ColumnParams, form: Format, start: int
) -> Rows:
    """Return the rows of files, one after another.

    Parameters
    ----------
    read, paths
        The rows of each file, and where it lies.
    params, form
        Which columns are used, and how files are read.
    start
        The position of the first row among those of all splits.

    Raises
    ------
    InputError
        Where there are no rows, a file lacks a column that is used, or has it of another type.
    """
    read = _alike(read, paths, form)
    table = one_table(read, paths, form)
    if not table.num_rows:
        raise faulty_file(f"{paths[0]} has no rows")
    used = {*columns.wanted(table.schema, params)}
    # One that has all of them, or the most rows.
    best, _ = max(
        zip(paths, read, strict=True),
        key=lambda one: (used <= {*one[1].table.column_names}, len(one[1].ids)),
    )
    for path, one in zip(paths, read, strict=True):
        # What a JSON object does not have is a gap; a file with a header has the column or not.
        if file_keys.kind(path) in file_keys.JSON:
            continue
        for name in used & set(table.schema.names) - set(one.table.schema.names):
            raise faulty_file(
                f"{path} has no column {name!r}, another file has",
                "name the files that belong together, as in path = " + inline_toml(str(best)),
            )
    at = np.arange(table.num_rows)
    ids = read[0].ids if len(read) == 1 else at
    remarks = tuple(dict.fromkeys(remark for one in read for remark in one.remarks))
    full = (
        f"{path.name} has {len(one.ids):,} rows, as many as a sheet of some programs holds: are the others "
        "missing?"
        for path, one in zip(paths, read, strict=True)
        if len(one.ids) in SHEETS
    )
    remarks = (*_items(read, paths), *remarks, *full)
    doubts = first_doubts(read)
    classes, index = read[0].class_names, read[0].index
    rows = Rows(table, ids, start + at, classes, index, remarks=remarks, doubts=doubts)
    if len(read) < 2:
        return rows
    names = [path.name for path in paths]
    if len({*names}) < len(names):
        names = [f"{path.parent.name}/{path.name}" for path in paths]
    of_file = np.repeat(np.arange(len(read)), [len(one.ids) for one in read])
    return replace(rows, files=tuple(names), of_file=of_file)


def _items(read: Sequence[Rows], paths: Sequence[Path]) -> Iterator[str]:
    """Say that each file may be one item: some lines of text, or recordings of as many rows each."""
    rows, text = [len(one.ids) for one in read], file_keys.kind(paths[0]) == ".txt"
    if text and 1 < len(read) < sum(rows) < LINES * len(read):
        yield (
            f"each line of {len(read):,} files is one text, {sum(rows):,} in all: if each file is one, set "
            "whole_files = true"
        )
    elif not text and len(read) >= SEVERAL and len({*rows}) == 1 and 1 < rows[0] < LINES:
        if all(_of_a_month(path.name.split(".")[0].lower()) for path in paths):
            return
        yield (
            f"each of the {len(read):,} files has {rows[0]:,} rows, and each row is one item: if each file "
            "is one, as a recording is, write it as one row"
        )


def _of_a_month(name: str) -> bool:
    """Tell whether a file is called after a year, a month or a day: its rows are of that time."""
    return bool(_MONTH.search(name)) or not OF_MONTHS.isdisjoint(re.split(r"[\W\d_]+", name))


def first_doubts(read: Sequence[Rows]) -> dict[tuple[str, str], str]:
    """Return what is said of the columns of several files, each with the example of the first one."""
    return {key: text for rows in reversed(read) for key, text in rows.doubts.items()}


def _alike(read: Sequence[Rows], paths: Sequence[Path], form: Format) -> list[Rows]:
    """Return rows of files with numbers for texts where another file has numbers in that column."""
    if not form.writes_otherwise:
        return [*read]
    schemas = [one.table.schema for one in read]
    numbers = {field.name for one in schemas for field in one if pa.types.is_floating(field.type)}
    form = replace(form, na_values={}, numbers=numbers, columns=numbers)
    return [
        replace(one, table=as_written(one.table, form, path))
        for path, one in zip(paths, read, strict=True)
    ]


def one_table(read: Sequence[Rows], paths: Sequence[Path], form: Format) -> Any:
    """Return the rows of files as one table, with nothing in columns of ``drop`` if they are unlike."""
    tables = [one.table.replace_schema_metadata() for one in read]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException:
        tables = [_without(one, form) for one in tables]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise _unlike(paths, [table.schema for table in tables], error) from None


def _without(table: Any, form: Format) -> Any:
    """Return a table with nothing in the columns that are left out, which may be unlike in each file."""
    for at, name in enumerate(table.column_names):
        if form.drops(name):
            table = table.set_column(at, name, pa.nulls(len(table)))
    return table


def _unlike(paths: Sequence[Path], schemas: Sequence[Any], error: Exception) -> InputError:
    """Return the error for files whose columns of one name are of types that do not go together."""
    first: dict[str, tuple[Path, Any]] = {}
    for path, schema in zip(paths, schemas, strict=False):  # the first are looked at
        for field in schema:
            other, kind = first.setdefault(field.name, (path, field.type))
            try:
                both = [pa.table({field.name: pa.nulls(1, one)}) for one in (kind, field.type)]
                pa.concat_tables(both, promote_options="permissive")
            except pa.ArrowException:
                return faulty_file(
                    f"column {field.name!r} is {kind} in {other} and {field.type} in {path.name}",
                    "write it alike in all files, leave it out by drop, or name what is a gap in na_values, "
                    "or units",
                )
    return faulty_file(f"the files hold different columns: {error}")
