"""Columns of numbers that a few other values, signs or units make texts of."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow.compute as pc

from clusterforge.datasets.odd_texts import WORDS
from clusterforge.datasets.table_rows import Rows
from clusterforge.datasets.written_values import plain_numbers
from clusterforge.tables import amounts, called_id, different_texts, no_numbers, texts
from clusterforge.tables.arrow import all_match, is_text
from clusterforge.tables.not_numbers import HEXADECIMAL

_NOTHING = ("?", "-", "--", ".")
_NAMES = r"^([0-9]{1,2}|\p{Lu}{1,2})$"


def odd_among_numbers(rows: Rows, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the few values that keep columns of texts from being numbers, by their names."""
    texts_of = {n: rows.table[n] for n in names if is_text(rows.table[n].type)}
    found = {name: amounts(different_texts(own)) for name, own in texts_of.items()}
    return {name: one.odd for name, one in found.items() if one and one.odd}


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
    different = different_texts(column)
    if held := no_numbers(different):
        value, what, remedy = held
        if what == HEXADECIMAL and (called_id(name) or len(different) == len(column)):
            return None  # they may be names
        return f"column {name!r:.60} is no column of numbers, but {what} ({value!r:.40}): {remedy}"
    good = pc.is_valid(plain_numbers(different, *separators)) if separators else None
    found = amounts(different, good)
    if found is None:
        return None
    if found.value is None:
        return (
            f"column {name!r:.60} holds numbers that are written as texts: to use them as numbers, set "
            f"{rows.type_setting(name, 'number')}"
        )
    remedy = f"{found.remedy}, or say in types what it is"
    if called_id(name) and found.value.lower() not in WORDS and found.value not in _NOTHING:
        return None
    if all_match(different, _NAMES) and found.value.lower() not in WORDS:
        setting = rows.type_setting(name, "category")
        remedy = f"if these are names, as of grades, set {setting}; else {found.remedy}"
    return (
        f"column {name!r:.60} is no column of numbers, for {found.value!r:.40} "
        f"({rows.place(pc.index(texts(column), found.value).as_py())}), but {found.numbers:,} of its "
        f"{len(different):,} different values are numbers: {remedy}"
    )
