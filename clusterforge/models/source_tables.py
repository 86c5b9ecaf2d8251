"""The source of a run, as its data set gives it: whole, or some columns of the rows that were used."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import CLASS_NAMES, UNTYPED, Dataset, IntArray
from clusterforge.errors import InputError, nearest
from clusterforge.models.guard import calling
from clusterforge.recipe import Entry


def source_tables(
    dataset: Entry, source: Mapping[str, Any], file: str | None
) -> Iterator[pa.Table] | None:
    """Return every row of a source block by block, with all its columns; None where it has none.

    Parameters
    ----------
    dataset
        The data set.
    source
        The ``source`` of its corpus when it was loaded.
    file
        For messages.

    Raises
    ------
    InputError
        Where the data are not there any more, or not what they were.
    """
    with calling(dataset, file):
        plugin: Dataset[Any] = dataset.build()
        tables = plugin.source_tables(source)
    return None if tables is None else _guarded(dataset, tables, file)


def _guarded(dataset: Entry, tables: Iterator[pa.Table], file: str | None) -> Iterator[pa.Table]:
    while True:
        with calling(dataset, file):
            table = next(tables, None)
        if table is None:
            return
        yield table


@dataclass(frozen=True)
class Column:
    """A column of the rows of a run; ``untyped`` where its file has no types."""

    values: pa.ChunkedArray
    untyped: bool


def metadata(
    tables: Iterator[pa.Table],
    place: IntArray,
    wanted: tuple[str, ...] | Literal["all"],
    clustered: Collection[str],
    key: str,
) -> dict[str, Column]:
    """Return columns of the rows of a run that it was not clustered by.

    Parameters
    ----------
    tables
        Every row of the source.
    place
        int64 (n,): the place of each row of the source in the run, -1 where it was left out.
    wanted
        The names of the columns; all that the run was not clustered by.
    clustered
        What it was clustered by.
    key
        What to name where a column is not there.

    Returns
    -------
    dict
        By name, in the order of the run's rows.
    """
    blocks, used, start = [], [], 0
    names: list[str] | None = None
    for table in tables:
        if names is None:
            names = _names(table.column_names, wanted, clustered, key)
        here = place[start : start + len(table)]
        start += len(table)
        blocks.append(table.select(names).filter(pa.array(here >= 0)))
        used.append(here[here >= 0])
    if not blocks:
        return {}
    whole = pa.concat_tables(blocks).take(pa.array(np.argsort(np.concatenate(used))))
    return {
        field.name: Column(_with_names(whole[field.name], field), field.metadata == UNTYPED)
        for field in whole.schema
    }


def _with_names(values: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """Return numbers of classes as the names that they stand for; those without one are gaps."""
    listed = (field.metadata or {}).get(CLASS_NAMES)
    if listed is None:
        return values
    names = pa.array(json.loads(listed), pa.large_string())
    known = pc.and_(pc.greater_equal(values, 0), pc.less(values, len(names)))
    return names.take(pc.if_else(known, values, None).combine_chunks())


def _names(
    there: list[str],
    wanted: tuple[str, ...] | Literal["all"],
    clustered: Collection[str],
    key: str,
) -> list[str]:
    if wanted == "all":
        return [name for name in there if name not in clustered]
    names = _joined(wanted, there)
    for name in names:
        if name not in there:
            raise InputError(
                f"the data have no column {name!r}", key=key, remedy=nearest(name, there)
            )
        if name in clustered:
            raise InputError(
                f"the rows are clustered by column {name!r}",
                key=key,
                remedy="a profile needs columns that were not used for clustering",
            )
    return names


def _joined(parts: Sequence[str], there: Collection[str]) -> list[str]:
    """Return names, those as one that a list with commas between them has taken apart: City, State."""
    names: list[str] = []
    while parts:
        ends = range(1, len(parts) + 1)
        end = next((end for end in ends if ",".join(parts[:end]) in there), 1)
        names.append(",".join(parts[:end]))
        parts = parts[end:]
    return names
