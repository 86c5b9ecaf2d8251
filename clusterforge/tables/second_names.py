"""A row that holds the names of other columns: where a second table begins below the first."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.tables.amounts import BARE
from clusterforge.tables.arrow import is_text
from clusterforge.tables.values import texts


def second_names(table: pa.Table) -> tuple[int, tuple[str, ...]] | None:
    """Return the first row that holds words alone, where numbers stand above and below, and the words.

    None where there is none. Names of the table itself, once more, are another fault.

    Parameters
    ----------
    table
        Rows as they are written.
    """
    for column in table.columns if table.num_columns > 1 else ():
        if not is_text(column.type):
            continue
        written = texts(column)
        bare = pc.match_substring_regex(written, BARE)
        row = pc.index(bare, False).as_py()
        numbers = pc.sum(bare).as_py() or 0
        if 0 < row < len(written) - 1 and 2 * numbers >= len(written) - written.null_count:
            words = [*table.slice(row, 1).to_pylist()[0].values()]
            if _are_names(words) and not {*words} <= {*table.column_names}:
                return row, tuple(str(word) for word in words if word)
    return None


def _are_names(values: Sequence[object]) -> bool:
    """Tell whether several values are different words without digits; some may be missing."""
    words = [value for value in values if value is not None]
    return len({*words}) == len(words) > 1 and all(
        isinstance(word, str) and word.strip() and not any(map(str.isdigit, word)) for word in words
    )
