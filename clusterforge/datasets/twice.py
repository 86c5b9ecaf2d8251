"""Columns that say the same twice: as numbers in two units, or as names and codes of one thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.odd_texts import NAMED
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import DoubleArray

SOME = 2_000  # rows that are compared
FEWEST = 20  # rows of which it is no coincidence
WIDEST = 200  # columns: more are of one kind, as genes and pixels are
ALIKE = 0.99999
"""Correlation of numbers that differ by rounding alone."""


def twice(values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns follow from others: equal ones, in another unit, or as other words for the same.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    """
    if len(values) < FEWEST or len(columns) > WIDEST:
        return
    at = np.linspace(0, len(values) - 1, min(len(values), SOME)).astype(np.int64)
    some = np.asarray(values[at], dtype=np.float64)
    single = [i for i, column in enumerate(columns) if column.place is None]
    numbers = [i for i in single if not columns[i].coded]
    found = _linear(some, numbers) | _renamed(some, [i for i in single if columns[i].coded])
    if found:
        pairs = [
            f"{columns[other].name!r:.60} and {columns[one].name!r:.60}"
            for one, other in sorted(found.items())
        ]
        yield (
            f"columns {first_of(pairs, NAMED)} say the same, in other units or words at most, which counts "
            "twice: name one of both in drop"
        )


def _linear(some: DoubleArray, numbers: Sequence[int]) -> dict[int, int]:
    """Return which columns are others times a factor, and something added: by column the first such one."""
    own = some[:, numbers]
    gaps = ~np.isfinite(own)
    filled = np.where(gaps, 0.0, own)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / (~gaps).sum(axis=0)
        centred = np.where(gaps, 0.0, own - mean)
        scaled = centred / np.sqrt((centred**2).sum(axis=0))
        alike = np.abs(scaled.T @ scaled) > ALIKE
    found = {}
    for at in range(len(numbers)):
        same = np.flatnonzero(alike[:at, at]).tolist()
        same = [other for other in same if (gaps[:, other] == gaps[:, at]).all()]
        if same and len(np.unique(own[~gaps[:, at], at])) > 2:
            found[numbers[at]] = numbers[same[0]]
    return found


def _renamed(some: DoubleArray, coded: Sequence[int]) -> dict[int, int]:
    """Return which categories are others by other names: by column the first such one."""
    first: dict[bytes, int] = {}
    found = {}
    for at in coded:
        _, places, codes = np.unique(some[:, at], return_index=True, return_inverse=True)
        if len(places) > 1:  # in the order in which they occur
            key = np.argsort(np.argsort(places))[codes].tobytes()
            if (other := first.setdefault(key, at)) != at:
                found[at] = other
    return found
