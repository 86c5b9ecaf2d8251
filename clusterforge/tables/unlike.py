"""Parts of a table that differ as by another unit or form: files of one split, test rows, new rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.numerics.stored_rows import marked
from clusterforge.tables.spreads import KNOTS, Spread, spreads

FEWEST = 20  # rows of a part that are compared
SOME = 5  # rows from which on a column without a value is no coincidence
FEW_VALUES = 5  # different ones that have a distribution
FAR = 0.5  # distance of two distributions, in [0, 1], that are another one
WIDER, NEARLY = 1.5, 1.2  # width of two samples of one distribution, compared
FARTHER = 0.75  # of values that another unit of nearly the same size makes
APART, EXACT = 0.95, 0.04  # the same where there is a factor alone, and how far medians are from it
STEADY = 2  # other columns, all of which are as they were
NAMED = 3
VAST = 1_000.0  # times by which nothing differs that is measured alike
WIDE = 5.0  # times the least that the largest is: a logarithm is no factor there
_BASES = (2.0, np.e, 10.0)
SKEWED = 0.5  # how much farther values are above their median than below
_LARGE = 50  # factors that are no coincidence
_CHANCE = 1e-4
_MONTHS = 90  # days
_LATE = 0.3  # share of dates after the 12th: 0.6 of ordinary ones
OFTEN = 3  # quantiles of one value that no measurement has so often
_FILLED = frozenset({0, -1, -9, *(sign * (10**n - 1) for n in range(2, 6) for sign in (1, -1))})
_MEASURED = 20  # different values of what is no grade and no month
_FACTORS: tuple[tuple[float, float, str, str], ...] = (
    (
        100,
        0,
        "per cents are of shares, cents of a currency, or cm of metres",
        "shares are of per cents, whole ones of cents, or metres of cm",
    ),
    (1000, 0, "g are of kg, or mm of metres", "kg are of g, or metres of mm"),
    (1e6, 0, "mg are of kg", "millions are of single ones"),
    (60, 0, "minutes are of hours", "hours are of minutes"),
    (3600, 0, "seconds are of hours", "hours are of seconds"),
    (1.8, 32, "°F are of °C", "°C are of °F"),
    (10, 0, "mm are of cm", "cm are of mm"),
    (2.54, 0, "cm are of inches", "inches are of cm"),
    (1 / 0.45359, 0, "pounds are of kg", "kg are of pounds"),
    (1.60934, 0, "km are of miles", "miles are of km"),
    (1 / 0.3048, 0, "feet are of metres", "metres are of feet"),
    (28.3495, 0, "g are of ounces", "ounces are of g"),
    (1, 273.15, "K are of °C", "°C are of K"),
    (57.29578, 0, "degrees are of radians", "radians are of degrees"),
    (18.016, 0, "mg/dl of glucose are of mmol/l", "mmol/l of glucose are of mg/dl"),
    (7.50062, 0, "mmHg are of kPa", "kPa are of mmHg"),
    (6.89476, 0, "kPa are of psi", "psi are of kPa"),
    (4.184, 0, "kJ are of kcal", "kcal are of kJ"),
    (3.6, 0, "km/h are of m/s", "m/s are of km/h"),
    (1.94384, 0, "knots are of m/s", "m/s are of knots"),
    (3.78541, 0, "litres are of gallons", "gallons are of litres"),
    (10.7639, 0, "square feet are of m²", "m² are of square feet"),
    (2.47105, 0, "acres are of hectares", "hectares are of acres"),
)
"""Factor and what is added, and what such numbers are of others, and these of them."""
_CALLED = re.compile(
    r"(?i:.*[ _.(-](?P<unit>mm|cm|m|km|mg|g|kg|lbs?|oz|ft|mi|h|hours|min|minutes|s|sec|seconds)\)?)"
)
_UNITS = {
    "m": "metres",
    "lb": "pounds",
    "lbs": "pounds",
    "oz": "ounces",
    "ft": "feet",
    "mi": "miles",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "sec": "seconds",
}
"""What the factors call the units that names of columns end with."""


@dataclass(frozen=True)
class Part:
    """Rows of a table: what they are called, and what their columns are like."""

    name: str
    spreads: Sequence[Spread | None]


@dataclass(frozen=True)
class Unlike:
    """What is said of columns of a part: which ones, whether they hold one value, and the remark.

    ``unit`` is what the numbers are of the others, where all other columns are alike; ``logged``: columns
    of one part are logarithms of the other's.
    """

    columns: tuple[int, ...]
    remark: str
    constant: bool = False
    unit: str = ""
    logged: bool = False


def unlike(part: Part, other: Part, columns: Sequence[Column]) -> Iterator[Unlike]:
    """Say which columns of a part seem to be in another unit or form than those of another.

    What differs otherwise, as seasons, places and years do, is not said.

    Parameters
    ----------
    part, other
        The rows, and those that they are compared with.
    columns
        What the columns of both are.
    """
    pairs = {
        at: (own, there)
        for at, (own, there) in enumerate(zip(part.spreads, other.spreads, strict=True))
        if own and there and min(own.rows, there.rows) >= FEWEST
    }
    of = f" of {part.name}" if part.name else ""
    numbers = [at for at in pairs if columns[at].kind == "number"]
    full = [at for at in numbers if min(s.different for s in pairs[at]) >= FEW_VALUES]
    apart = {at: distance(*(s.knots for s in pairs[at])) for at in full}
    moved = [at for at in full if apart[at] >= FAR]
    same = [at for at in full if apart[at] <= _noise(*pairs[at])]
    for one, two in combinations(moved, 2):
        (own, own_there), (second, second_there) = pairs[one], pairs[two]
        others = len(full) - 2 == len(same)
        if others and _alike(own, second_there) and _alike(second, own_there):
            moved = [at for at in moved if at not in (one, two)]
            yield Unlike(
                (one, two),
                f"columns {columns[one].name!r:.60} and {columns[two].name!r:.60}{of} seem to be exchanged: "
                f"each is as the other one is in {other.name}; write both under their names",
            )
    scaled = [at for at in moved if _scaled(*pairs[at])]
    if len(scaled) > 1:
        moved = [at for at in moved if at not in scaled]
        first = pairs[scaled[0]]
        yield Unlike(
            tuple(scaled),
            f"columns {_listed(columns, scaled)}{of} seem to be scaled ({_range(first[0])}), those of "
            f"{other.name} are not ({_range(first[1])}): scale both alike, or none",
        )
    of_part = [at for at in moved if _logged(*pairs[at])]
    logged = sorted({*of_part, *(at for at in moved if _logged(*pairs[at][::-1]))})
    if len(logged) > 1:
        moved = [at for at in moved if at not in logged]
        own, there = pairs[logged[0]]
        what = ["logarithms", "numbers"][:: 1 if logged[0] in of_part else -1]
        yield Unlike(
            tuple(logged),
            f"columns {_listed(columns, logged)}{of} seem to be {what[0]} ({_range(own)}), those of "
            f"{other.name} {what[1]} ({_range(there)}): write both alike",
            logged=True,
        )
    vast = [at for at in moved if _is_vast(*pairs[at])]
    others_alike = len(vast) > 1 and 0 < len(same) == len(full) - len(vast)
    if others_alike and not any(_unit(*pairs[at], "", 0.0, close=True) for at in vast):
        moved = []
        first = pairs[vast[0]]
        yield Unlike(
            tuple(vast),
            f"columns {_listed(columns, vast)}{of} seem to be in other units, or places in another system "
            f"({_range(first[0])}), than in {other.name} ({_range(first[1])}): write all in one",
            unit="units or systems of places",
        )
    # Rows of other kinds differ in more than one column.
    single = len(same) == len(full) - 1
    alone = len(same) >= STEADY and single
    for at in moved:
        near, name = apart[at] if alone else 0.0, columns[at].name
        if said := _unit(*pairs[at], name, near, close=not single):
            yield Unlike(
                (at,),
                f"column {name!r:.60}{of} ({_range(pairs[at][0])}) seems to be in another unit "
                f"than in {other.name} ({_range(pairs[at][1])}), as {said}: write both in one",
                unit=said if alone else "",
            )
        elif _mirrored(*pairs[at]):
            yield Unlike(
                (at,),
                f"column {name!r:.60}{of} ({_range(pairs[at][0])}) seems to have the other sign than in "
                f"{other.name} ({_range(pairs[at][1])}): if + and - are exchanged, write both alike",
            )
    for at in numbers:
        own, there = pairs[at]
        low, usual = own.values[0], float((there.knots == own.values[0]).mean())
        few = own.different > 1 or there.different < _MEASURED or usual > 0.5
        if not few and low in (0, there.values[0]):
            yield Unlike(
                (at,),
                f"column {columns[at].name!r:.60}{of} is {low:.6g} in all {own.rows:,} rows, in {other.name} "
                f"it is {_range(there)}: is it filled in for what was not exported?",
                constant=True,
            )
    for at, (own, there) in pairs.items():
        if _exchanged(own, there):
            yield Unlike(
                (at,),
                f"no date of column {columns[at].name!r:.60}{of} is after the 12th of a month, as those of "
                f"{other.name} are: if days and months are exchanged, write both in one form",
            )


def _filled_in(own: Spread, there: Spread) -> float:
    """Return the share of rows with one value that stands apart at an end, as one filled into gaps; or 0."""
    for end, beyond in (
        (0, own.values[0] < there.values[0]),
        (-1, own.values[-1] > there.values[-1]),
    ):
        value = own.values[end]
        often = int((own.knots == value).sum())
        measured = min(own.different, there.different) >= _MEASURED
        others = own.knots[own.knots != value]
        alone = len(others) and there.values[0] <= others.min() and others.max() <= there.values[-1]
        if beyond and measured and alone and value in _FILLED and often >= OFTEN:
            return (often - 1) / (len(KNOTS) - 1)
    return 0.0


def _listed(columns: Sequence[Column], places: Sequence[int]) -> str:
    """Return the names of the first of some columns."""
    return first_of([f"{columns[at].name!r:.60}" for at in places], NAMED)


def of_new_rows(
    values: Numbers, columns: Sequence[Column], usual: Sequence[Spread | None]
) -> Iterator[str]:
    """Say which columns of new rows have no value, or seem to be in another unit or form than in a run.

    Parameters
    ----------
    values
        float (n, d): the new rows, before gaps are filled.
    columns, usual
        The d columns, and what they are like in train; nothing where that is not known.
    """
    if len(values) >= SOME:
        empty = marked(values, np.isnan).counts == len(values)
        for name in dict.fromkeys(columns[at].source for at in np.flatnonzero(empty).tolist()):
            yield f"column {name!r:.60} has no value in any of the {len(values):,} rows"
    if usual and len(values) >= FEWEST:
        own = spreads(values, columns)
        found = unlike(Part("", own), Part("train", usual), columns)
        yield from (one.remark for one in found)
        for one, there, column in zip(own, usual, columns, strict=True):
            if one and there and column.kind == "number" and (share := _filled_in(one, there)):
                end = one.values[0] if one.values[0] < there.values[0] else one.values[-1]
                yield (
                    f"column {column.name!r:.60} is {end:.6g} in about {share:.0%} of the rows, in train it "
                    f"is {_range(there)}: if that stands for no value, leave it empty"
                )


def apart_alone(values: Numbers, columns: Sequence[Column], usual: Sequence[Spread | None]) -> str:
    """Say which one column of new rows has other values than in a run, where all others are alike, or none.

    Parameters
    ----------
    values, columns, usual
        As of :func:`of_new_rows`.
    """
    pairs = zip(spreads(values, columns), usual, columns, strict=False)
    far = [
        (own, there, column)
        for own, there, column in pairs
        if own and there and not column.coded and distance(own.knots, there.knots) >= FAR
    ]
    if len(far) != 1 or min(far[0][0].rows, far[0][1].rows) < FEWEST:
        return ""
    own, there, column = far[0]
    ranges = f" ({_range(own)}, in train {_range(there)})" if column.kind == "number" else ""
    return f", by column {column.name!r:.60} alone{ranges}"


def distance(one: DoubleArray, two: DoubleArray) -> float:
    """Return the distance of two distributions, from 0 to 1, by their quantiles: that of Kolmogorov."""
    return max(_above(one, two), _above(two, one))


def _above(one: DoubleArray, two: DoubleArray) -> float:
    (low, high), (other_low, other_high) = _below(one, one), _below(two, one)
    return max(0.0, float((low - other_high).max()), float((other_low - high).max()))


def _below(knots: DoubleArray, at: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the least and the largest share that may lie below some values: equal ones count or not."""
    values, first, number = np.unique(knots, return_index=True, return_counts=True)
    last = first + number - 1
    low, high = (np.interp(at, values, KNOTS[places], left=0, right=1) for places in (first, last))
    return low, high


