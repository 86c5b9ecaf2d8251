"""What a sweep tries: values by key, read from ``[search.space]`` and counted before any is made."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from pydantic import JsonValue

from clusterforge.errors import RecipeError

Values = dict[str, JsonValue]
"""One value for each key that a trial sets, in the order in which they are set."""

PLACE = "search.space"
LABEL = 60


class Suggests(Protocol):
    """What chooses values one by one: a trial of Optuna."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """Return one of the choices."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
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
    step
        How far two values are apart, which divides what is between the bounds; None: any value.
    """

    low: float
    high: float
    log: bool = False
    points: int | None = None
    step: float | None = None

    @property
    def integer(self) -> bool:
        """Whether the values are integers."""
        return all(isinstance(n, int) for n in (self.low, self.high, self.step or 0))

    @property
    def size(self) -> int | None:
        """How many values there are; None where nothing says it."""
        if self.points is not None:
            return len(self.values()) if self.points <= 10_000 else self.points
        if self.step is not None:
            return round((self.high - self.low) / self.step) + 1
        return int(self.high - self.low) + 1 if self.integer else None

    @property
    def listed(self) -> bool:
        """Whether a grid knows which values it has."""
        plain = self.integer and not self.log
        return plain or self.points is not None or self.step is not None

    def values(self) -> list[JsonValue]:
        """Return all values, or those of a grid."""
        if self.points is None:
            step, size = self.step or 1, self.size
            assert size is not None
            return [self.exact(self.low + i * step) for i in range(size)]
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        steps = self.points - 1
        spread = [low + (high - low) * i / steps for i in range(1, steps)]
        between = [math.exp(value) if self.log else value for value in spread]
        return [*dict.fromkeys(self.exact(value) for value in (self.low, *between, self.high))]

    def ends(self) -> list[JsonValue]:
        """Return the values by which all are judged valid."""
        return [self.low, self.high]

    def suggest(self, key: str, trial: Suggests) -> JsonValue:
        """Return a value that the trial chooses."""
        if self.integer:
            step = int(self.step or 1)
            return trial.suggest_int(key, int(self.low), int(self.high), step=step, log=self.log)
        low, high = float(self.low), float(self.high)
        value = trial.suggest_float(key, low, high, step=self.step, log=self.log)
        return value if self.step is None else self.exact(value)

    def exact(self, value: float) -> int | float:
        """Return a value without the dust of floating-point arithmetic."""
        return round(value) if self.integer else float(f"{value:.12g}")


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

    def everything(self) -> Iterator[Dimension]:
        """Yield it, and those in its options, at any depth."""
        yield self
        if isinstance(self.domain, Choices):
            for option in self.domain.options:
                for dimension in option.inner:
                    yield from dimension.everything()


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
        for dimension in self.everything():
            if isinstance(dimension.domain, Range) and not dimension.domain.listed:
                raise RecipeError(
                    "a grid needs to know how many values",
                    key=f"{PLACE}.{dimension.key}",
                    remedy='list them, add points = 5, or set search.method = "random"',
                    file=self.file,
                )
        assert self.size is not None
        if self.size > most:
            raise RecipeError(
                f"has {many(self.size)} combinations, and a grid can have {most:,}",
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
        first = [next(dimension.cases()) for dimension in self.dimensions]
        yield _merged(first)
        for place, dimension in enumerate(self.dimensions):
            for case in itertools.islice(dimension.cases(), 1, None):
                # In the order of the dimensions: a table is set before keys in it.
                yield _merged([*first[:place], case, *first[place + 1 :]])

    def everything(self) -> Iterator[Dimension]:
        """Yield the dimensions, and those in their options."""
        for dimension in self.dimensions:
            yield from dimension.everything()

    def axes(self) -> dict[str, Choices | Range]:
        """Return every key that may vary, with its domain; what several options say of it is joined."""
        domains: dict[str, list[Choices | Range]] = {}
        for dimension in self.everything():
            domains.setdefault(dimension.key, []).append(dimension.domain)
        return {key: _joined(of) for key, of in domains.items()}


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


def many(number: int) -> str:
    """Return a count of combinations, which can have hundreds of digits."""
    return f"{number:,}" if number < 10**60 else f"at least 10^{len(str(number)) - 1}"


def _joined(domains: Sequence[Choices | Range]) -> Choices | Range:
    """Return a domain with all values of several."""
    ranges = [one for one in domains if isinstance(one, Range)]
    if len(ranges) == len(domains):
        low, high = min(one.low for one in ranges), max(one.high for one in ranges)
        return Range(low, high, all(one.log for one in ranges))
    options = {
        json.dumps(option.value): option
        for one in domains
        for option in (map(Option, one.ends()) if isinstance(one, Range) else one.options)
    }
    return Choices(tuple(options.values()))


def _merged(parts: Iterable[Values]) -> Values:
    return {key: value for part in parts for key, value in part.items()}


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
