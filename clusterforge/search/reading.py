"""``[search.space]`` as it is written, read into a space."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from clusterforge.errors import RecipeError
from clusterforge.search.space import PLACE, Choices, Dimension, Option, Range, Space

RANGE = {"low", "high", "log", "step", "points"}
LARGEST = 2**53  # beyond it, numbers are not exact
MOST = 100_000  # values of a step


def read_space(table: Mapping[str, Any], grid: bool, file: str | None) -> Space:
    """Return the space that ``[search.space]`` describes.

    Parameters
    ----------
    table
        Keys and what they can be.
    grid
        Whether ranges are the ``points`` that they name; else they are all that is between their ends.
    file
        The recipe's file, for messages.

    Raises
    ------
    RecipeError
        Where it is empty, or a key's values are no list and no range.
    """
    reader = _Reader(grid, file)
    dimensions = tuple(Dimension(key, reader.domain(key, value)) for key, value in _flat(table))
    if not dimensions:
        raise RecipeError(
            "is empty",
            key=PLACE,
            remedy='name a key and its values: "clusterer.0.n_clusters" = [5, 10]',
            file=file,
        )
    return Space(dimensions, file)


class _Reader:
    def __init__(self, grid: bool, file: str | None) -> None:
        self.grid, self.file = grid, file

    def domain(self, key: str, value: Any) -> Choices | Range:
        if isinstance(value, Mapping) and value.keys() == {"choices"}:
            value = value["choices"]
        if isinstance(value, Mapping) and value.keys() & {"low", "high"}:
            return self._range(key, value)
        if not isinstance(value, list) or not value:
            raise self._wrong(key, "must be a list of values, or {low, high}")
        options: list[Option] = []
        for option in (self._option(key, item) for item in value):
            if option in options:
                text = json.dumps(option.value, sort_keys=True)
                raise self._wrong(key, f"has the value {text} twice", "leave one of them out")
            options.append(option)
        return Choices(tuple(options))

    def _range(self, key: str, table: Mapping[str, Any]) -> Range:
        if more := sorted(table.keys() - RANGE):
            raise self._wrong(
                f"{key}.{more[0]}", "is unknown", f"known: {', '.join(sorted(RANGE))}"
            )
        if not table.keys() >= {"low", "high"}:
            raise self._wrong(key, "is a range, and needs both low and high")
        low, high = table["low"], table["high"]
        log, points, step = table.get("log", False), table.get("points"), table.get("step")
        for n in (low, high, *(() if step is None else (step,))):
            if isinstance(n, bool) or not isinstance(n, int | float) or abs(n) > LARGEST:
                raise self._wrong(key, "low, high and step must be numbers, at most 2^53")
        if not isinstance(log, bool):
            raise self._wrong(f"{key}.log", "must be true or false")
        if low >= high:
            raise self._wrong(key, f"low ({low}) must be less than high ({high})")
        if log and low <= 0:
            raise self._wrong(key, f"has no logarithm at low = {low}", "begin above 0")
        if points is not None and step is not None:
            raise self._wrong(key, "has both points and step", "leave one of them out")
        if points is not None and (
            isinstance(points, bool) or not isinstance(points, int) or points < 2
        ):
            raise self._wrong(f"{key}.points", "must be an integer of at least 2")
        if step is not None:
            high = self._last(key, low, high, step, log)
        return Range(low, high, log, points if self.grid else None, step)

    def _last(self, key: str, low: float, high: float, step: float, log: bool) -> float:
        """Return the last value that steps from ``low`` reach."""
        if log or step <= 0:
            raise self._wrong(f"{key}.step", "must be positive, and is not for log = true")
        if step > high - low:
            raise self._wrong(f"{key}.step", f"is larger than high - low = {high - low}")
        if high - low > MOST * step:
            raise self._wrong(f"{key}.step", f"makes more than {MOST:,} values")
        steps = int((high - low) / step + 1e-9)
        return Range(low, high, step=step).exact(low + steps * step)

    def _option(self, key: str, value: Any) -> Option:
        inner: list[Dimension] = []

        def walk(at: Any, place: str, top: bool) -> Any:
            """Return a value without the searched places in it, which become dimensions."""
            if isinstance(at, Mapping):
                if at.keys() == {"choices"} or (at.keys() >= {"low", "high"} and "use" not in at):
                    if top:
                        raise self._wrong(key, "a range can't be one of several values")
                    inner.append(Dimension(place, self.domain(place, at)))
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
        if isinstance(value, Mapping) and not _is_domain(value):
            yield from _flat(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", value


def _is_domain(table: Mapping[str, Any]) -> bool:
    """Tell whether a table says which values a key has; else it holds the ends of longer keys."""
    if table.keys() == {"choices"}:
        return True
    plain = not any(isinstance(value, list | Mapping) for value in table.values())
    return plain and bool(table.keys() & {"low", "high"})
