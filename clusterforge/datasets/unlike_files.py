"""Files that are joined to one split, and one of them is written in another unit, form or language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import evenly
from clusterforge.tables import Part, spreads, unlike
from clusterforge.tables.unlike import FEWEST

FARTHEST = 5  # usual distances of medians
LOOKED_AT = 5_000  # rows of a file
NAMED = 3
MOSTLY = 0.5  # of the categories of a file that others have, too
SEVERAL = 3  # files of which one is the odd one


def unlike_files(rows: Rows, values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns of a file seem to be written otherwise than in the others.

    Parameters
    ----------
    rows
        A split.
    values
        float (n, d): its features.
    columns
        What they are.
    """
    order = np.argsort(rows.of_file, kind="stable")
    ends = np.searchsorted(rows.of_file[order], np.arange(1, len(rows.files)))
    of_files = zip(rows.files, np.split(order, ends), strict=False)  # no names of one file
    parts = [
        Part(name, spreads(values[own[evenly(len(own), LOOKED_AT)]], columns))
        for name, own in of_files
        if len(own) >= FEWEST
    ]
    if len(parts) < 2 or not parts[0].spreads:
        return
    usual = parts[_most_usual(parts, columns)]
    few = len(parts) < SEVERAL
    said: dict[tuple[int, ...], str] = {}
    alike: dict[tuple[int, ...], list[str]] = {}
    for part in parts:
        for found in unlike(part, usual, columns) if part is not usual else ():
            # Of two files, one may be filled in with what the other one has, too.
            if few and found.constant:
                continue
            if found.columns in said:
                alike.setdefault(found.columns, []).append(part.name)
            else:
                said[found.columns] = found.remark
    for of, remark in said.items():
        more = alike.get(of, [])
        yield remark + f" (the same of {first_of(more, NAMED)})" * bool(more)
    if not few:
        yield from _other_words(parts, columns)


def _most_usual(parts: Sequence[Part], columns: Sequence[Column]) -> int:
    """Return the file whose medians are most like those of the others."""
    numbers = [at for at, column in enumerate(columns) if column.kind == "number"]
    own = [[part.spreads[at] for at in numbers] for part in parts]
    medians = np.array([[np.median(one.knots) if one else np.nan for one in row] for row in own])
    known = medians[:, np.isfinite(medians).all(axis=0)]
    away = np.abs(known - np.median(known, axis=0))
    usual = np.median(away, axis=0)
    # One column in another unit is no more than one column.
    return int(np.minimum(away / np.where(usual > 0, usual, 1), FARTHEST).sum(axis=1).argmin())


def _other_words(parts: Sequence[Part], columns: Sequence[Column]) -> Iterator[str]:
    """Say in which file a column has none of the categories of the others, which share theirs."""
    for at, column in enumerate(columns):
        if column.kind != "category":
            continue
        own = {part.name: {*spread.values} for part in parts if (spread := part.spreads[at])}
        shared = {name: _shared(name, own) for name in own}
        alone = [name for name, share in shared.items() if not share]
        others = [share for share in shared.values() if share]
        one = len(alone) == 1 and len(others) >= SEVERAL - 1 and min(others) >= MOSTLY
        if one and len(own[alone[0]]) > 1:
            first = column.categories[int(min(own[alone[0]]))]
            yield (
                f"no category of {column.name!r:.60} in {alone[0]} is in another file (as {first!r:.40}): if "
                "they are written in another language or form there, write them alike"
            )


def _shared(name: str, own: dict[str, set[float]]) -> float:
    """Return the share of the categories of a file that are in another one."""
    there = {code for other, codes in own.items() if other != name for code in codes}
    return len(own[name] & there) / len(own[name])
