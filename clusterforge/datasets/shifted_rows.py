"""Rows of which the values stand one column too far: a delimiter too many, or a value that was lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.datasets.odd_texts import NAMED
from clusterforge.datasets.table_rows import Rows
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import BoolArray, DoubleArray

SOME = 10_000  # rows that are looked at
FEWEST, MOST = 5, 0.2  # rows that are shifted alike, and the share of all
MOST_COLUMNS = 60
FIT, OWN = 0.8, 0.5  # share of values in the range of the column beside, and at most in their own


def shifted_rows(values: Numbers, columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    """Say which rows, all with the same gap, hold from there on what fits the column beside alone.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    rows
        The n rows.
    """
    at = [i for i, column in enumerate(columns) if column.kind == "number"]
    if not 2 < len(at) <= MOST_COLUMNS:
        return
    some = np.asarray(values[:SOME], dtype=np.float64)[:, at]
    gaps = np.isnan(some)
    for gap in range(len(at)):
        own = gaps[:, gap]
        if not FEWEST <= own.sum() <= MOST * len(some):
            continue
        for step, side in ((1, "before"), (-1, "behind")):
            found = [columns[at[c]].name for c in _foreign(some, own, gap, step)]
            if len(found) > 1:
                listed = first_of([f"{name!r:.60}" for name in found], NAMED)
                yield (
                    f"{own.sum():,} rows without a value in {columns[at[gap]].name!r:.60} seem to be "
                    f"shifted by one column: values in {listed} fit the column {side} and not their "
                    f"own, the first is {rows.place(int(own.argmax()))}; write them under their names, "
                    "or remove these rows"
                )
                return


def _foreign(some: DoubleArray, own: BoolArray, gap: int, step: int) -> list[int]:
    """Return the columns next to a gap, one after another, whose values fit the one towards it alone."""
    found, at = [], gap + step
    while 0 <= at < some.shape[1]:
        values = some[own, at]
        if _inside(values, some[~own, at - step]) < FIT:
            break
        if _inside(values, some[~own, at]) < OWN:
            found.append(at)
        at += step
    return found


def _inside(values: DoubleArray, others: DoubleArray) -> float:
    """Return the share of values that are in the range of nearly all others."""
    values, others = values[~np.isnan(values)], others[~np.isnan(others)]
    if not len(values) or not len(others):
        return 0.0
    low, high = np.percentile(others, [1, 99])
    return float(((values >= low) & (values <= high)).mean())
