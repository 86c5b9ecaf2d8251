"""Columns that number the rows: no features, whatever the writer of a table left there.

``DataFrame.to_csv`` writes the index as a first column without a name. In a file sorted by class it gives
the classes away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from clusterforge.builtin.datasets import ColumnParams
from clusterforge.datasets import columns
from clusterforge.datasets.table_rows import Rows
from clusterforge.tables import called_row, counted_rows
from clusterforge.tables.by_name import COUNTED

_INDEX = re.compile(r"|Unnamed: 0(\.\d+)?|__index_level_\d+__")


def without_row_numbers(
    splits: Mapping[str, Rows], params: ColumnParams
) -> tuple[dict[str, Rows], tuple[str, ...]]:
    """Return splits without the columns that number their rows, and what to say of these.

    Columns that the parameters name stay: it is about features that are "all" or match a pattern.

    Parameters
    ----------
    splits
        The splits as they stand in their files, not yet divided.
    params
        What the columns mean.
    """
    train = next(iter(splits.values()))
    schema = train.table.schema
    named = {
        params.label,
        params.id,
        params.embedding,
        *(() if params.features == "all" else params.features or ()),
    }
    features = [name for name in columns.wanted(schema, params) if name not in named]
    if params.features is None or not features:
        return dict(splits), ()
    first, unused, remarks = schema.names[0], [], []
    for name in features:
        counted = counted_rows(train.table[name])
        counts = counted and f"{counted[0]:,} to {counted[1]:,}"
        if name in train.index or _INDEX.fullmatch(name) or _numbers_rows(train, name):
            what = f"column {name!r}, an index," if name else "a column without a name"
            remarks.append(f"{what} is left out of the features")
            unused.append(name)
        elif counts and name == first and len(features) > 1:
            remarks.append(
                f"column {name!r} counts the rows ({counts}) and is left out of the features; to use it, "
                "name them"
            )
            unused.append(name)
        elif counts:
            remarks.append(f"column {name!r} counts the rows ({counts}): is it an id, no feature?")
    return {split: _without(rows, unused) for split, rows in splits.items()}, tuple(remarks)


def _numbers_rows(rows: Rows, name: str) -> bool:
    """Tell whether a column is called like numbers of rows, and holds whole ones, all different."""
    own = rows.table[name]
    return (
        called_row(name)
        and pa.types.is_integer(own.type)
        and len(own) >= COUNTED
        and len(own.unique().drop_null()) == len(own)
    )


def _without(rows: Rows, names: list[str]) -> Rows:
    own = {*rows.table.schema.names}
    there = [name for name in names if name in own]
    return replace(rows, table=rows.table.drop_columns(there)) if there else rows