def _noise(own: Spread, there: Spread) -> float:
    """Return the distance that two samples of one distribution have."""
    return 0.05 + 1.36 * float(np.sqrt(1 / own.rows + 1 / there.rows))


def _alike(own: Spread, there: Spread) -> bool:
    return _fits(own.knots, own, there) is not None


def _fits(values: DoubleArray, own: Spread, there: Spread, most: float = WIDER) -> float | None:
    """Return the distance of changed values, where it is that of two samples of one distribution."""
    (low, *_, high), (other_low, *_, other_high) = values[1:-1], there.knots[1:-1]
    if high - low > most * (other_high - other_low) or other_high - other_low > most * (high - low):
        return None
    # 0.12 in per cent is 12.000000000000002.
    found = distance(np.round(values, 9), np.round(there.knots, 9))
    return found if found <= min(_noise(own, there), FAR / 2) else None


def _is_vast(own: Spread, there: Spread) -> bool:
    """Tell whether some values, all nearly alike, are many times others, as degrees and metres of places."""
    small, large = sorted((own.knots, there.knots), key=lambda knots: abs(float(np.median(knots))))
    narrow = all(np.ptp(knots) < abs(np.median(knots)) for knots in (small, large))
    return bool(narrow and np.abs(large).min() >= VAST * np.abs(small).max())


