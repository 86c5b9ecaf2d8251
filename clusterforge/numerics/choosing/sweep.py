"""Numbers of clusters tried: coarsely, then around the best; and what a rule found there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

EACH, RATIO = 12, 1.2

Value = tuple[float, float | None]
Pick = Callable[[Mapping[int, Value]], int]


@dataclass(frozen=True)
class RuleCurve:
    """What one rule looks at, and the number that it suggests.

    Parameters
    ----------
    rule
        Its name.
    suggested
        The number suggested.
    rows
        Rows looked at.
    k
        The numbers tried, ascending.
    values
        Its value for each; None where there is none.
    error
        The standard error of each value; empty where it has none.
    """

    rule: str
    suggested: int
    rows: int
    k: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    error: tuple[float | None, ...] = ()


def swept(
    rule: str, value: Callable[[int], Value], pick: Pick, *, first: int, limit: int, rows: int
) -> RuleCurve:
    """Return a rule's curve over a grid that is refined around the number picked.

    Parameters
    ----------
    rule
        Its name.
    value
        Value and error of a number of clusters.
    pick
        Returns the number that values by k, ascending, suggest.
    first, limit
        The least and the largest number, ``first`` at most ``limit``.
    rows
        Rows looked at.
    """
    values = {k: value(k) for k in grid(first, limit)}
    while between := _between(list(values), pick(values)):
        values = dict(sorted((values | {k: value(k) for k in between}).items()))
    errors = tuple(error for _, error in values.values())
    return RuleCurve(
        rule=rule,
        suggested=pick(values),
        rows=rows,
        k=tuple(values),
        values=tuple(each for each, _ in values.values()),
        error=errors if any(error is not None for error in errors) else (),
    )


def grid(first: int, limit: int) -> list[int]:
    """Return each number up to 12, then ever 20 % more, and the limit."""
    ks = list(range(first, min(limit, max(first, EACH)) + 1))
    while ks[-1] < limit:
        ks.append(min(limit, int(ks[-1] * RATIO) + 1))
    return ks


def _between(ks: list[int], best: int) -> list[int]:
    """Return the numbers midway between the best one and its neighbours."""
    place = ks.index(best)
    near = ks[max(place - 1, 0) : place + 2]
    middles = {(a + b) // 2 for a, b in pairwise(near)}
    return sorted(middles - set(ks))


def largest(values: Mapping[int, Value]) -> int:
    """Return the k of the largest value; of equals, the smallest."""
    return max(values, key=lambda k: (values[k][0], -k))
