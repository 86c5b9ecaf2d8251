"""Numbers that are read as they stand and may not be meant so: signs for no value, lost bits, stuck ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.odd_texts import MANY, NAMED
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import count, first_of
from clusterforge.numerics.arrays import evenly
from clusterforge.numerics.stored_rows import StoredRows
from clusterforge.tables import (
    called_id,
    texts,
    with_gaps,
)

_NINES = [
    f"{'9' * whole}{'.' * (parts > 0)}{'9' * parts}" for whole in range(2, 8) for parts in range(4)
]
_ANSWERS = [-7.0, -8.0, -9.0, -9.9, -9.99, -77.0, -88.0, -97.0, -98.0, -99.0]
"""What surveys write for no answer, none of which is below 0."""
_PRICES = {"99.99", "999.99"}
_CODES = [sign * float(nines) for nines in _NINES for sign in (1, -1) if nines not in _PRICES]
_CODES += [-1.0, *_ANSWERS, 77.0, 88.0, 97.0, 98.0, 32767.0, -32768.0, 2147483647.0, -2147483648.0]
_STATA = {*map(float, range(101, 128))}
"""Bytes of Stata for no value, . to .z."""
_CODES += [*_STATA]
_ROUNDED = {float(kind(code)): code for kind in (np.float32, np.float64) for code in _CODES}
"""The codes as each kind of float has them, and as they are written."""
_DAYS = [
    datetime(*day, tzinfo=UTC).timestamp()
    for day in (
        (1, 1, 1),
        (1900, 1, 1),
        (1970, 1, 1),
        (2099, 12, 31),
        (2999, 12, 31),
        (9999, 12, 31),
    )
]
_PLACES = (("latitude", "longitude"), ("lat", "lon"), ("lat", "lng"), ("lat", "long"))
_BITS = (1 << 8, 1 << 16, 1 << 32)
FEW_SIGNED = 5  # rows that are no coincidence
FEWEST_BYTES = 8  # in a list
SOME = 10_000  # values that are looked at
FEWEST_MEASURED = 20  # different values of what is measured
FIRST = 1_000  # rows that tell of most columns that neither end is far from the others
STUCK, MOVING = 20, 4  # rows in a row with one value, and with any other
LEAST_INTENSITY = 1e5  # of measured values, among which 0 is what was not seen
FEWEST_STATES = 20  # rows of a counter
_COUNTER = re.compile(
    r"(?i)((.*[ _.-])?(total|cum|cumulative|cumul|counter|odometer|mileage|meter|reading|index|energy|kwh|m3|"
    r"zähler(stand)?|stand|stock|ertrag|compteur|contador)([ _.-]?(total|kwh|km|m3|cases|deaths))?"
    r"|cum(ulative)?[ _.-].*|total[ _.-].*)"
)
FEWEST_RECURRING = 10  # rows that have one value by no coincidence


def coded_gaps(
    values: Numbers,
    columns: Sequence[Column],
    table: Any,
    known: Mapping[str, Sequence[str]] | None,
) -> Iterator[str]:
    """Say which columns hold what mostly stands for no value, far from all others: -999, 9999-12-31, 0.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    table
        The train split as it is written.
    known
        What is no value already, by the pattern of the columns; None where the data set has no key for it.
    """
    if isinstance(values, StoredRows) or not len(values):
        return
    found: list[str] = []
    kinds: dict[str, None] = {}
    gaps: dict[str, list[str]] = {}
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    for at in range(len(columns)):
        own, ends = values[:, at], {low[at], high[at]}
        if columns[at].kind == "number":
            codes = [*_ROUNDED]
            codes += [end for end in ends - {0.0, *codes} if _recurs(own, end, ends)]
        else:
            codes = _DAYS if columns[at].kind == "date" else []
        if called_id(columns[at].source):  # 99999 may be one of the codes
            codes = [code for code in codes if code < 0]
        apart = _apart(own, codes) if ends & {*codes} else set()
        if columns[at].kind == "number" and low[at] == 0 and _lone_zeros(own):
            apart.add(0.0)
        for code in sorted(apart):
            rows = own == code
            if code in _STATA and ((own % 1 > 0).any() or rows.sum() < FEW_SIGNED):
                continue
            kinds[columns[at].kind] = None
            shown = columns[at].written(_ROUNDED.get(code, float(str(own.dtype.type(code)))))
            source = table[columns[at].source]
            if columns[at].kind == "date" and not pa.types.is_temporal(source.type):
                # na_values are compared with what is written.
                shown = texts(source.slice(int(rows.argmax()), 1))[0].as_py()
            shown = f"{shown:.12g}" if isinstance(shown, float) else shown
            gaps.setdefault(columns[at].source, []).append(str(shown))
            found.append(f"{columns[at].name!r:.60} ({shown} in {count(int(rows.sum()), 'row')})")
    places = {columns[at].name.lower(): at for at in range(len(columns))}
    for here, there in _PLACES:  # 0, 0 is no place, and many lie on both sides of it
        one, other = places.get(here), places.get(there)
        if one is None or other is None:
            continue
        null = (values[:, one] == 0) & (values[:, other] == 0)
        alone = (values[:, one] == 0).sum() + (values[:, other] == 0).sum() == 2 * null.sum()
        for at in (one, other):
            if alone and null.sum() >= FEW_SIGNED and "0" not in gaps.get(columns[at].source, ()):
                kinds["number"] = None
                gaps.setdefault(columns[at].source, []).append("0")
                found.append(f"{columns[at].name!r:.60} (0 in {count(int(null.sum()), 'row')})")
    remedy = "write nan or nothing in its place"
    if known is not None:
        remedy = f"set na_values = {with_gaps(known, dict([*gaps.items()][:NAMED]))}"
    if found:
        yield (
            f"a {' or '.join(kinds)} apart from all others looks like a sign for no value in "
            f"{first_of(found, NAMED)}: if it is one, {remedy}"
        )


def _apart(values: Numbers, codes: Sequence[float]) -> set[float]:
    """Return which of some codes are far from all other values."""
    coded = np.isin(values, codes)
    others = values[~coded & ~np.isnan(values)]
    if len(others) < MANY:
        return set()
    least, most = others.min(), others.max()
    return {
        code
        for code in np.unique(values[coded]).tolist()
        # Of two values, -1 and 1 or 0 and 99, none is far from all others.
        if (most > least and min(abs(least - code), abs(most - code)) > most - least)
        or (_ROUNDED.get(code) in _ANSWERS and least >= 0)
    }


def _recurs(values: Numbers, end: float, ends: Set[float]) -> bool:
    """Tell whether the least or largest of many measured values is that of many rows: 85 of a sensor."""
    first = values[:: -(-len(values) // FIRST)]
    between = first[~np.isin(first, [*ends]) & ~np.isnan(first)]
    if not len(between) or np.abs(between - end).min() <= np.ptp(between):
        return False
    rows = np.count_nonzero(values == end)
    others = values[values != end] if rows >= FEWEST_RECURRING else values[:0]
    return bool(2 * rows < len(others)) and len(np.unique(others[:SOME])) >= FEWEST_MEASURED


def _lone_zeros(values: Numbers) -> bool:
    """Tell whether some zeros are apart from many measured values, which are much closer to each other."""
    others = values[(values != 0) & ~np.isnan(values)]
    zeros = np.count_nonzero(values == 0)
    if not zeros or len(others) < 3 * zeros or others.min() < 0:
        return False
    if len(np.unique(others[:SOME])) < FEWEST_MEASURED:
        return False
    if others.min() >= LEAST_INTENSITY:  # no count has nothing between it and so much
        return bool(zeros >= FEWEST_RECURRING)
    lower, upper = np.percentile(others, [25, 75])
    return bool(others.min() > upper - lower)


def of_few_bits(values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say which numbers of 8, 16 or 32 bits were read without their sign, or with one that they have not.

    That is 65,535 for -1, or -32,768 for 32,768, and none between.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    """
    some = np.asarray(values[evenly(len(values), SOME)])
    found = []
    for at in (at for at, column in enumerate(columns) if column.kind == "number"):
        own = some[np.isfinite(some[:, at]), at]
        if not len(own) or (own % 1).any() or len(np.unique(own)) < FEWEST_MEASURED:
            continue
        if half := _wrapped(own):
            low = own[own < 0]
            found.append(
                f"numbers of {columns[at].name!r:.60} below 0 ({low.min():,.0f} to {low.max():,.0f}) look "
                f"like ones above {half - 1:,} in too few bits: add {2 * half:,} to them"
            )
        limit = next((size for size in _BITS if size / 2 <= own.max() <= size), 0)
        if not limit or own.min() < 0:
            continue
        low, high = own[own < limit / 4], own[own >= limit * 3 / 4]
        least = min(len(low), len(high))
        if len(low) + len(high) < len(own) or least < FEW_SIGNED or _lone(high, limit - 1):
            continue
        if (
            low.min() <= 0.1 * low.max() + 1
            and limit - high.max() <= 0.1 * (limit - high.min()) + 1
        ):
            found.append(
                f"numbers of {columns[at].name!r:.60} ({low.min():,.0f} to {low.max():,.0f} and "
                f"{high.min():,.0f} to {high.max():,.0f}, none between) look like ones below 0 read without "
                f"their sign: subtract {limit:,} from those above {limit // 2:,}"
            )
    if len(found) < FEWEST_BYTES:  # more are pixels, black or white
        yield from found


