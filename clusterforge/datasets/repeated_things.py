"""Rows that stand in a table more than once: as copies, or as a join repeats an order for each item of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clusterforge.contracts import Column, IntArray, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.stored_rows import row_blocks
from clusterforge.tables import texts
from clusterforge.tables.arrow import is_text

LOOKED_AT, FEWEST = 5_000, 20  # rows, and things
REPEATED = 0.5  # of the things, those with several rows
SHARE, MEASURED = (
    0.8,
    3,
)  # of the columns of measurements, and how many: one value in all rows of a thing
NAMED = 3
COPIED, BY_CHANCE = 0.2, 10  # of the rows, and as many times their number as rows that there can be
_ODD = 0x9E3779B97F4A7C15  # 2 to the 64th divided by the golden ratio


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


def copied(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say that many rows are copies of earlier ones in all features, more than by chance.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The train split.
    """
    own = np.asarray(values[:LOOKED_AT], dtype=np.float64)
    numbers = [at for at, column in enumerate(columns) if column.kind == "number"]
    different = np.log([max(1, len(np.unique(own[:, at]))) for at in numbers[:LOOKED_AT]])
    if different.sum() < np.log(BY_CHANCE * len(values)):
        return
    hashes = np.empty(len(values), dtype=np.uint64)
    for part, block in row_blocks(values):
        hashes[part] = _hashes(np.asarray(block, dtype=np.float64))
    _, first = np.unique(hashes, return_index=True)
    again = len(hashes) - len(first)
    if again >= max(COPIED * len(hashes), FEWEST):
        is_copy = np.ones(len(hashes), dtype=bool)
        is_copy[first] = False
        yield (
            f"{again:,} of {len(hashes):,} rows are copies of earlier ones in every feature, the first is "
            f'{rows.place(int(is_copy.argmax()))}: they weigh more; deduplicate = "exact" leaves them out'
        )


def _hashes(values: DoubleArray) -> npt.NDArray[np.uint64]:
    """Return a number for each row (n, d), which copies have in common."""
    plain = np.where(np.isnan(values), np.nan, values) + 0.0  # one nan, no -0
    bits = plain.view(np.uint64)
    factors = np.arange(1, 2 * bits.shape[1], 2, dtype=np.uint64) * np.uint64(_ODD)
    mixed = (bits ^ (bits >> np.uint64(29))) * factors
    hashes: npt.NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(32))).sum(axis=1, dtype=np.uint64)
    return hashes


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
