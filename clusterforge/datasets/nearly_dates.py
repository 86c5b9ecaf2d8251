"""Columns of dates and times that are written otherwise than they are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.tables import (
    ISO,
    SPAN,
    TIME,
    are_durations,
    called_id,
    date_formats,
    different_texts,
    texts,
    unix_unit,
)
from clusterforge.tables.arrow import all_match, is_text
from clusterforge.tables.dates import (
    LOOKED_AT,
    by_format,
    dates_but_for_some,
    fitting,
    of_birth,
    unreadable_dates,
    until_today,
)
from clusterforge.tables.durations import race

FEW = 40
_CALLED_DURATION = re.compile(
    r"(?i)duration|elapsed|runtime|dauer|(lap|race|finish|call|talk|wait\w*|response|travel)[ _]?time"
)
_NO_DAY = (0.0, -1.0, 99_991_231.0)
_WRITTEN = (
    ("dates", "%Y%m%d", (19_000_101, 21_001_231)),
    ("moments", "%Y%m%d%H%M%S", (19_000_101_000_000, 21_001_231_235_959)),
    ("moments", "%Y%m%d%H%M", (190_001_010_000, 210_012_312_359)),
    ("months", "%Y%m", (190_001, 210_012)),
    ("days of years", "%Y%j", (1_900_001, 2_100_366)),
)
"""Days, moments and months as numbers, from when to when."""
_CALLED_MONTH = re.compile(r"(?i)month|monat|period|yyyymm")
_CALLED_TIME = re.compile(
    r"(?i:(^|.*[^a-z])((dep|arr|start|end)?time|utc|hhmm(ss)?|hrmn|uhr(zeit)?|heure|hora)([^a-z].*)?)|.*[a-z]Time"
)
_LAST, _MINUTES, FEWEST = 2_400, 60, 4  # of hours and minutes as 959, and different minutes
_LAST_SECOND = 235_959
_CENTURIES, _NEXT = (400_101, 1_501_231), 1_000_000  # CYYMMDD, whose C is 0 for 19 and 1 for 20
_LATER = 19_000_000
_OTHER_ORDERS = (
    *("%d%m%Y", "%m%d%Y", "%y%m%d", "%d%m%y", "%m%d%y"),
    *("%y%m%d%H%M%S", "%y%m%d%H%M", "%d%m%Y%H%M%S", "%d%m%Y%H%M"),
)
_MANY_DAYS = 8  # different ones that are dates by no coincidence
_CUT_MOMENT = r"^[0-5]?[0-9]:[0-5][0-9]\.[0-9]$"
YEAR = 12  # months in a row that are no coincidence
_WITH_ZONE = r"(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$"
AHEAD, YEAR_LONG = (300, 600), 365.25 * 86_400  # years, and seconds of one
_THOUSANDFOLD = 1e11  # between moments in seconds and those in milliseconds
_OFFICE = (20_000, 60_000)  # days since 1900 of 1954 and 2064, as spreadsheets count them
CALLED_DATE = re.compile(
    r"(?i:(^|.*[^a-z])(date|datum|fecha|datetime|timestamp|day)([^a-z].*)?)|.*[a-z](Date|Day|At|On)|.*_(at|on)"
)


def nearly_dates(rows: Rows, name: str) -> str | None:
    """Say as what the texts of a column, or its whole numbers, are dates or times.

    Parameters
    ----------
    rows
        The train split.
    name
        A column of texts or whole numbers that nothing says the kind of.
    """
    values = rows.table[name]
    if not is_text(values.type):
        return _days(rows, name)
    different = different_texts(values)
    if len(different) < 2 or all_match(different, ISO):
        return None
    few = different.slice(0, LOOKED_AT).to_pylist()
    if all_match(different, TIME):
        setting = rows.type_setting(name, "number")
        durations = f"; for durations {setting}" * all_match(different, SPAN)
        return (
            f"column {name!r:.60} looks like times ({few[0]!r:.40}): to use them as times of day, set "
            f"{rows.type_setting(name, 'time')}{durations}"
        )
    forms = [of_birth(few, form, name) for form in date_formats(few)]
    remedy = None if forms else unreadable_dates(few)
    if forms:
        other = f', or "{forms[1]}"' if len(forms) > 1 else ""
        remedy = f"set {rows.type_setting(name, forms[0])}{other}"
    if not remedy:
        return _but_for_some(rows, name, different)
    return f"column {name!r:.60} looks like dates ({few[0]!r:.40}): to use them as dates, {remedy}"


def after_today(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say which dates may be of another century, and of which moments some alone have a zone.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The train split as it is written.
    """
    now = datetime.now(UTC).timestamp()
    for at, column in enumerate(columns):
        dates = values[:, at] if column.kind == "date" else values[:0, at]
        ahead = (dates[np.isfinite(dates)].astype(np.float64) - now) / YEAR_LONG
        if len(ahead) and AHEAD[0] < ahead.min() and ahead.max() < AHEAD[1]:
            latest = column.written(float(np.nanmax(dates)))
            yield (
                f"dates of column {column.name!r:.60} are all centuries ahead ({latest}): if these are years "
                "of the Thai calendar, write them 543 years earlier"
            )
        written = rows.table[column.source]
        if is_text(written.type) and not column.format:
            moments = texts(written).filter(pc.match_substring(texts(written), ":"))
            zoned = pc.sum(pc.match_substring_regex(moments, _WITH_ZONE)).as_py() or 0
            if 0 < zoned < len(moments):
                yield (
                    f"moments of column {column.name!r:.60} without a zone ({len(moments) - zoned:,} of "
                    f"{len(moments):,}) are taken as UTC beside the others: write all with their zone"
                )
        own = values[:, at] if "%y" in column.format else values[:0, at]
        if not np.isfinite(own).any():
            continue
        latest = int(np.nanargmax(own))
        ends = float(np.nanmin(own)), float(own[latest])
        if form := until_today(column.format, ends, column.name):
            text = texts(rows.table[column.source].slice(latest, 1))[0].as_py()
            yield (
                f"dates of column {column.name!r:.60} reach by {column.format} to {column.written(ends[1])} "
                f"({text!r:.40}): if those after {form[-4:]} are of the century before, set "
                f"{rows.type_setting(column.name, form)}"
            )


