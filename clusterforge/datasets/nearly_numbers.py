"""Columns of numbers that a few other values, signs or units make texts of."""

from __future__ import annotations

from typing import Any
from unicodedata import digit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.table_rows import Rows, type_setting
from clusterforge.datasets.written_values import plain_numbers
from clusterforge.tables import texts

LOOKED_AT = 2_000  # of many different values
_BARE = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_GROUPED = r"^[+-]?([0-9]+([,.' _][0-9]{3})*[,.]?[0-9]*|[.,][0-9]+)$"
_UNIT = r"( ?[$€£¥%‰]| ?°[CF]?|[ck]?m[23]|-| [A-Za-z°µ/²³]{1,8}|[kKMGT]?B|[kcmµ]?[gm]|[kKM]|m?[sl]|h|min)"
_PLAIN = {"\u2212": "-", "\u2013": "-", "\u2019": "'"}
_AROUND = "'\"`\0\x1a\u200b\u200e\u200f\ufeff \t"
_LEADING_ZERO = r"^[+-]?0[0-9]"
_SIGNED = rf"^\(?([$€£¥] ?)?{_GROUPED[1:-1]}([eE][+-]?[0-9]+)?{_UNIT}?\)?$"


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
    few = np.linspace(0, len(different) - 1, min(len(different), LOOKED_AT)).astype(np.int64)
    share = pc.mean(pc.match_substring_regex(_plain(different.take(few)), _SIGNED)).as_py() or 0
    if share <= 0.25:
        return None
    plain = _plain(different)
    numbers = pc.sum(pc.match_substring_regex(plain, _SIGNED)).as_py() or 0
    if 2 * numbers <= len(different):
        return None
    bare = pc.match_substring_regex(different, _BARE)
    good = pc.is_valid(plain_numbers(different, *separators)) if separators else bare
    odd = pc.index(good, False).as_py()
    if odd < 0:
        if pc.any(pc.match_substring_regex(different, _LEADING_ZERO)).as_py():
            return None  # codes
        return (
            f"column {name!r:.60} holds numbers that are written as texts: to use them as numbers, set "
            f"{type_setting(name, 'number')}"
        )
    value = different[odd]
    if not pc.match_substring_regex(plain[odd], _SIGNED).as_py():
        remedy = "name such values in na_values"
    elif separators and pc.match_substring_regex(plain[odd], _GROUPED).as_py():
        remedy = "write all with plain digits and signs as decimal and thousands say, or set these otherwise"
    elif pc.match_substring_regex(plain[odd], _BARE).as_py():
        remedy = "write them with plain digits and signs, and nothing around them"
    elif pc.match_substring_regex(plain[odd], _GROUPED).as_py():
        remedy = "set decimal or thousands"
    else:
        remedy = "remove signs and units"
    return (
        f"column {name!r:.60} is no column of numbers, for {value.as_py()!r:.40} "
        f"({rows.place(pc.index(texts(column), value).as_py())}), but {numbers:,} of its {len(different):,} "
        f"different values are numbers: {remedy}, or say in types what it is"
    )


def _plain(values: Any) -> Any:
    """Return texts with the digits, signs and spaces of ASCII in place of others, and without quotes."""
    plain = pc.utf8_trim(pc.utf8_normalize(values, "NFKC"), _AROUND)
    for other, sign in _PLAIN.items():
        plain = pc.replace_substring(plain, other, sign)
    if not pc.any(pc.match_substring_regex(plain, r"[^\x00-\x7f]")).as_py():
        return plain
    return pa.array([_ascii(text) for text in plain.to_pylist()], pa.large_string())


def _ascii(text: str) -> str:
    """Return a text with the digits of any script as 0 to 9."""
    return "".join(str(digit(c)) if c.isdecimal() and not c.isascii() else c for c in text)
