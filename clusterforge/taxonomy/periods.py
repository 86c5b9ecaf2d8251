"""The rows of one run, dealt to periods by a column of its source."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clusterforge.contracts import Column, IntArray, Items, Points, Split, Table, Texts
from clusterforge.errors import InputError, nearest
from clusterforge.formats import count
from clusterforge.models.image_rows import AnyImages
from clusterforge.pipeline.result import Run
from clusterforge.tables import matrix
from clusterforge.taxonomy.fitting import Fitting
from clusterforge.taxonomy.rows import NewRows

if TYPE_CHECKING:
    import pandas as pd

Period = Literal["day", "week", "month", "quarter", "year", "value"]
PERIODS: tuple[Period, ...] = get_args(Period)
_PANDAS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
FEWEST, MOST = 2, 200
SHORT = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})(.*)$"
SHORTER = r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d)"
ZONE = r"(?<=\d)\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$"
MONTHS = 12


def periods(
    run: Run, fitting: Fitting, clusterer: str, column: str, period: Period
) -> tuple[NewRows, ...]:
    """Return the train rows of a run, period by period.

    Parameters
    ----------
    run
        The run.
    fitting
        Says where rows are compared.
    clusterer
        Whose clusters they have.
    column
        A column of the run's source.
    period
        How long a period is; ``value``: each value of the column is one.

    Raises
    ------
    InputError
        Where the source has no such column, or it holds no dates.
    """
    table, rows = _source(run, column)
    labels, left = _labels(table[column], period, column)
    train = run.files.assignments.rows("train")
    of_row = np.full(len(run.files.assignments), None, dtype=object)
    of_row[rows] = labels
    here = of_row[train]
    names = sorted({label for label in here.tolist() if label is not None}, key=_order)
    if not FEWEST <= len(names) <= MOST:
        raise InputError(
            f"the rows fall into {count(len(names), 'period')}; from {FEWEST} to {MOST} can be followed",
            key="--period",
            remedy=f"one of {', '.join(PERIODS)}",
        )
    embedding, numbers = run.embedding(), run.labels(clusterer)
    space = None if fitting.before is None else fitting.own_space()
    items, ids = _items(run, table, rows), run.files.assignments.ids[train]
    what = "value" if period == "value" else "date"
    notes = [f"{count(left, 'row')} of the source without a {what} in {column!r} left out"] * (
        left > 0
    )
    copies = sum(
        some.rows for some in run.info.data.left_out if "copy of another row" in some.reason
    )
    if copies:
        notes.append(f"{count(copies, 'row')} left out as in the run: copies of others")
    found = []
    for name in names:
        at = np.flatnonzero(here == name)
        split = Split("train", items, ids=ids).some(at)
        found.append(
            NewRows(
                points=Points(embedding[at], wide=None if space is None else space[at]),
                split=split,
                label=str(name),
                source=f"{run.info.name}, {column} {name}",
                numbers=numbers[at],
                notes=tuple(notes),
            )
        )
    return tuple(found)


def _source(run: Run, column: str) -> tuple[pa.Table, IntArray]:
    """Return the source's rows that are in the run, and for each its place in the assignments."""
    entry = run.recipe.dataset
    tables = entry.build().source_tables(run.info.data.source)
    if tables is None:
        raise InputError("the run's source has no columns", key="--by", file=str(run.folder))
    wanted = {column, *(feature.source for feature in run.info.data.features)}
    parts, names = [], set()
    for table in tables:
        names = set(table.column_names)
        parts.append(table.select([name for name in table.column_names if name in wanted]))
    if column not in names:
        raise InputError(
            f"there is no column {column!r}", key="--by", remedy=nearest(column, names)
        )
    row = run.files.source_rows.row
    held = np.flatnonzero(row >= 0)
    return pa.concat_tables(parts).take(pa.array(held)), row[held]


