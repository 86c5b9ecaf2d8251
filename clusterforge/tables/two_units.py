"""Columns of one table that hold numbers in two units: by a gap between them, or as another column says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.tables.spreads import KNOTS, MOST, WIDEST, spreads
from clusterforge.tables.unlike import FAR, FEWEST, Part, distance, unlike

GAP = 0.5  # width of the gap, in widths of what lies on either side
UNKNOWN = 3.0  # factor between medians that two units have, whichever they are
LEAST = 0.2  # distance of two distributions that are in two units
NAMED = 3
FEWEST_SCALED = 3  # columns that tell whether a row is of logarithms
FEWEST_SHARES, SUMMED, ALL_SHARES = 3, 0.005, 0.9
"""Columns of shares; how nearly they make a whole, and in how many rows."""
_SIZES = (
    "g 1 gram 1 kg 1e3 t 1e6 mg 1e-3 ug 1e-6 µg 1e-6 mcg 1e-6 ng 1e-9 lb 453.6 lbs 453.6 oz 28.35",
    "m 1 km 1e3 cm 1e-2 mm 1e-3 um 1e-6 µm 1e-6 nm 1e-9 in 0.0254 inch 0.0254 ft 0.3048 yd 0.9144 mi 1609",
    "l 1 dl 0.1 cl 1e-2 ml 1e-3 ul 1e-6 µl 1e-6 gal 3.785",
    "s 1 sec 1 ms 1e-3 us 1e-6 µs 1e-6 min 60 h 3600 hr 3600 d 86400",
    "w 1 kw 1e3 mw 1e6",
    "b 1 kb 1e3 mb 1e6 gb 1e9",
    "km/h 1 kmh 1 mph 1.609 m/s 3.6 kn 1.852",
    "usd 1 eur 1.1 gbp 1.3 chf 1.1 cad 0.7 aud 0.65 jpy 0.007 cny 0.14 inr 0.012 krw 0.00075 "
    "€ 1.1 $ 1 £ 1.3 ¥ 0.007 huf 0.0028 czk 0.044 pln 0.25 sek 0.1 nok 0.1 dkk 0.15 rub 0.012 try 0.03 "
    "mxn 0.055 brl 0.19 clp 0.0011 cop 0.00025 zar 0.055 thb 0.028 idr 0.000063 vnd 0.00004",
    "mol/l 1 mmol/l 1e-3 umol/l 1e-6 µmol/l 1e-6 nmol/l 1e-9",
    "g/l 1 g/dl 10 mg/dl 1e-2 mg/l 1e-3 ug/l 1e-6 µg/l 1e-6 ng/ml 1e-6 ug/ml 1e-3 µg/ml 1e-3 mg/ml 1",
)
"""Units of one kind each with their sizes; currencies about as they were in 2025."""
_UNITS = {
    unit: (kind, float(size))
    for kind, listed in enumerate(map(str.split, _SIZES))
    for unit, size in zip(listed[::2], listed[1::2], strict=True)
}


def two_units(values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns seem to hold two units: 1.75 beside 175 in rows that are alike otherwise.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    """
    if len(columns) > WIDEST or len(values) < 2 * FEWEST:
        return
    rows = np.arange(0, len(values), -(-len(values) // MOST))
    some = np.asarray(values[rows], dtype=np.float64)
    numbers = [at for at, column in enumerate(columns) if column.kind == "number"]
    if said := _two_scales(some, columns, numbers):
        yield said
        return
    for at in numbers:
        own = some[:, at]
        cut = _gap(own)
        few, more = sorted((some[own < cut], some[own >= cut]), key=len)
        if len(few) < FEWEST:
            continue
        part, other = (Part("", spreads(one, columns)) for one in (few, more))
        found = [one for one in unlike(part, other, columns) if one.unit and at in one.columns]
        if found:
            named = first_of([f"{columns[of].name!r:.60}" for of in found[0].columns], NAMED)
            what = f"columns {named} seem" if len(found[0].columns) > 1 else f"column {named} seems"
            (least, most), (low, high) = ((p[:, at].min(), p[:, at].max()) for p in (few, more))
            yield (
                f"{what} to hold two units: {least:,.6g} to {most:,.6g} in {len(few):,} rows, {low:,.6g} to "
                f"{high:,.6g} in {len(more):,}, none between, as {found[0].unit}: write all in one"
            )
            if len(found[0].columns) > 1:
                return


def _two_scales(some: DoubleArray, columns: Sequence[Column], numbers: Sequence[int]) -> str | None:
    """Say that most columns of some rows are logarithms, and those of all others are not."""
    if len(numbers) < FEWEST_SCALED:
        return None
    known = some[:, numbers]
    known = np.where(np.isfinite(known).any(axis=1, keepdims=True), known, 0)
    middle: DoubleArray = np.nanmedian(known, axis=1)
    cut = _gap(middle)
    few, more = sorted((some[middle < cut], some[middle >= cut]), key=len)
    if len(few) < FEWEST:
        return None
    parts = (
        Part(f"{len(few):,} rows", spreads(few, columns)),
        Part("the others", spreads(more, columns)),
    )
    most = (one for one in unlike(*parts, columns) if 2 * len(one.columns) > len(numbers))
    return next((one.remark for one in most if one.logged), None)


def two_totals(values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say that the shares of some rows make 1 together, and those of others 100.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    """
    at = [at for at, column in enumerate(columns) if column.kind == "number"]
    if len(at) < FEWEST_SHARES or len(columns) > WIDEST:
        return
    sums = np.nansum(np.asarray(values[:MOST], dtype=np.float64)[:, at], axis=1)
    ones, hundreds = (int((np.abs(sums / total - 1) < SUMMED).sum()) for total in (1, 100))
    if min(ones, hundreds) >= FEWEST and ones + hundreds >= ALL_SHARES * len(sums):
        listed = first_of([f"{columns[one].name!r:.60}" for one in at], NAMED)
        yield (
            f"columns {listed} make 100 together in {hundreds:,} rows, and 1 in {ones:,}: write all as per "
            "cents or all as shares"
        )


def by_unit(
    values: Numbers,
    columns: Sequence[Column],
    units: Sequence[str | None],
    name: str,
    known_alone: Mapping[str, bool],
) -> Iterator[str]:
    """Say which columns are in several units, as another column has them: medians differ as units do.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    units, name
        The unit of each row, None where it has none, and the column that says it.
    known_alone
        The columns that may be in these, and whether units must be known ones of one kind.
    """
    of_rows = np.array([unit or "" for unit in units])
    for at, column in enumerate(columns):
        if column.name not in known_alone:
            continue
        own = np.asarray(values[:, at], dtype=np.float64)
        parts = {
            unit: own[(of_rows == unit) & np.isfinite(own)] for unit in {*of_rows.tolist()} - {""}
        }
        many = {unit: part for unit, part in sorted(parts.items()) if len(part) >= FEWEST}
        pairs = combinations(many, 2)
        alone = known_alone[column.name]
        if any(_in_two(one, two, many[one], many[two], alone) for one, two in pairs):
            listed = first_of([f"{np.median(p):,.6g} {u!r:.20}" for u, p in many.items()], NAMED)
            yield (
                f"column {column.name!r:.60} seems to be in several units, as column {name!r:.60} says "
                f"(medians: {listed}): convert all to one"
            )


def _in_two(one: str, two: str, own: DoubleArray, other: DoubleArray, known_alone: bool) -> bool:
    """Tell whether numbers differ as their units do: in one unit they are alike, or more so."""
    apart = distance(*(np.quantile(p, KNOTS, method="inverted_cdf") for p in (own, other)))
    middle, other_middle = float(np.median(own)), float(np.median(other))
    if apart < LEAST + 1.36 * np.sqrt(1 / len(own) + 1 / len(other)):
        return False
    known = [_UNITS.get(unit.lower()) for unit in (one, two)]
    degrees = [unit.strip("° ").upper()[:1] for unit in (one, two)]
    if {*degrees} == {"C", "F"}:
        own, other = (
            p * 1.8 + 32 if d == "C" else p for p, d in zip((own, other), degrees, strict=True)
        )
    elif known[0] and known[1] and known[0][0] == known[1][0]:
        own, other = own * known[0][1], other * known[1][1]
    elif middle * other_middle > 0 and apart >= FAR and not known_alone:
        factor = middle / other_middle
        if 1 / UNKNOWN < factor < UNKNOWN:
            return False
        other = other * factor
    else:
        return False
    knots = [np.quantile(np.round(p, 12), KNOTS, method="inverted_cdf") for p in (own, other)]
    return 2 * distance(*knots) < apart


def _gap(values: DoubleArray) -> float:
    """Return the number above the widest gap between some, by factors or not; nan where none is wide."""
    known = np.unique(values[np.isfinite(values)])
    if len(known) < 2:
        return np.nan
    for sizes in (np.log(known) if known[0] > 0 else known, known):
        steps = np.diff(sizes)
        at = int(steps.argmax())
        if steps[at] > GAP * max(sizes[at] - sizes[0], sizes[-1] - sizes[at + 1]):
            return float(known[at + 1])
    return np.nan