def nearly_durations(rows: Rows, name: str) -> str | None:
    """Say that values are durations and no times of day: they are called so, or are none of a day."""
    values = rows.table[name]
    if pa.types.is_time(values.type):
        if not _CALLED_DURATION.search(name):
            return None
        of_day, few = True, [str(values.drop_null()[0])]
    elif is_text(values.type):
        first = texts(values.slice(0, FEW)).drop_null().to_pylist()
        if None in map(race, first):  # before all values are compared
            return None
        different = different_texts(values)
        of_day = all_match(different, TIME)
        called = _CALLED_DURATION.search(name)
        if (of_day and not called) or not are_durations(different, name):
            return None
        few = different.slice(0, 1).to_pylist()
        if CALLED_DATE.fullmatch(name) and all_match(different, _CUT_MOMENT):
            return (
                f"column {name!r:.60} holds minutes and seconds ({few[0]!r:.40}), as spreadsheets leave of "
                "moments, without day and hour: write the file again with whole moments"
            )
    else:
        return None
    times = f"; for times of day {rows.type_setting(name, 'time')}" * of_day
    return (
        f"column {name!r:.60} looks like durations ({few[0]!r:.40}): to use them as numbers of seconds, set "
        f"{rows.type_setting(name, 'number')}{times}"
    )


def _but_for_some(rows: Rows, name: str, different: Any) -> str | None:
    """Say what keeps a column from being one of dates, where at least half of its values are."""
    if not (found := dates_but_for_some(different)):
        return None
    place = rows.place(pc.index(texts(rows.table[name]), found.value).as_py())
    if found.two:
        return (
            f"column {name!r:.60} holds dates with the day first and others with the month first "
            f"({found.value!r:.40}, {place}, is none by {found.form}): write all in one order"
        )
    setting = f" set {rows.type_setting(name, found.form)}, and" if found.form else ""
    return (
        f"column {name!r:.60} is no column of dates, for {found.value!r:.40} ({place}), but "
        f"{found.dates:,} of {found.of:,} different values are dates:{setting} name such values in "
        "na_values, or write all in one form"
    )


