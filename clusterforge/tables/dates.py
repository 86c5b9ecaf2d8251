"""The formats by which texts are dates that are not written as ISO 8601 has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

LOOKED_AT = 200  # different values
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?)?$"
"""How dates and moments are written that are recognised."""
_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *(
        "%d/%m/%y",
        "%m/%d/%y",
        "%d.%m.%y",
        "%b %d, %Y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%B %d, %Y",
    ),
    *("%d %B %Y", "%a, %d %b %Y", "%Y-%m-%d"),
)
_MONTHS = ("%Y-%m", "%m/%Y", "%m.%Y", "%Y/%m", "%b %Y", "%B %Y", "%b-%y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = (*(f"{day}{time}" for day in _DAYS for time in _TIMES), *_MONTHS)


def date_formats(values: Sequence[str]) -> tuple[str, ...]:
    """Return the formats, as of ``strptime``, by which each of some different texts is a date or moment.

    Several where the texts leave open whether the day or the month comes first; the first 200 are looked at.
    """
    looked_at = [value.strip() for value in values[:LOOKED_AT]]
    if len(looked_at) < 2:
        return ()
    return tuple(form for form in FORMATS if _fits(looked_at, form))


def most_fitting(values: Sequence[str]) -> str:
    """Return the format by which most of some texts are dates."""
    return max(FORMATS, key=lambda form: sum(fitting(values, form)))


def fitting(values: Sequence[str], form: str) -> list[bool]:
    """Return which texts are dates by a format."""
    return [_fits([value], form) for value in values]


def _fits(values: Sequence[str], form: str) -> bool:
    try:
        for value in values:
            datetime.strptime(value, form)
    except ValueError:
        return False
    return True
