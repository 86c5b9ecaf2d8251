"""Columns of dates that are written otherwise than dates are recognised."""

from __future__ import annotations

from clusterforge.datasets.table_rows import Rows, type_setting
from clusterforge.tables import date_formats, texts
from clusterforge.tables.dates import LOOKED_AT


def nearly_dates(rows: Rows, name: str) -> str | None:
    """Say by which formats the texts of a column are dates.

    Parameters
    ----------
    rows
        The train split.
    name
        A column of texts that is none of dates as they are recognised.
    """
    values = texts(rows.table[name].unique()).unique().drop_null().slice(0, LOOKED_AT).to_pylist()
    fitting = date_formats(values)
    if not fitting:
        return None
    other = f', or "{fitting[1]}"' if len(fitting) > 1 else ""
    return (
        f"column {name!r:.60} looks like dates ({values[0]!r:.40}): to use them as dates, set "
        f"{type_setting(name, fitting[0])}{other}"
    )
