"""What a sweep tries: values by key, read from ``[search.space]`` and counted before any is made."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from pydantic import JsonValue

from clusterforge.errors import RecipeError

Values = dict[str, JsonValue]
"""One value for each key that a trial sets, in the order in which they are set."""

PLACE = "search.space"
RANGE = {"low", "high", "log", "step", "points"}
LABEL = 60


class Suggests(Protocol):
    """What chooses values one by one: a trial of Optuna."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """Return one of the choices."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """Return a number in [low, high]."""

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """Return an integer in [low, high]."""


@dataclass(frozen=True)
class Range:
    """Numbers between two; integers where both are.

    Parameters
    ----------
    low, high
        The bounds, both included.
    log
        Whether the logarithm is spread evenly, not the value.
    points
        How many of them a grid has; None where all integers count.
    """

    low: float
    high: float
    log: bool = False
    points: int | None = None

    @property
    def integer(self) -> bool:
        """Whether the values are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def size(self) -> int | None:
        """How many values a grid has here; None where nothing says it."""
        if self.points is not None:
            return len(self.values()) if self.points <= 10_000 else self.points
        return int(self.high - self.low) + 1 if self.integer and not self.log else None

    def values(self) -> list[JsonValue]:
        """Return the values of a grid."""
        if self.points is None:
            return [*range(int(self.low), int(self.high) + 1)]
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        steps = max(1, self.points - 1)
        spread = [low + (high - low) * i / steps for i in range(self.points)]
        values = [math.exp(value) if self.log else value for value in spread]
        values[0] = self.low
        if self.points > 1:
            values[-1] = self.high
        if self.integer:
            return [*dict.fromkeys(round(value) for value in values)]
        return [float(f"{value:.6g}") for value in values]

    def ends(self) -> list[JsonValue]:
        """Return the values by which all are judged valid."""
        return [self.low, self.high]

    def suggest(self, key: str, trial: Suggests) -> JsonValue:
        """Return a value that the trial chooses."""
        if self.integer:
            return trial.suggest_int(key, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(key, float(self.low), float(self.high), log=self.log)


@dataclass(frozen=True)
class Option:
    """One of several values; a table may have dimensions of its own, which count only if it is chosen."""

    value: JsonValue
    inner: tuple[Dimension, ...] = ()

    @property
    def size(self) -> int | None:
        """How many combinations it stands for."""
        return _product(dimension.size for dimension in self.inner)

    def combinations(self, key: str) -> Iterator[Values]:
        """Yield its values with all those of its own dimensions."""
        for below in _combinations(self.inner):
            yield {key: self.value, **below}


@dataclass(frozen=True)
class Choices:
    """Some values, of any kind."""

    options: tuple[Option, ...]

    @property
    def size(self) -> int | None:
        """How many combinations they stand for."""
        sizes = [option.size for option in self.options]
        return None if None in sizes else sum(size for size in sizes if size is not None)


@dataclass(frozen=True)
class Dimension:
    """A key of the recipe and the values that it takes."""

    key: str
    domain: Choices | Range

    @property
    def size(self) -> int | None:
        """How many combinations a grid has of it; None where a range says no number."""
        return self.domain.size

    def combinations(self) -> Iterator[Values]:
        """Yield all that a grid sets for it."""
        if isinstance(self.domain, Range):
            yield from ({self.key: value} for value in self.domain.values())
            return
        for option in self.domain.options:
            yield from option.combinations(self.key)

    def suggest(self, trial: Suggests, prefix: str = "") -> Values:
        """Return what a trial chooses for it."""
        name = prefix + self.key
        if isinstance(self.domain, Range):
            return {self.key: self.domain.suggest(name, trial)}
        chosen = trial.suggest_categorical(name, tuple(range(len(self.domain.options))))
        option = self.domain.options[chosen]
        values: Values = {self.key: option.value}
        for dimension in option.inner:
            values |= dimension.suggest(trial, f"{name}[{chosen}]:")
        return values

    def cases(self) -> Iterator[Values]:
        """Yield sets of values in which each that can occur is there at least once."""
        if isinstance(self.domain, Range):
            yield from ({self.key: value} for value in self.domain.ends())
            return
        for option in self.domain.options:
            first: Values = {self.key: option.value}
            for dimension in option.inner:
                first |= next(dimension.cases())
            yield first
            for dimension in option.inner:
                yield from (first | case for case in itertools.islice(dimension.cases(), 1, None))

    def unbounded(self) -> Iterator[str]:
        """Yield the keys of ranges that are no list for a grid."""
        if isinstance(self.domain, Range):
            if self.domain.size is None:
                yield self.key
            return
        for option in self.domain.options:
            for dimension in option.inner:
                yield from dimension.unbounded()


@dataclass(frozen=True)
class Space:
    """All dimensions of a sweep.

    Parameters
    ----------
    dimensions
        In the order of the recipe.
    file
        The recipe's file, for messages.
    """

    dimensions: tuple[Dimension, ...]
    file: str | None = None

    @classmethod
    def read(cls, table: Mapping[str, Any], file: str | None) -> Space:
        """Return the space that ``[search.space]`` describes.

        Raises
        ------
        RecipeError
            Where it is empty, or a key's values are no list and no range.
        """
        reader = _Reader(file)
        dimensions = tuple(Dimension(key, reader.domain(key, value)) for key, value in _flat(table))
        if not dimensions:
            raise RecipeError(
                "is empty",
                key=PLACE,
                remedy='name a key and its values: "clusterer.0.n_clusters" = [5, 10]',
                file=file,
            )
        return cls(dimensions, file)

    @cached_property
    def size(self) -> int | None:
        """How many combinations there are; None where a range says no number."""
        return _product(dimension.size for dimension in self.dimensions)

    def check_grid(self, most: int) -> int:
        """Return the number of combinations.

        Raises
        ------
        RecipeError
            Where a range is no list, or there are more than so many.
        """
        for dimension in self.dimensions:
            for key in dimension.unbounded():
                raise RecipeError(
                    "a grid needs to know how many values",
                    key=f"{PLACE}.{key}",
                    remedy='list them, add points = 5, or set search.method = "random"',
                    file=self.file,
                )
        assert self.size is not None
        if self.size > most:
            raise RecipeError(
                f"has {self.size:,} combinations, and a grid can have {most:,}",
                key=PLACE,
                remedy='leave values out, or set search.method = "random" and search.trials',
                file=self.file,
            )
        return self.size

    def combinations(self) -> Iterator[Values]:
        """Yield every combination of a grid, the last key varying fastest."""
        yield from _combinations(self.dimensions)

    def suggest(self, trial: Suggests) -> Values:
        """Return what a trial chooses."""
        values: Values = {}
        for dimension in self.dimensions:
            values |= dimension.suggest(trial)
        return values

    def cases(self) -> Iterator[Values]:
        """Yield sets of values in which each that can occur is there at least once.

        All combinations where there are few, for some values are only invalid together.
        """
        if self.size is not None and self.size <= 64:
            yield from self.combinations()
            return
        first: Values = {}
        for dimension in self.dimensions:
            first |= next(dimension.cases())
        yield first
        for dimension in self.dimensions:
            keys = _keys(dimension)
            rest = {key: value for key, value in first.items() if key not in keys}
            for case in itertools.islice(dimension.cases(), 1, None):
                # In the order of the dimensions: a table is set before keys in it.
                yield {
                    k: v
                    for d in self.dimensions
                    for k, v in (case if d is dimension else {}).items()
                } | rest

    def axes(self) -> dict[str, Choices | Range]:
        """Return every key that may vary, with its domain; keys of several options once."""
        found: dict[str, Choices | Range] = {}

        def walk(dimensions: tuple[Dimension, ...]) -> None:
            for dimension in dimensions:
                found.setdefault(dimension.key, dimension.domain)
                if isinstance(dimension.domain, Choices):
                    for option in dimension.domain.options:
                        walk(option.inner)

        walk(self.dimensions)
        return found


def label(value: JsonValue) -> str:
    """Return a value as a reader sees it: a table by the plugins that it names."""
    if isinstance(value, dict) and isinstance(value.get("use"), str):
        return str(value.get("id") or value["use"])
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return " + ".join(label(item) for item in value)
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"


class _Reader:
    def __init__(self, file: str | None) -> None:
        self.file = file

    def domain(self, key: str, value: Any) -> Choices | Range:
        if isinstance(value, Mapping) and value.keys() >= {"low", "high"}:
            return self._range(key, value)
        if not isinstance(value, list) or not value:
            raise self._wrong(key, "must be a list of values, or {low, high}")
        options = tuple(self._option(key, item) for item in value)
        plain = [json.dumps(option.value, sort_keys=True) for option in options if not option.inner]
        for number, text in enumerate(plain):
            if text in plain[:number]:
                raise self._wrong(key, f"has the value {text} twice", "leave one of them out")
        return Choices(options)

    def _range(self, key: str, table: Mapping[str, Any]) -> Range:
        if more := sorted(table.keys() - RANGE):
            raise self._wrong(
                f"{key}.{more[0]}", "is unknown", f"known: {', '.join(sorted(RANGE))}"
            )
        low, high = table["low"], table["high"]
        log, points, step = table.get("log", False), table.get("points"), table.get("step")
        numbers = (low, high, *(() if step is None else (step,)))
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
            raise self._wrong(key, "low, high and step must be numbers")
        if not isinstance(log, bool):
            raise self._wrong(f"{key}.log", "must be true or false")
        if low >= high:
            raise self._wrong(key, f"low ({low}) must be less than high ({high})")
        if log and low <= 0:
            raise self._wrong(key, f"has no logarithm at low = {low}", "begin above 0")
        if points is not None and step is not None:
            raise self._wrong(key, "has both points and step", "leave one of them out")
        if step is not None:
            if log or step <= 0:
                raise self._wrong(f"{key}.step", "must be positive, and is not for log = true")
            points = int((high - low) / step + 1e-9) + 1
            if points > 100_000:
                raise self._wrong(f"{key}.step", f"makes {points:,} values")
            high = low + (points - 1) * step
        if points is not None and (
            isinstance(points, bool) or not isinstance(points, int) or points < 2
        ):
            raise self._wrong(f"{key}.points", "must be an integer of at least 2")
        return Range(low, high, log, points)

    def _option(self, key: str, value: Any) -> Option:
        inner: list[Dimension] = []

        def walk(at: Any, place: str, top: bool) -> Any:
            """Return a value without the searched places in it, which become dimensions."""
            if isinstance(at, Mapping):
                if at.keys() == {"choices"} or at.keys() >= {"low", "high"}:
                    if top:
                        raise self._wrong(key, "a range can't be one of several values")
                    inner.append(Dimension(place, self.domain(place, at.get("choices", at))))
                    return None
                kept = {name: walk(item, f"{place}.{name}", False) for name, item in at.items()}
                return {name: item for name, item in kept.items() if item is not None}
            if isinstance(at, list):
                return [walk(item, f"{place}.{i}", False) for i, item in enumerate(at)]
            return at

        return Option(walk(value, key, True), tuple(inner))

    def _wrong(self, key: str, problem: str, remedy: str | None = None) -> RecipeError:
        return RecipeError(problem, key=f"{PLACE}.{key}", remedy=remedy, file=self.file)


def _flat(table: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield keys and values; dotted keys that TOML has made nested tables of count as well."""
    for name, value in table.items():
        if isinstance(value, Mapping) and not value.keys() >= {"low", "high"}:
            yield from _flat(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", value


def _keys(dimension: Dimension) -> set[str]:
    return {key for case in dimension.cases() for key in case}


def _product(sizes: Iterator[int | None]) -> int | None:
    total = 1
    for size in sizes:
        if size is None:
            return None
        total *= size
    return total


def _combinations(dimensions: tuple[Dimension, ...]) -> Iterator[Values]:
    if not dimensions:
        yield {}
        return
    for first in dimensions[0].combinations():
        for rest in _combinations(dimensions[1:]):
            yield {**first, **rest}
