"""The columns of a table: what their values mean, and how a value is written for a reader."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

ColumnKind = Literal["number", "category", "ordinal", "yes-no", "date", "time", "cycle"]

UNSEEN = -1.0
"""Code of a value that no row of the train split has."""

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """One column of a table; a gap is nan in every kind.

    Parameters
    ----------
    name
        Its name.
    kind
        ``number``: values are numbers. ``category``, ``ordinal`` and ``yes-no``: values are codes, positions
        in ``categories``, or -1 where the train split does not have the value. ``date``: seconds since
        1970-01-01 (UTC). ``time``: seconds since midnight. ``cycle``: numbers that begin anew, as degrees do.
    categories
        What the codes stand for: of an ordinal in its order, of yes-no the no first.
    fill
        What stands in place of a gap, in new rows too; None where gaps stay.
    format
        How a date is written in texts, as of ``strptime``; empty for ISO 8601. Of ``%d.%m.%y<=2026`` no date
        lies after that year: those that would are a century earlier. ``%H%M`` and ``%H%M%S`` are times
        that are whole numbers. Of a cycle, its type: ``cycle 360``.
    place
        Its place in a column of lists of numbers, whose name is before the last dot of ``name``; else None.
    """

    name: str
    kind: ColumnKind = "number"
    categories: tuple[str, ...] = ()
    fill: float | None = None
    format: str = ""
    place: int | None = None

    @property
    def source(self) -> str:
        """The column of the data that it is of."""
        return self.name if self.place is None else self.name.rpartition(".")[0]

    @property
    def coded(self) -> bool:
        """Whether values are codes of categories."""
        return self.kind in ("category", "ordinal", "yes-no")

    @property
    def period(self) -> float:
        """After what values begin anew, of times and cycles; 0 of others."""
        if self.kind == "cycle":
            return float(self.format.rpartition(" ")[2])
        return _DAY * (self.kind == "time")

    @property
    def numeric(self) -> bool:
        """Whether values can be used as numbers as they are."""
        return self.kind in ("number", "yes-no")

    def written(self, value: float) -> str | float | None:
        """Return a value as its source has it: a number, a category, a date, a time; None for a gap."""
        if not math.isfinite(value):
            return None
        if self.coded:
            code = round(value)
            return self.categories[code] if 0 <= code < len(self.categories) else None
        if self.kind == "time":
            seconds = round(value) % _DAY
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if self.kind == "date":
            return _date(value)
        return float(value)


def ends(kind: ColumnKind) -> tuple[str, str]:
    """Return what the small and the large values of a column are called.

    Examples
    --------
    >>> ends("number"), ends("date")
    (('low', 'high'), ('early', 'late'))
    """
    return ("early", "late") if kind in ("date", "time") else ("low", "high")


def _date(seconds: float) -> str | float:
    try:
        moment = _EPOCH + timedelta(seconds=round(seconds))
    except OverflowError:
        return seconds
    if seconds % _DAY == 0:
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(" ")


def numbers(names: Iterable[str]) -> tuple[Column, ...]:
    """Return columns of numbers with these names."""
    return tuple(Column(str(name)) for name in names)
