"""Columns of csv files that read as numbers and may be codes, days or groups of digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets import decoding
from clusterforge.datasets.csv_defects import SEEN
from clusterforge.datasets.nearly_dates import CALLED_DATE
from clusterforge.datasets.table_rows import Format
from clusterforge.tables import called_id
from clusterforge.tables.arrow import all_match, any_match, first_match
from clusterforge.tables.dates import LOOKED_AT, fitting
from clusterforge.tables.type_setting import type_setting

_CODE = "^0([0-9]{1,6}|[0-9]{8,}|[0-9]*[1-9][0-9]*)$"  # 00000000 is no day
_CODE_OF_PARTS = rf"{_CODE}|^0[0-9]+[.][0-9]+$"
_CUT_OFF = r"^\d(\.\d{1,5})?E\+(1[1-9]|[2-9]\d)$"  # spreadsheets write up to eleven digits in full
_MAY_BE_GROUPED = r"^[+-]?\d{1,3}(\.\d{3})?$"


def _are_days(name: str, texts: Any) -> bool:
    """Tell whether texts in a column called like dates are days of short years, as 00033."""
    few = texts.unique().slice(0, LOOKED_AT).to_pylist()
    return bool(CALLED_DATE.fullmatch(name)) and all(fitting(few, "%y%j"))


def codes_or_groups(
    path: Path, table: Any, form: Format, again: Callable[[Format], Any]
) -> dict[tuple[str, str], str]:
    """Say which columns of numbers may be none: codes as 007, thousands as 1.500 next to 950.

    Parameters
    ----------
    path, form
        The file, and how it is read.
    table
        Its rows.
    again
        Reads the first rows in another form: here as they are written.

    Returns
    -------
    dict
        By the column and what it may hold.
    """
    names = table.schema.names
    wanted = {*(names if form.columns is None else form.columns)} - {"", *form.numbers}
    suspects = [
        name
        for name, own in zip(names, table.columns, strict=True)
        if name in wanted and not form.drops(name) and _to_look_at(name, own)
    ]
    if not suspects:
        return {}
    written = again(replace(form, as_text={*form.as_text, *suspects}))
    doubts = {}
    for name in suspects if written is not None else ():
        texts = pc.utf8_trim_whitespace(written[name].drop_null())
        texts = texts.filter(pc.not_equal(texts, ""))
        several = len(texts.unique()) > 2
        one_width = len(pc.utf8_length(texts).unique()) == 1
        bits = all_match(texts, "^[01]{6,}$") and any_match(texts, "^0")
        if bits and several and one_width:
            doubts[name, "bits"] = (
                f"column {name!r:.60} holds rows of bits ({texts[0].as_py():.20}), read as numbers: write "
                "them as lists, [0, 1, 1], to use each"
            )
        elif all_match(texts, r"^\d+E\d+$") and several:
            doubts[name, "codes"] = (
                f"column {name!r:.60} holds {texts[0].as_py():.20} and the like, read as "
                f"{float(texts[0].as_py()):,.6g}: if they are codes, set "
                f"{type_setting(name, 'category', form.typed)}"
            )
        elif (
            code := first_match(texts, _CODE_OF_PARTS if called_id(name) else _CODE)
        ) and not _are_days(name, texts):
            doubts[name, "codes"] = (
                f"column {name!r:.60} holds numbers that begin with 0 ({code:.20}): if they are codes, set "
                f"{type_setting(name, 'category', form.typed)}"
            )
        powers = texts.filter(pc.match_substring(texts, "E"))
        if called_id(name) and all_match(powers, _CUT_OFF):
            doubts[name, "cut"] = (
                f"column {name!r:.60} holds codes whose ends a spreadsheet has cut off "
                f"({powers[0].as_py()}): write them anew from their source, as text"
            )
        if form.decimal != "." or form.thousands or not all_match(texts, _MAY_BE_GROUPED):
            continue
        short = any_match(texts, r"^[+-]?\d{1,3}$") or decoding.separator(path, form) == ";"
        # What writes fewer decimals where it can never ends in 0; what writes three always has three.
        if short and any_match(texts, r"\.\d\d0$"):
            example = first_match(texts, r"\.")
            doubts[name, "thousands"] = (
                f"column {name!r:.60} may have points between thousands ({example!r}), read as decimals: "
                'if so, set decimal = "," and thousands = "."'
            )
    return doubts


def _to_look_at(name: str, column: Any) -> bool:
    """Tell whether numbers are called as codes are, or whole, or below 1,000 with at most three decimals."""
    if not pa.types.is_floating(column.type):
        return bool(pa.types.is_integer(column.type))
    if called_id(name):
        return True
    some = column.slice(0, SEEN).drop_null().to_numpy()
    if (some == some.round()).all():  # also those beyond integers
        return bool(len(some))
    return bool(
        (abs(some) < 1000).all() and (abs(some * 1000 - (some * 1000).round()) < 1e-6).all()
    )
