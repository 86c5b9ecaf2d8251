"""Columns of numbers that a few other values, signs or units make texts of."""

from __future__ import annotations

import pyarrow.compute as pc

from clusterforge.datasets.table_rows import Rows, type_setting
from clusterforge.datasets.written_values import plain_numbers
from clusterforge.tables import amounts, texts

_FRACTIONS = r"^\d{1,3}( \d{1,2}/\d{1,3})?$|^\d{1,2}/\d{1,3}$"
_FEET = r"""^\d ?(['′’]|ft\.?) ?(0?\d|1[01])(\.\d+)? ?(["″”]|''|in\.?)?$"""
_PARTS = (
    (_FEET, "", "feet and inches ({!r:.40}): write one number for each, 12 × feet + inches"),
    (_FRACTIONS, " ", "fractions ({!r:.40}): write each with decimals, as 1.5"),
)


def nearly_numbers(
    rows: Rows, name: str, separators: tuple[str, str | None] | None = None
) -> str | None:
    """Say what keeps a column of texts from being one of numbers, where most of its values are.

    Parameters
    ----------
    rows
        The train split.
    name
        The column.
    separators
        What stands before the decimals and between the thousands, where that is said to be otherwise than
        programs write it.
    """
    column = rows.table[name]
    different = texts(column.unique()).unique().drop_null()
    good = pc.is_valid(plain_numbers(different, *separators)) if separators else None
    found = amounts(different, good)
    if found is None:
        for pattern, some, what in _PARTS if len(different) else ():
            found = pc.match_substring_regex(different, some)
            if (
                pc.all(pc.match_substring_regex(different, pattern)).as_py()
                and pc.any(found).as_py()
            ):
                example = different.filter(found)[0].as_py()
                return f"column {name!r:.60} is no column of numbers, but {what.format(example)}"
        return None
    if found.value is None:
        return (
            f"column {name!r:.60} holds numbers that are written as texts: to use them as numbers, set "
            f"{type_setting(name, 'number')}"
        )
    return (
        f"column {name!r:.60} is no column of numbers, for {found.value!r:.40} "
        f"({rows.place(pc.index(texts(column), found.value).as_py())}), but {found.numbers:,} of its "
        f"{len(different):,} different values are numbers: {found.remedy}, or say in types what it is"
    )