def _labels(
    column: pa.ChunkedArray, period: Period, name: str
) -> tuple[npt.NDArray[np.object_], int]:
    """Return the period of each value, None for none, and how many have none."""
    import pandas as pd

    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        raise InputError(
            f"column {name!r} holds {column.type}, no periods", key="--by", remedy="name another"
        )
    if period == "value":
        values = np.array([_value(value) for value in column.to_pylist()], dtype=object)
        return values, sum(value is None for value in values.tolist())
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        raise InputError(
            f"column {name!r} holds numbers, not dates", key="--by", remedy="set --period value"
        )
    texts = _year_first(pd.Series(column.to_pylist()), name)
    # The day is that of the clock where it was written.
    texts = texts.map(_without_zone)
    dates = pd.to_datetime(texts, errors="coerce", utc=True, format="mixed")
    missing = dates.isna()
    if missing.mean() > 0.5:
        raise InputError(
            f"{missing.sum():,} of {len(dates):,} values of column {name!r} are no dates",
            key="--by",
            remedy="name a column of dates as 2026-11-28, or set --period value",
        )
    spans = dates.dt.tz_localize(None).dt.to_period(_PANDAS[period])
    start = spans.dt.start_time.dt.strftime("%Y-%m-%d") if period == "week" else spans.astype(str)
    labels = np.array(start.tolist(), dtype=object)
    labels[missing.to_numpy()] = None
    return labels, int(missing.sum())


def _year_first(values: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Write dates as 28.11.2026 and 11/28/2026 with the year first; with slashes the column shows the order.

    Raises
    ------
    InputError
        Where it does not.
    """
    texts = values.astype("string").str.strip()
    shorter = texts.str.contains(SHORTER, na=False)
    if shorter.any():
        raise InputError(
            f"column {name!r} has years of two digits, as {texts[shorter].iloc[0]}",
            key="--by",
            remedy="write them as 2026-11-28",
        )
    parts = texts.str.extract(SHORT)
    short = parts[0].notna()
    slashed = parts[short & (parts[1] != ".")]
    day_first, month_first = (bool((slashed[i].astype(int) > MONTHS).any()) for i in (0, 2))
    if len(slashed) and day_first == month_first:
        problem = (
            "both with the day and with the month first" if day_first else "in an unclear order"
        )
        raise InputError(
            f"column {name!r} has dates {problem}, as {values[slashed.index[0]]}",
            key="--by",
            remedy="write them as 2026-11-28",
        )
    swapped = (parts[1] != ".") & (not day_first)
    day, month = parts[0].where(~swapped, parts[2]), parts[2].where(~swapped, parts[0])
    year = parts[3] + "-" + month.str.zfill(2) + "-" + day.str.zfill(2) + parts[4]
    return values.where(~short, year)


def _without_zone(value: object) -> object:
    """Return a date or moment without its zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return re.sub(ZONE, "", value.strip()) if isinstance(value, str) else value


def _value(value: object) -> object:
    """Return a value as a period: numbers that are texts in their order, spaces around texts left out."""
    if isinstance(value, str):
        text = value.strip()
        number = re.fullmatch(r"[+-]?\d{1,15}(\.\d*)?", text)
        value = float(text) if number and not re.match(r"[+-]?0\d", text) else text or None
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value


def _order(value: object) -> tuple[bool, float, str]:
    """Numbers in their order, and then texts in theirs."""
    number = isinstance(value, int | float)
    return not number, float(value) if isinstance(value, int | float) else 0.0, str(value)


def _items(run: Run, table: pa.Table, rows: IntArray) -> Items:
    """Return what a reader sees of the train rows."""
    data = run.info.data
    train = run.files.assignments.rows("train")
    if data.content == "table":
        columns = tuple(c for c in data.features if c.source in table.column_names)
        values = np.full((len(run.files.assignments), len(columns)), np.nan)
        for i, column in enumerate(columns):
            values[rows, i] = _values(table, column)
        return Table(values[train], columns) if columns else Table(run.embedding())
    shown = run.files.items("train")
    items: Sequence[object] = shown.take(np.arange(len(shown)))
    if data.content == "text":
        return Texts([str(item or "") for item in items])
    from PIL import Image

    pictures = []
    for item in items:
        with Image.open(BytesIO(item if isinstance(item, bytes) else b"")) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        pictures.append(pixels)
    return AnyImages(pictures)


def _values(table: pa.Table, column: Column) -> npt.NDArray[np.float64]:
    """Return a feature as the run read it; what it can't be here, as numbers written otherwise, is a gap."""
    try:
        values: npt.NDArray[np.float64] = matrix(table, [column])[:, 0].astype(np.float64)
    except InputError:
        values = np.full(len(table), np.nan)
    return values
