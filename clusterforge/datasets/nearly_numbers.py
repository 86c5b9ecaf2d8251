"""Columns of numbers that a few other values, signs or units make texts of."""

from __future__ import annotations

import pyarrow.compute as pc

from clusterforge.datasets.table_rows import Rows
from clusterforge.tables import texts

_BARE = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_GROUPED = r"^[+-]?([0-9]+([,.' _][0-9]{3})*[,.]?[0-9]*|[.,][0-9]+)$"
_UNIT = r"( ?[$€£¥%‰°]| [A-Za-z°µ/²³]{1,8}|[kKMGT]?B|[kcmµ]?[gm]|[kKM]|m?[sl]|h|min)"
_SIGNED = rf"^\(?([$€£¥] ?)?{_GROUPED[1:-1]}([eE][+-]?[0-9]+)?{_UNIT}?\)?$"


def nearly_numbers(rows: Rows, name: str) -> str | None:
    """Say what keeps a column of texts from being one of numbers, where most of its values are.

    Parameters
    ----------
    rows
        The train split.
    name
        The column.
    """
    column = rows.table[name]
    different = texts(column.unique()).unique().drop_null()
    numbers = pc.sum(pc.match_substring_regex(different, _SIGNED)).as_py() or 0
    odd = different.filter(pc.invert(pc.match_substring_regex(different, _BARE)))
    if 2 * numbers <= len(different) or not len(odd):
        return None
    value = odd[0]
    if not pc.match_substring_regex(value, _SIGNED).as_py():
        remedy = "name such values in na_values"
    elif pc.match_substring_regex(value, _GROUPED).as_py():
        remedy = "set decimal or thousands"
    else:
        remedy = "remove signs and units"
    return (
        f"column {name!r:.60} is no column of numbers, for {value.as_py()!r:.40} "
        f"({rows.place(pc.index(texts(column), value).as_py())}), but {numbers:,} of its {len(different):,} "
        f"different values are numbers: {remedy}, or say in types what it is"
    )