def _wrapped(values: Numbers) -> int:
    """Return the half of the numbers of some bits where values go on at the lower end; 0 where none do."""
    low, high = values[values < 0], values[values >= 0]
    if min(len(low), len(high)) < FEW_SIGNED:
        return 0
    for half in (bits // 2 for bits in _BITS[1:]):  # of 8 bits they may be degrees of longitude
        inside = -half <= low.min() and high.max() <= half
        at_ends = low.min() <= -0.98 * half and high.max() >= 0.98 * half - 1
        lone = _lone(low, -half) or _lone(high, half - 1)
        if inside and at_ends and not lone and low.max() < -half / 2:
            return half
    return 0


def stuck(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say which measured columns have one value for many rows in a row, as of a sensor that has stopped.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The n rows.
    """
    some = np.asarray(values[:SOME])
    for at in (at for at, column in enumerate(columns) if column.kind == "number"):
        own = some[:, at]
        starts = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
        lengths = np.diff(np.r_[starts, len(own)])
        longest = int(lengths.argmax()) if len(own) else 0
        if len(starts) <= FEWEST_MEASURED or lengths[longest] < STUCK:
            continue
        value, first, number = own[starts[longest]], int(starts[longest]), int(lengths[longest])
        usual = value in (0, np.nanmin(own), np.nanmax(own)) or np.isnan(value)
        alike = some[first : first + number]
        copies = ((alike == some[first]) | np.isnan(alike)).all()
        steps = np.diff(own[~np.isnan(own)])
        in_order = (steps >= 0).all() or (steps <= 0).all()
        if not (usual or copies or in_order) and np.partition(lengths, -2)[-2] <= MOVING:
            yield (
                f"column {columns[at].name!r:.60} is {value:.6g} for {number:,} rows in a row, the first is "
                f"{rows.place(first)}, and changes in nearly all others: did the sensor stop? If so, write "
                "nothing there"
            )


def counters(values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns are called like the state of a counter, and never fall from row to row.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    """
    some = np.asarray(values[:SOME], dtype=np.float64)
    for at, column in enumerate(columns):
        own = some[:, at][np.isfinite(some[:, at])]
        if (
            column.kind != "number"
            or not _COUNTER.fullmatch(column.name)
            or len(own) < FEWEST_STATES
        ):
            continue
        steps = np.diff(own)
        if (steps >= 0).all() and 2 * np.count_nonzero(steps) > len(steps) and np.ptp(steps):
            yield (
                f"column {column.name!r:.60} never falls from row to row ({own[0]:.6g} to {own[-1]:.6g}): if "
                "it is the state of a counter, write what was added in each row (diff of pandas)"
            )


def _lone(values: Numbers, code: float) -> bool:
    """Tell whether many of some values are one, as the last that a sensor has."""
    return bool(3 * np.count_nonzero(values == code) > len(values))


def packed_bits(values: Numbers, name: str) -> Iterator[str]:
    """Say that lists of bytes are bits: those of numbers fill 0 to 255 evenly, and the lowest is no noise.

    Parameters
    ----------
    values
        float (n, d): the lists of a column.
    name
        What it is called.
    """
    some = np.asarray(values[: SOME // 10], dtype=np.float64)
    if some.shape[1] < FEWEST_BYTES or len(some) < MANY or not np.isfinite(some).all():
        return
    low, high = some.min(), some.max()
    signed = low < 0
    if low < -128 * signed or high > 255 - 128 * signed or high - low < 250 or (some % 1).any():
        return
    whole = (some + 128 * signed).astype(np.uint8)
    shares = np.bincount(whole.ravel() >> 5, minlength=8) / whole.size
    lowest = (whole & 1).mean(axis=0)
    noise = 0.25 / len(whole)
    if shares.min() > 0.04 and shares.max() < 0.25 and lowest.var() > 3 * noise:
        shifted = "(x.astype(int) + 128)" if signed else "x"
        yield (
            f"lists of column {name!r:.60} look like bits, eight in each number: write them one by one, by "
            f"numpy.unpackbits({shifted}.astype(numpy.uint8), axis=1)"
        )
