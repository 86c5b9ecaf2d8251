"""Files of which later ones hold rows of earlier ones again: exports of a month up to each week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables import called_id
from clusterforge.tables.arrow import is_number, is_text

FEWEST, SHARE = 20, 0.2  # rows of a file, and the share of all that are there again
MOST = 1_000_000  # rows of a file whose ids are looked at
ALIKE = 0.7  # correlation of a column's values in two states of the same things
Keyed = Mapping[str, pa.Table]
"""For each column of a file that may be the ids of its rows: it, and the columns of numbers."""


def keyed(table: pa.Table) -> Keyed:
    """Return the columns of a file that may be the ids of its rows, each with the numbers beside it."""
    found: dict[str, pa.Table] = {}
    if not FEWEST <= len(table) <= MOST or len({*table.column_names}) < len(table.column_names):
        return found
    numbers = [field.name for field in table.schema if is_number(field.type)]
    for name in filter(called_id, table.column_names):
        values = table[name]
        plain = is_text(values.type) or pa.types.is_integer(values.type)
        if plain and not values.null_count and len(values.unique()) == len(values):
            found[name] = table.select([name, *(one for one in numbers if one != name)])
    return found


def shared_ids(files: Sequence[Keyed], names: Sequence[str]) -> Iterator[str]:
    """Say that rows of some files are those of others, by their ids and by what they are like.

    Parameters
    ----------
    files, names
        The files of a split, and what they are called.
    """
    there = [(one, name) for one, name in zip(files, names, strict=True) if one]
    for column in there[0][0] if len(there) > 1 else ():
        both = [(one[column], name) for one, name in there if column in one]
        for (before, earlier), (after, later) in pairwise(both):
            if before[column].type != after[column].type:
                break
            place = pc.index_in(after[column], value_set=before[column].combine_chunks())
            again = np.flatnonzero(place.is_valid())
            if len(again) < max(FEWEST, SHARE * len(before)):
                continue
            first = np.array(place.drop_null(), dtype=np.int64)
            if _are_alike(before, after, first, again, column):
                yield (
                    f"{len(again):,} rows of {later:.60} have the {column!r:.40} of a row of {earlier:.60}, "
                    "and nearly its numbers: if files hold states of the same things, name the last alone in "
                    "path"
                )
                return


def _are_alike(
    before: pa.Table, after: pa.Table, first: np.ndarray, again: np.ndarray, column: str
) -> bool:
    """Tell whether the same ids have nearly the same numbers in two files: those counted anew have others."""
    alike = []
    for name in (n for n in before.column_names if n != column and n in after.column_names):
        one, two = (
            np.array(table[name].cast(pa.float64(), safe=False).to_numpy()[rows])
            for table, rows in ((before, first), (after, again))
        )
        known = np.isfinite(one) & np.isfinite(two)
        if known.sum() >= FEWEST and one[known].std() and two[known].std():
            alike.append(float(np.corrcoef(one[known], two[known])[0, 1]) > ALIKE)
    return bool(alike) and 2 * sum(alike) >= len(alike)
