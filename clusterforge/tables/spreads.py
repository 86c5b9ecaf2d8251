"""What the values of columns are like among some rows, in a few numbers, to compare with other rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Column, Numbers
from clusterforge.numerics.arrays import DoubleArray, evenly

KNOTS = np.linspace(0, 1, 21)
"""Shares of the rows below the quantiles."""
MOST = 10_000
"""Rows that are looked at."""
WIDEST = 200
"""Columns of which it is looked at: the parts of a wider table are measured by one machine."""
_DAY = 86_400
_HALF = 12  # days of a month that may be months


@dataclass(frozen=True)
class Days:
    """Dates that are written as days and months, in numbers.

    Parameters
    ----------
    late
        Share of those after the 12th of their month.
    span
        Days from the first to the last.
    exchanged
        The same if days are months; None where some are not.
    """

    late: float
    span: float
    exchanged: float | None


@dataclass(frozen=True)
class Spread:
    """The values of a column among some rows.

    Parameters
    ----------
    rows
        So many have a value.
    different
        So many values are different.
    values
        The quantiles, 21 of them; of categories the codes.
    days
        Of dates of which day and month may be exchanged; else None.
    """

    rows: int
    different: int
    values: tuple[float, ...]
    days: Days | None = None

    @property
    def knots(self) -> DoubleArray:
        """The quantiles as an array: float64 (21,)."""
        return np.array(self.values)


def spreads(values: Numbers, columns: Sequence[Column]) -> tuple[Spread | None, ...]:
    """Return what the columns of a table are like; None for those without a value, nothing for many.

    Parameters
    ----------
    values
        float (n, d): as ``matrix`` read them; 10,000 rows are looked at.
    columns
        What its columns are.
    """
    if len(columns) > WIDEST or values.shape[1] != len(columns):
        return ()
    values = values[evenly(len(values), MOST)]
    return tuple(_spread(own, column) for own, column in zip(values.T, columns, strict=True))


def _spread(own: npt.NDArray[np.floating], column: Column) -> Spread | None:
    known = own[np.isfinite(own)].astype(np.float64)
    if not len(known):
        return None
    different = np.unique(known)
    if column.coded:
        return Spread(len(known), len(different), tuple(different.tolist()))
    knots = np.quantile(known, KNOTS, method="inverted_cdf")
    days = None
    if column.kind == "date" and "%d" in column.format and "%m" in column.format:
        days = _days(known)
    return Spread(len(known), len(different), tuple(knots.tolist()), days)


def _days(seconds: DoubleArray) -> Days:
    days = np.floor(seconds / _DAY).astype("datetime64[D]")
    months, years = days.astype("datetime64[M]"), days.astype("datetime64[Y]")
    day = (days - months).astype(np.int64) + 1
    exchanged = None
    if day.max() <= _HALF:
        month = (months - years).astype(np.int64)
        other = (years.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]") + month
        exchanged = float(np.ptp(other.astype(np.int64)))
    span = float(np.ptp(days.astype(np.int64)))
    return Days(float((day > _HALF).mean()), span, exchanged)