def _logged(own: Spread, there: Spread) -> bool:
    """Tell whether values are like logarithms of others."""
    if there.values[0] <= 0 or there.values[-1] < WIDE * there.values[0]:
        return False
    logs = np.log(there.knots)
    return any(
        _fits(own.knots, own, replace(there, values=tuple(logs / np.log(b)))) is not None
        for b in _BASES
    )


def _scaled(own: Spread, there: Spread) -> bool:
    """Tell whether values have a mean of 0 and a width of 1, or lie from 0 to 1, and others do not."""
    knots, other = own.knots, there.knots
    mean, width = knots.mean(), knots.std()
    if abs(mean) < 0.2 and 0.75 < width < 1.25:
        return _fits((knots - mean) / width * other.std() + other.mean(), own, there) is not None
    low, high = knots[0], knots[-1]
    if low == 0 and high == 1:
        return _fits(knots * (other[-1] - other[0]) + other[0], own, there) is not None
    return False


def _mirrored(own: Spread, there: Spread) -> bool:
    """Tell whether numbers are as others with the other sign; skewed ones, which temperatures are not."""
    skewed = _skew(own.knots) * _skew(there.knots) < -(SKEWED**2)
    return skewed and _fits(-own.knots[::-1], own, there) is not None


def _skew(knots: DoubleArray) -> float:
    """Return how much farther values lie above their median than below, from -1 to 1."""
    low, middle, high = (float(knots[at]) for at in (1, len(knots) // 2, -2))
    return (low + high - 2 * middle) / (high - low) if high > low else 0.0


def _unit(own: Spread, there: Spread, name: str, apart: float, *, close: bool) -> str:
    """Return what numbers are of others, where a factor between units makes one of both; else nothing.

    Parameters
    ----------
    own, there
        The numbers, and others.
    name
        Their column: a unit in it is one of both.
    apart
        Their distance, where small factors may be no coincidence; else 0.
    close
        Whether medians must agree for large factors, too.
    """
    found: dict[str, float] = {}
    called = _CALLED.fullmatch(name)
    unit = _UNITS.get(called["unit"].lower(), called["unit"].lower()) if called else ""
    for factor, more, larger, smaller in _FACTORS:
        large = factor >= _LARGE
        if not large and apart < (FARTHER if more else APART):
            continue
        for values, said in (
            ((own.knots - more) / factor, larger),
            (own.knots * factor + more, smaller),
        ):
            if unit and unit not in re.findall(r"[\w°]+", said):
                continue
            middle, there_middle = np.median(values), np.median(there.knots)
            free = (large or more) and not close
            exact = free or abs(middle - there_middle) <= EXACT * abs(there_middle)
            fit = _fits(values, own, there, WIDER if large else NEARLY) if exact else None
            if fit is not None:
                found[said] = fit
    return min(found, key=lambda said: found[said]) if found else ""


def _exchanged(own: Spread, there: Spread) -> bool:
    """Tell whether no date is after the 12th of a month by no coincidence."""
    if not own.days or not there.days or own.days.exchanged is None or there.days.late < _LATE:
        return False
    chance = (1 - there.days.late) ** own.different
    close = own.different > FEW_VALUES and 4 * own.days.exchanged < own.days.span
    return own.days.span >= _MONTHS and (chance < _CHANCE or close)


def _range(spread: Spread) -> str:
    return f"{spread.values[0]:,.6g} to {spread.values[-1]:,.6g}"
