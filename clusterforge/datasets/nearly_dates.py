"""Columns of dates that are written otherwise than dates are recognised."""

from __future__ import annotations

from datetime import datetime

import pyarrow.compute as pc

from clusterforge.datasets.table_rows import Rows
from clusterforge.tables import texts

LOOKED_AT = 200  # different values
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
    *("%d %B %Y", "%Y-%m-%d"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = tuple(f"{day}{time}" for day in _DAYS for time in _TIMES)


def nearly_dates(rows: Rows, name: str) -> str | None:
    """Say by which formats the texts of a column are dates.

    Parameters
    ----------
    rows
        The train split.
    name
        A column of texts that is none of dates as they are recognised.
    """
    values = texts(rows.table[name].unique()).unique().drop_null()
    looked_at = values.slice(0, LOOKED_AT).to_pylist()
    if len(looked_at) < 2 or not pc.all(pc.match_substring_regex(values, "[0-9]")).as_py():
        return None
    fitting = [one for one in FORMATS if _fits(looked_at, one)]
    if not fitting:
        return None
    other = f', or "{fitting[1]}"' if len(fitting) > 1 else ""
    return (
        f"column {name!r:.60} looks like dates ({looked_at[0]!r:.40}): to use them as dates, set types = "
        f'{{"{name:.60}" = "{fitting[0]}"}}{other}'
    )


def _fits(values: list[str], form: str) -> bool:
    try:
        for value in values:
            datetime.strptime(value, form)
    except ValueError:
        return False
    return True
