"""What names of columns say that their numbers are not: ids, codes, cycles, versions, places, weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.odd_numbers import FEW_SIGNED, FIRST
from clusterforge.datasets.odd_texts import NAMED
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import count, first_of
from clusterforge.numerics.arrays import evenly
from clusterforge.tables import (
    are_whole,
    called_id,
    codes_by_name,
    counted_rows,
    cycle_by_name,
)
from clusterforge.tables.arrow import is_number
from clusterforge.tables.type_setting import types_setting

FEW_CODES = 10  # different numbers that may be grades or sizes, whatever they are called
FEWEST_MINUTES = 10  # different ones, all below 60 by no coincidence: widths in mm are others
NEXT = 0.5  # degrees to the next place
_PLACE = re.compile(r"(?i:(?:.*[ _.-])?(?:(lat|latitude|breite)|lon|lng|long|longitude|länge))")
_WEIGHT = re.compile(
    r"(?i:fnl?wgt|final[ _]?(wgt|weight)|(sample|sampling|survey|person|design|case)[ _]?weights?|pweight"
    r"|perwt|hhwt|wtfinl|gewichtungsfaktor)"
)
_FREQUENCY = re.compile(r"(?i:freq|frequency|counts?)")
_VERSION = re.compile(r"(?i:(.*[ _.-])?(version|icd[ _-]?\d+))|\w*[a-z0-9]Version")


def called_ids(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of whole numbers are called as ids, codes or categories are: zip, sex.

    Parameters
    ----------
    rows
        The train split.
    names
        Columns that are features, of numbers.
    """
    codes = [name for name in names if codes_by_name(rows.table[name], name)]
    if codes:
        listed = first_of([f"{name!r:.60}" for name in codes], NAMED)
        setting = types_setting(dict.fromkeys(codes[:NAMED], "category"), rows.typed)
        yield (
            f"few whole numbers in columns called like categories ({listed}) are used as amounts: if they "
            f"are codes, set {setting}" + ", and the others" * (len(codes) > NAMED)
        )
    called = {name: rows.table[name] for name in names if called_id(name) and name not in codes}
    found = [name for name, own in called.items() if _whole(own) and not counted_rows(own)]
    if found:
        listed = first_of([f"{name!r:.60}" for name in found], NAMED)
        yield (
            f"whole numbers in columns called like ids or codes ({listed}) are used as amounts: "
            f"if they are none, name the columns in drop, or set "
            f"{rows.type_setting(found[0], 'category')}"
        )


