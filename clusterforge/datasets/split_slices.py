"""Split names with slices, as the Hub's library writes them: ``train[:10%]``, ``train+test``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clusterforge.errors import InputError, nearest
from clusterforge.formats import count

_PART = re.compile(
    r"^(?P<split>[\w.-]+?)"
    r"(?:\[(?P<start>-?[\d_]+%?)?:(?P<stop>-?[\d_]+%?)?\])?$",
    re.ASCII,
)


@dataclass(frozen=True)
class Part:
    """Rows ``start`` to ``stop`` (exclusive) of one source split."""

    split: str
    start: int
    stop: int

    @property
    def rows(self) -> int:
        """How many rows these are."""
        return self.stop - self.start


def parts(text: str, rows: Mapping[str, int], key: str) -> tuple[Part, ...]:
    """Read a split name with slices.

    Parameters
    ----------
    text
        ``train``, ``train[:5000]``, ``train[10%:20%]``, ``train[-100:]``, ``train+test``.
    rows
        How many rows each source split has.
    key
        The parameter that the text comes from.

    Raises
    ------
    InputError
        Where it can't be read, or names a split or rows that are not there.
    """
    slices = tuple(_part(one.strip(), rows, key) for one in text.split("+"))
    clash = overlap(slices[1:], slices[:1]) if len(slices) > 1 else None
    if clash:
        raise InputError(f"{text!r} uses rows of {clash!r} twice", key=key)
    return slices


def _part(text: str, rows: Mapping[str, int], key: str) -> Part:
    match = _PART.match(text)
    if not match:
        raise InputError(
            f"{text!r} is not a split", key=key, remedy='write it as "train" or "train[:10%]"'
        )
    split = match["split"]
    if split not in rows:
        raise InputError(f"there is no split {split!r}", key=key, remedy=nearest(split, rows))
    total = rows[split]
    start = _bound(match["start"] or "0", total, text, key)
    stop = _bound(match["stop"] or str(total), total, text, key)
    if start >= stop:
        raise InputError(f"{text!r} holds no rows; split {split!r} has {total}", key=key)
    return Part(split, start, stop)


def _bound(value: str, total: int, text: str, key: str) -> int:
    try:
        number = int(value.removesuffix("%"))
    except ValueError:
        raise InputError(f"{text!r} is not a split", key=key) from None
    if value.endswith("%"):
        if abs(number) > 100:
            raise InputError(f"{text!r} asks for more than 100 %", key=key)
        number = round(number * total / 100)
    if abs(number) > total:
        raise InputError(
            f"{text!r} asks for row {abs(number):,}, but the split has {count(total, 'row')}",
            key=key,
        )
    return number + total if number < 0 else number


def overlap(one: tuple[Part, ...], other: tuple[Part, ...]) -> str | None:
    """Return the name of a source split of which both take the same rows, or None."""
    for a in one:
        for b in other:
            if a.split == b.split and a.start < b.stop and b.start < a.stop:
                return a.split
    return None
