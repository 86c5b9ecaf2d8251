"""Columns that say the same twice: as numbers in two units or scales, or as names and codes of one thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import combinations

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.odd_texts import NAMED
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import BoolArray, DoubleArray, evenly
from clusterforge.tables import of_a_run

FEWEST_PAIRED, EQUAL = 10, 1e-4  # rows of a square table; how nearly values are the same
SOME = 2_000  # rows that are compared
FEWEST = 20  # rows of which it is no coincidence
WIDEST = 200  # columns: more are of one kind, as genes and pixels are
ALIKE = 0.999
"""Correlation of numbers that may differ by rounding alone."""
WHOLE, BEGIN = 0.9, 4  # share of the rows with a value in one of two columns; letters of names
STEPS = 0.9
"""Share of the values of numbers that are different in another scale, too."""


def across_diagonal(values: Numbers) -> Iterator[str]:
    """Say that a table holds how far its rows are from each other, or how alike they are.

    Parameters
    ----------
    values
        float (n, d): the train split.
    """
    if values.shape[0] != values.shape[1] or len(values) < FEWEST_PAIRED:
        return
    at = evenly(len(values), WIDEST)
    some = np.asarray(values, dtype=np.float64)[np.ix_(at, at)]
    apart = np.abs(some - some.T)
    if len(np.unique(some)) > len(at) and np.nanmax(apart, initial=0) <= EQUAL * np.nanmax(
        np.abs(some), initial=0
    ):
        yield (
            f"the {len(values):,} × {len(values):,} values are the same on both sides of the diagonal, as "
            "distances or similarities of rows are: rows that have alike ones to all others are clustered; "
            "better give what they were computed from, or coordinates by them (sklearn.manifold.MDS, "
            'dissimilarity="precomputed")'
        )


def twice(values: Numbers, columns: Sequence[Column], names: Sequence[str]) -> Iterator[str]:
    """Say which columns follow from others: equal ones, in another unit, or as other words for the same.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    names
        All columns of the source.
    """
    if len(values) < FEWEST or len(columns) > WIDEST:
        return
    at = evenly(len(values), SOME)
    some = np.asarray(values[at], dtype=np.float64)
    added = of_a_run(names)
    single = [i for i, c in enumerate(columns) if c.place is None and c.name not in added]
    numbers = [i for i in single if not columns[i].coded]
    measured = {i for i in numbers if columns[i].kind == "number"}
    found = _linear(some, numbers, measured) | _renamed(
        some, [i for i in single if columns[i].coded]
    )
    if found:
        pairs = [
            f"{columns[other].name!r:.60} and {columns[one].name!r:.60}"
            for one, other in sorted(found.items())
        ]
        yield (
            f"columns {first_of(pairs, NAMED)} say the same, in other units, scales or words at most, which "
            "counts twice: name one of both in drop"
        )
    known = np.isfinite(some)
    halves = [i for i in single if FEWEST <= known[:, i].sum() <= len(some) - FEWEST]
    parts = [
        f"{columns[one].name!r:.60} and {columns[other].name!r:.60}"
        for one, other in combinations(halves, 2)
        if columns[one].coded == columns[other].coded
        and _called_alike(columns[one].name, columns[other].name)
        and not (known[:, one] & known[:, other]).any()
        and (known[:, one] | known[:, other]).mean() > WHOLE
    ]
    if parts:
        yield (
            f"columns {first_of(parts, NAMED)} are called alike, and each row has a value in one: if they "
            "are one thing under two names, write it in one column"
        )


def _called_alike(one: str, other: str) -> bool:
    """Tell whether names begin alike: load and Load, temp_c and temperature."""
    first, second = ("".join(filter(str.isalnum, name)).casefold()[:BEGIN] for name in (one, other))
    return first == second


def _linear(some: DoubleArray, numbers: Sequence[int], measured: Set[int]) -> dict[int, int]:
    """Return which columns are others times a factor, and something added, or logarithms and the like.

    Parameters
    ----------
    some
        float (n, d): rows.
    numbers, measured
        The columns that are numbers, and those that are no dates and times.

    Returns
    -------
    dict
        By column the first such one.
    """
    own = some[:, numbers]
    gaps = ~np.isfinite(own)
    filled = np.where(gaps, 0.0, own)
    centred, scaled = _scaled(filled, gaps)
    ranks = [np.unique(column, return_inverse=True)[1] for column in own.T]
    _, ranked = _scaled(np.where(gaps, 0.0, np.transpose(ranks)), gaps)
    alike = np.abs(scaled.T @ scaled) > ALIKE
    ordered = np.abs(ranked.T @ ranked) > ALIKE
    found = {}
    for at in range(len(numbers)):
        known = ~gaps[:, at]
        if len(np.unique(own[known, at])) <= 2:
            continue
        for other in np.flatnonzero((alike | ordered)[:at, at]).tolist():
            same = (gaps[:, other] == gaps[:, at]).all()
            if not same:
                continue
            pair = own[known][:, [other, at]]
            both = {numbers[at], numbers[other]} <= measured
            linear = alike[other, at] and _up_to_rounding(
                centred[known, other], centred[known, at], pair
            )
            if linear or (ordered[other, at] and both and _in_one_order(*pair.T)):
                found[numbers[at]] = numbers[other]
                break
    return found


def _scaled(filled: DoubleArray, gaps: BoolArray) -> tuple[DoubleArray, DoubleArray]:
    """Return columns with a mean of 0, and the same with a length of 1."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / (~gaps).sum(axis=0)
        centred = np.where(gaps, 0.0, filled - mean)
        return centred, centred / np.sqrt((centred**2).sum(axis=0))