def called_cycles(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns are called like what begins anew, and have values near both ends: 359° is next to 0°.

    Parameters
    ----------
    rows
        The train split.
    names
        Columns that are features, of numbers.
    """
    found = {name: kind for name in names if (kind := cycle_by_name(rows.table[name], name))}
    if found:
        listed = first_of([f"{name!r:.60}" for name in found], NAMED)
        setting = types_setting(dict([*found.items()][:NAMED]), rows.typed)
        yield (
            f"numbers of {listed} may begin anew after the last, as degrees and hours do, and are used as "
            f"amounts: if so, set {setting}, for the encoder table"
        )


def exchanged_places(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say that some rows have latitude and longitude exchanged: with the others they lie so alone.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The n rows.
    """
    called = [(at, found) for at, c in enumerate(columns) if (found := _PLACE.fullmatch(c.name))]
    sides = [[at for at, found in called if bool(found[1]) is lat] for lat in (True, False)]
    if [*map(len, sides)] != [1, 1]:
        return
    places = np.asarray(values[:, [sides[0][0], sides[1][0]]], dtype=np.float64)
    known = np.isfinite(places).all(axis=1)
    usual = places[:, 0] > places[:, 1]
    usual = usual if 2 * usual[known].sum() > known.sum() else ~usual
    few, most = known & ~usual, places[known & usual]
    if few.sum() < FEW_SIGNED:
        return
    low, high = most.min(axis=0), most.max(axis=0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    inside = ((places[few] >= low) & (places[few] <= high)).all(axis=1).mean() >= 0.1
    one_place = bool((np.ptp(places[few], axis=0) < 2 * NEXT).all())  # an honest one, of many rows
    if inside or (one_place and 3 * few.sum() > known.sum()):
        return
    most, back = (rest[evenly(len(rest), FIRST)] for rest in (most, places[few][:, ::-1]))
    apart = _degrees(most, most)
    np.fill_diagonal(apart, np.inf)
    # Exchanged back they lie where others do, not somewhere between Oslo and Dubai.
    if np.median(_degrees(back, most).min(axis=1)) <= max(
        NEXT, np.quantile(apart.min(axis=1), 0.9)
    ):
        lat, lon = (columns[side[0]].name for side in sides)
        yield (
            f"{count(int(few.sum()), 'row')} of train seem to have {lat!r:.60} and {lon!r:.60} exchanged, "
            f"the first is {rows.place(int(few.argmax()))}: write both under their names"
        )


def _degrees(places: Numbers, others: Numbers) -> Numbers:
    """Return how far places are from others, in degrees of latitude or longitude: float (n, m)."""
    distances: Numbers = np.abs(places[:, None] - others).max(axis=2)
    return distances


def called_versions(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns of numbers are called as versions are, or codes of parts: 1.10 is no 1.1.

    Parameters
    ----------
    rows
        The train split.
    names
        Columns that are features, of numbers.
    """
    yield from (
        f"numbers in column {name!r:.60}, which is called like versions or codes, are used as amounts (1.10 "
        f"is 1.1): if they are some, set {rows.type_setting(name, 'category')}"
        for name in names
        if _VERSION.fullmatch(name)
        and pa.types.is_floating(rows.table[name].type)
        and not are_whole(rows.table[name])
    )


def called_places(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """Say which columns called like degrees hold degrees and minutes, as receivers of GPS write them.

    Parameters
    ----------
    rows
        The train split.
    names
        Columns that are features, of numbers.
    """
    for name in names:
        if pa.types.is_nested(rows.table[name].type):
            continue
        found = _PLACE.fullmatch(name)
        own = pc.abs(rows.table[name].cast(pa.float64(), safe=False)).drop_null() if found else ()
        if not found or not len(own):
            continue
        most, width = pc.max(own).as_py(), 90 if found[1] else 360
        minutes = pc.subtract(own, pc.multiply(pc.floor(pc.divide(own, 100.0)), 100.0))
        different = pc.count_distinct(minutes).as_py() >= FEWEST_MINUTES
        if width < most <= 100 * width and pc.max(minutes).as_py() < 60 and different:  # of an hour
            yield (
                f"column {name!r:.60} (up to {most:.10g}) seems to hold degrees and minutes as one number "
                "(ddmm.mmmm of NMEA): write degrees, as 48.125 for 4807.5"
            )


def called_weights(rows: Rows, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns of numbers are called like weights of rows, or count rows that one row stands for.

    Parameters
    ----------
    rows
        The train split.
    columns
        The features.
    """
    others = [column.source for column in columns if column.coded]
    for name in (column.name for column in columns if column.kind == "number"):
        if _WEIGHT.fullmatch(name):
            yield (
                f"column {name!r:.60} is called like weights of rows in a survey, and is used as a feature: "
                "if it is no property of the rows, name it in drop"
            )
            continue
        alone = _FREQUENCY.fullmatch(name) and 1 < len(others) == len(columns) - 1
        if alone and len(rows.table.group_by(others).aggregate([])) == len(rows.table):
            yield (
                f"column {name!r:.60} may count how often each row was seen, as in a table of counts: if so, "
                "write each row as often, and name the column in drop"
            )


def _whole(values: Any) -> bool:
    """Tell whether a column holds whole numbers, more than ten different ones."""
    if not is_number(values.type):
        return False
    different = values.unique().drop_null()
    whole = pa.types.is_integer(values.type) or are_whole(different)
    return len(different) > FEW_CODES and whole