def _days(rows: Rows, name: str) -> str | None:
    """Say that numbers are days or moments: as numbers, the day after 20240131 is 70 away."""
    values = rows.table[name]
    if not (pa.types.is_integer(values.type) or pa.types.is_float64(values.type)):
        return None
    values = values.cast(pa.float64(), safe=False)  # which holds what small integers can't
    days = values.filter(pc.invert(pc.is_in(values, value_set=pa.array(_NO_DAY))))
    ends = pc.min_max(days)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    if least is None or least == most:
        return None
    dated = bool(CALLED_DATE.fullmatch(name))
    unit = None if called_id(name) else unix_unit(least, most, dated=dated)
    gaps = [f"{day:.0f}" for day in _NO_DAY if pc.index(values, day).as_py() >= 0]
    also = ""
    if gaps:
        are, them = ("is", "it") if len(gaps) == 1 else ("are", "them")
        also = (
            f"; {' and '.join(gaps)} {are} none: leave {them} empty, or name {them} in na_values if no "
            f"other column has {them}"
        )
    seen, use = f"column {name!r:.60} holds numbers that look like", "to use them as dates"
    if unit:
        setting = rows.type_setting(name, "date")
        return f"{seen} Unix {unit} ({least:.15g}): {use}, set {setting}{also}"
    if least < _THOUSANDFOLD < most and not called_id(name):
        below = pc.less(days, _THOUSANDFOLD)
        parts = [pc.min_max(days.filter(part)).as_py() for part in (below, pc.invert(below))]
        units = [unix_unit(part["min"], part["max"], dated=dated) for part in parts]
        if all(units):
            both = f"Unix {units[0]} ({least:.15g}) and {units[1]} ({most:.15g})"
            return f"{seen} {both}: write all in one unit{also}"
    if _OFFICE[0] <= least and most <= _OFFICE[1] and dated:
        return (
            f"{seen} the days of a spreadsheet or of a program of statistics ({least:.15g}): {use}, give "
            "them the form of a date there, and write the file again"
        )
    few = [f"{value:.15g}" for value in days.unique().drop_null().slice(0, LOOKED_AT).to_pylist()]
    for what, form, (first, last) in _WRITTEN:
        if not (first <= least and most <= last and all(fitting(few, form))):
            continue
        certain = {
            "moments": not called_id(name),
            "months": _CALLED_MONTH.search(name) or _follow(few),
            "days of years": dated or "ddd" in name.lower(),
        }
        if certain.get(what, True):
            return f"{seen} {what} ({few[0]}): {use}, set {rows.type_setting(name, form)}{also}"
    if _CENTURIES[0] <= least and _NEXT < most <= _CENTURIES[1] and not called_id(name):
        whole = [f"{float(value) + _LATER:.0f}" for value in few]
        if len(few) >= _MANY_DAYS and all(fitting(whole, "%Y%m%d")):
            setting = rows.type_setting(name, "%Y%m%d")
            seen += f" dates with the century first ({most:.0f})"
            return f"{seen}: {use}, add {_LATER} to each, and set {setting}{also}"
    called_time = _CALLED_TIME.fullmatch(name) and least >= 0
    if dated and not called_time and (forms := _in_other_order(few)):
        other = f', or "{forms[1]}"' if len(forms) > 1 else ""
        setting = rows.type_setting(name, forms[0])
        return f"{seen} dates ({few[0]}): {use}, set {setting}{other}{also}"
    if called_time and _LAST / 2 < most <= _LAST_SECOND:
        clocks = [int(value) for value in days.unique().drop_null().to_pylist()]
        seconds = most > _LAST
        parts = [{clock % 100 for clock in clocks}]
        parts += [{clock // 100 % 100 for clock in clocks}] * seconds
        odd = [minute for minute in parts[0] if minute % 10]
        few_minutes = min(map(len, parts)) < FEWEST or len(odd) < 2
        if not few_minutes and max(map(max, parts)) < _MINUTES:
            also_seconds = ", minutes and seconds" if seconds else " and minutes"
            return (
                f"{seen} hours{also_seconds} ({most:.15g}): to use them as times of day, set "
                f"{rows.type_setting(name, 'time')}"
            )
    return None


def _in_other_order(few: list[str]) -> list[str]:
    """Return the formats by which numbers are dates with the day, the month or a short year first."""
    if len(few) < _MANY_DAYS:
        return []
    longest = max(map(len, few))
    padded = [
        text.rjust(longest + longest % 2, "0") for text in few
    ]  # 2032024 is the second of March
    spans = {}
    of_years = {"%y%j": [text.zfill(5) for text in few]} if longest == 5 else {}
    for form in (*_OTHER_ORDERS, *of_years):
        found = [by_format(text, form) for text in of_years.get(form, padded)]
        seconds = [one for one in found if one is not None]
        if len(seconds) == len(found):
            spans[form] = max(seconds) - min(seconds)
    return sorted(spans, key=lambda form: spans[form])  # 120825 beside 130825 is of 2025, not 2012


def _follow(months: list[str]) -> bool:
    """Tell whether among different months, as 202401, there are twelve in a row."""
    numbers = sorted(12 * int(month[:-2]) + int(month[-2:]) for month in months)
    return any(
        last - first < YEAR for first, last in zip(numbers, numbers[YEAR - 1 :], strict=False)
    )
