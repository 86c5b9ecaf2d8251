"""Durations as texts: ``27:15:32``, ``3h 20m``, ``3y 4m``, ``PT5M``; as numbers they are seconds."""

from __future__ import annotations

import re
from typing import Any

from clusterforge.tables.arrow import all_match, any_match

SPAN = r"^-?[0-9]+(:[0-5][0-9]){1,2}([.,][0-9]+)?$"
"""Hours, minutes and seconds, or minutes and seconds."""
_RACE, _SECONDS = r"^[0-9]+:[0-5][0-9][.,][0-9]+$", r"^[0-9]+[.,][0-9]+$"
"""Minutes and parts of seconds, beside which what has no minutes is written as seconds: 57.87 and 1:02.34."""
_DAYS = re.compile(r"(-?[0-9]+) days?,? \+?([0-9]+:[0-9:.]+)")
"""Days and a clock, as pandas and Python write durations: ``0 days 06:00:00``."""
_UNITS = {"y": 31_557_600, "mo": 2_629_800, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = (
    r"([0-9]+(?:[.,][0-9]+)?) ?"
    r"((?:y|mo|w|d|h|m|s)(?:(?:ear|nth|n|eek|ay|r|our|in|inute|ec|econd)?s?))"
)
_PARTS = re.compile(_PART, re.IGNORECASE)
_IN_UNITS = rf"(?i)^(P[0-9T.,YDHMSW]+|{_PART}([ ,]*{_PART})+|-?[0-9]+ days?,? [+0-9:.]+)$"
"""Parts with their units, ISO 8601, or days and a clock."""
_SCORE = re.compile(r"(?i)result|score|ergebnis|spielstand|marcador|punteggio")
_OF_A_GAME = "^[0-9]+:[0-9]+$"
_WHOLE = re.compile(rf"P?T?({_PART}[ ,T]*)+", re.IGNORECASE)


def are_durations(different: Any, name: str) -> bool:
    """Tell whether texts are durations: one in several units, or all as clocks; 5m may be metres.

    Parameters
    ----------
    different, name
        The different values of a column, and how it is called: 30:35 may be the result of a game.
    """
    if not len(different):
        return False
    if not any_match(different, _IN_UNITS):
        if _SCORE.search(name) and all_match(different, _OF_A_GAME):
            return False
        form = f"{SPAN}|{_SECONDS}" if has_races(different) else SPAN
        return all_match(different, form)
    return None not in map(duration, different.to_pylist())


def has_races(values: Any) -> bool:
    """Tell whether some texts are minutes and parts of seconds."""
    return any_match(values, _RACE)


def race(text: str) -> float | None:
    """Return a duration in seconds, also one of seconds alone: 57.87; None where a text is none."""
    return float(text.replace(",", ".")) if re.fullmatch(_SECONDS, text) else duration(text)


def duration(text: str) -> float | None:
    """Return a duration in seconds; None where a text is none. Of two numbers the second is seconds."""
    if days := _DAYS.fullmatch(text):
        clock = duration(days[2])
        return None if clock is None else int(days[1]) * _UNITS["d"] + clock
    if re.fullmatch(SPAN, text):
        seconds = 0.0
        for part in text.removeprefix("-").replace(",", ".").split(":"):
            seconds = 60 * seconds + float(part)
        return -seconds if text.startswith("-") else seconds
    if not _WHOLE.fullmatch(text):
        return None
    iso = text[0] in "Pp"
    date, _, time = text.upper().partition("T") if iso else (text, "", "")
    return _sum(date, months=iso) + _sum(time, months=False)


def _sum(text: str, *, months: bool) -> float:
    """Return the seconds of parts with their units; m is a month behind years, and before T of ISO 8601."""
    seconds, before = 0.0, ""
    for number, word in _PARTS.findall(text.lower()):
        month = word.startswith("mo") or (word == "m" and (months or before == "y"))
        before = "mo" if month else word[0]
        seconds += float(number.replace(",", ".")) * _UNITS[before]
    return seconds
