"""A row that holds the names of other columns: where a second table begins below the first."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables.amounts import BARE
from clusterforge.tables.arrow import all_match, is_text
from clusterforge.tables.values import texts

LOOKED_AT = 20_000  # rows
_WORD = re.compile(r"\s*[^\W\d_][^\d]+")


def second_names(table: pa.Table) -> tuple[int, tuple[str, ...]] | None:
    """Return the first row that holds words alone, and the words, where numbers stand above two of them.

    None where there is none. Names of the table itself, once more, are another fault.

    Parameters
    ----------
    table
        Rows as they are written.
    """
    table = table.slice(0, LOOKED_AT)
    written = [column for column in table.columns if is_text(column.type)]
    # Few columns of texts begin with a number.
    columns = [
        texts(column)
        for column in written
        if all_match(texts(column.slice(0, 1)).drop_null(), BARE)
    ]
    bare = [pc.match_substring_regex(column, BARE) for column in columns]
    first = [pc.index(one, False).as_py() for one in bare]
    for row in {row for row in first if first.count(row) > 1 and 0 < row < table.num_rows - 1}:
        above = [pc.all(one.slice(0, row)).as_py() for one in bare]
        words = [*table.slice(row, 1).to_pylist()[0].values()]
        numbers = sum(at == row and bool(all_are) for at, all_are in zip(first, above, strict=True))
        if numbers > 1 and _are_names(words) and not {*words} <= {*table.column_names}:
            return row, tuple(str(word) for word in words if word)
    return None


def _are_names(values: Sequence[object]) -> bool:
    """Tell whether several values are different words without digits; some may be missing."""
    words = [value for value in values if value is not None]
    return len({*words}) == len(words) > 1 and all(
        isinstance(word, str) and _WORD.fullmatch(word) for word in words
    )
