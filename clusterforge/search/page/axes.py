"""The keys that vary, as charts and tables have them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from clusterforge.formats import NONE
from clusterforge.report.text import clean
from clusterforge.search.records import AxisRecord, SweepRecord, TrialRecord
from clusterforge.search.space import label

MAX_OPTIONS = 16
LOG_RANGE = 100


@dataclass(frozen=True)
class Axis:
    """A key that varies.

    Parameters
    ----------
    key
        In the recipe.
    title
        The end of the key, as much of it as no other key ends in.
    places
        Of each trial: its value, or the number of its option; None where it does not set the key.
    options
        What the values are called where they are few or no numbers, in their order.
    numbers
        Whether all values are numbers.
    log
        Whether the logarithm is spread evenly.
    """

    key: str
    title: str
    places: tuple[float | None, ...]
    options: tuple[str, ...]
    numbers: bool
    log: bool

    def text(self, trial: int) -> str:
        """Return what a trial sets, as a reader sees it."""
        place = self.places[trial]
        if place is None:
            return NONE
        return self.options[int(place)] if self.options else label(place)

    @cached_property
    def extent(self) -> tuple[float, float]:
        """The least and the greatest place."""
        places = [place for place in self.places if place is not None]
        return (min(places), max(places)) if places else (0.0, 0.0)

    @property
    def is_count(self) -> bool:
        """Whether it is a number of clusters."""
        return self.numbers and self.key.endswith("n_clusters")

    def end(self, trial: int) -> str | None:
        """Return ``smallest`` or ``largest`` where a trial has an extreme of at least three numbers."""
        place, (low, high) = self.places[trial], self.extent
        if not self.numbers or place is None or len({*self.places} - {None}) < 3:
            return None
        return {low: "smallest", high: "largest"}.get(place)


def axes(sweep: SweepRecord, trials: Sequence[TrialRecord]) -> list[Axis]:
    """Return the keys that vary among trials, in the order of the recipe."""
    records = {record.key: record for record in sweep.axes}
    keys = [*records, *(key for trial in trials for key in trial.values if key not in records)]
    titles = _titles(list(dict.fromkeys(keys)))
    listed = sweep.method == "grid"
    return [_axis(key, title, records.get(key), trials, listed) for key, title in titles.items()]


def _axis(
    key: str,
    title: str,
    record: AxisRecord | None,
    trials: Sequence[TrialRecord],
    listed: bool,
) -> Axis:
    """Return an axis; ``listed``: a range is the few values of it that a grid has."""
    values = [trial.values.get(key) for trial in trials]
    distinct = {_text(value): value for value in values if value is not None}
    numbers = [value for value in distinct.values() if _is_number(value)]
    plain = len(numbers) == len(distinct)
    ranged = record is not None and not record.values
    if plain and ((ranged and not listed) or len(distinct) > MAX_OPTIONS):
        places = tuple(None if value is None else _number(value) for value in values)
        spread = [_number(value) for value in numbers]
        log = min(spread, default=0) > 0 and (
            record.log if record is not None and ranged else max(spread) >= LOG_RANGE * min(spread)
        )
        return Axis(key, title, places, (), True, log)
    known = [] if record is None else [_text(value) for value in record.values]
    order = [*(text for text in known if text in distinct), *distinct]
    order = list(dict.fromkeys(order))
    if plain:
        order.sort(key=lambda text: float(text))
    rank = {text: float(i) for i, text in enumerate(order)}
    places = tuple(None if value is None else rank[_text(value)] for value in values)
    return Axis(
        key, title, places, tuple(_labels([distinct[text] for text in order])), plain, False
    )


def _titles(keys: Sequence[str]) -> dict[str, str]:
    """Return for each key the shortest end that begins with a word and that no other key has."""
    ends = {key: list(_ends(key)) for key in keys}
    often = Counter(end for of_key in ends.values() for end in of_key)
    return {key: next((e for e in of if often[e] == 1), key) for key, of in ends.items()}


def _ends(key: str) -> Iterator[str]:
    parts = key.split(".")
    for first in range(len(parts) - 1, -1, -1):
        if not parts[first].isdigit():
            yield ".".join(parts[first:])


def _labels(values: Sequence[JsonValue]) -> list[str]:
    """Return distinct texts for values; tables that name the same plugins by what differs in them."""
    names = [label(value) for value in values]
    texts, often = list(names), Counter(names)
    flat = [dict(_flat(value)) for value in values]
    for i, name in enumerate(names):
        if often[name] > 1:
            alike = [of for of, other in zip(flat, names, strict=True) if other == name]
            places = dict.fromkeys(place for of in alike for place in of)
            differ = [p for p in places if len({_text(of.get(p)) for of in alike}) > 1]
            own = [f"{p.split('.')[-1]} {label(flat[i][p])}" for p in differ if p in flat[i]]
            texts[i] = f"{name} {', '.join(own)}".strip()
    often = Counter(texts)
    return [clean(t) if often[t] == 1 else clean(f"{t} ({i + 1})") for i, t in enumerate(texts)]


def _flat(value: JsonValue, place: str = "") -> Iterator[tuple[str, JsonValue]]:
    items: list[tuple[str, JsonValue]]
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = [(str(i), item) for i, item in enumerate(value)]
    else:
        yield place, value
        return
    for name, item in items:
        yield from _flat(item, f"{place}.{name}")


def _text(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _number(value: JsonValue) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