def _in_one_order(one: DoubleArray, two: DoubleArray) -> bool:
    """Tell whether numbers grow where others do, but for rounding; times and counters grow by row."""
    if any((sign * np.diff(one) >= 0).all() for sign in (1, -1)):
        return False
    if one[two.argmax()] < one[two.argmin()]:
        two = -two
    order = np.lexsort((two, one))
    steps, others = np.diff(one[order]), np.diff(two[order])
    number, other = np.count_nonzero(steps), np.count_nonzero(others)
    # Rounding makes some values of one of both equal.
    coarser = not others[steps == 0].any() or not steps[others == 0].any()
    return bool(
        (others >= 0).all() and coarser and min(number, other) >= STEPS * max(number, other)
    )


def _up_to_rounding(one: DoubleArray, two: DoubleArray, written: DoubleArray) -> bool:
    """Tell whether numbers are others times a factor but for rounding: the end of a day is not its begin."""
    factor = float(one @ two / (one @ one))
    left = np.abs(two - factor * one).max()
    steps = [_step(column) for column in written.T]
    # In one unit both are rounded alike.
    rounding = 0.0 if np.isclose(abs(factor), 1) else 0.55 * (abs(factor) * steps[0] + steps[1])
    return bool(left <= rounding + 1e-6 * np.ptp(two))


def _step(values: DoubleArray) -> float:
    """Return the step in which numbers are rounded, 1 to 0.0001; 0 where they are not."""
    for step in (1.0, 0.1, 0.01, 0.001, 0.0001):
        if np.abs(values / step - np.rint(values / step)).max() < 1e-6:
            return step
    return 0.0


def _renamed(some: DoubleArray, coded: Sequence[int]) -> dict[int, int]:
    """Return which categories are others by other names: by column the first such one."""
    first: dict[bytes, int] = {}
    found = {}
    for at in coded:
        values, places, codes = np.unique(some[:, at], return_index=True, return_inverse=True)
        if np.isfinite(values).sum() > 1:  # in the order in which they occur
            key = np.argsort(np.argsort(places))[codes].tobytes()
            if (other := first.setdefault(key, at)) != at:
                found[at] = other
    return found
