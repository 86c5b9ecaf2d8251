"""Things with several rows each, as a join leaves them: an order's sums in the row of each of its items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from clusterforge.contracts import Column, IntArray, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.tables import texts
from clusterforge.tables.arrow import is_text

LOOKED_AT, FEWEST = 5_000, 20  # rows, and things
REPEATED = 0.5  # of the things, those with several rows
SHARE, MEASURED = (
    0.8,
    3,
)  # of the columns of measurements, and how many: one value in all rows of a thing
NAMED = 3


def repeated_things(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say that rows of one thing, as a column names it, hold the same measurements again.

    Measurements of a thing that vary, as those of a station do from day to day, make rows of their own.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The train split.
    """
    table = rows.table.slice(0, LOOKED_AT)
    own = np.asarray(values[:LOOKED_AT], dtype=np.float64)
    for name in table.column_names:
        things = _things(table[name])
        if things is None:
            continue
        count = int(things.max()) + 1
        others = [at for at, column in enumerate(columns) if column.source != name]
        measured = [
            at
            for at in others
            if columns[at].kind == "number" and len(np.unique(own[:, at])) > count // 2
        ]
        if not measured or all(_one_each(own[:, at], things) for at in others):  # copies
            continue
        same = [at for at in measured if _one_each(own[:, at], things)]
        if len(same) >= max(MEASURED, SHARE * len(measured)):
            listed = first_of([f"{columns[at].name!r:.40}" for at in same], NAMED)
            yield (
                f"rows of one {name!r:.60} have the same {listed}, so that one with more rows weighs more: "
                f"if each {name!r:.60} is one thing, keep one row of each "
                f"(pandas: df.drop_duplicates({name!r:.40}))"
            )
            return


def _things(column: pa.ChunkedArray) -> IntArray | None:
    """Return the number of each row's thing, int64 (n,); None where a column names none with several rows."""
    kind = column.type
    if not (pa.types.is_integer(kind) or is_text(kind)) or column.null_count:
        return None
    encoded = texts(column).combine_chunks().dictionary_encode()
    if not FEWEST <= len(encoded.dictionary) <= len(column) / (1 + REPEATED):
        return None
    things: IntArray = np.array(encoded.indices, dtype=np.int64)
    counts = np.bincount(things)
    return things if (counts > 1).mean() >= REPEATED else None


def _one_each(values: DoubleArray, things: IntArray) -> bool:
    """Tell whether all rows of each thing have one value; a gap is one."""
    filled = np.where(np.isnan(values), np.inf, values)
    first = np.zeros(int(things.max()) + 1)
    first[things[::-1]] = filled[::-1]
    return bool((first[things] == filled).all())
