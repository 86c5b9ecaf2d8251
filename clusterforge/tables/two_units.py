"""Columns of one table that hold numbers in two units, with nothing between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clusterforge.contracts import Column, Numbers
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.tables.spreads import MOST, WIDEST, spreads
from clusterforge.tables.unlike import FEWEST, Part, unlike

GAP = 0.5  # width of the gap, in widths of what lies on either side


def two_units(values: Numbers, columns: Sequence[Column]) -> Iterator[str]:
    """Say which columns seem to hold two units: 1.75 beside 175 in rows that are alike otherwise.

    Parameters
    ----------
    values
        float (n, d): the train split.
    columns
        What the d columns are.
    """
    if len(columns) > WIDEST or len(values) < 2 * FEWEST:
        return
    rows = np.arange(0, len(values), -(-len(values) // MOST))
    some = np.asarray(values[rows], dtype=np.float64)
    for at in (at for at, column in enumerate(columns) if column.kind == "number"):
        own = some[:, at]
        cut = _gap(own)
        few, more = sorted((some[own < cut], some[own >= cut]), key=len)
        if len(few) < FEWEST:
            continue
        part, other = (Part("", spreads(one, columns)) for one in (few, more))
        unit = next((one.unit for one in unlike(part, other, columns) if one.columns == (at,)), "")
        if unit:
            (least, most), (low, high) = ((p[:, at].min(), p[:, at].max()) for p in (few, more))
            yield (
                f"column {columns[at].name!r:.60} seems to hold two units: {least:,.6g} to {most:,.6g} in "
                f"{len(few):,} rows, {low:,.6g} to {high:,.6g} in {len(more):,}, none between, as {unit}: "
                "write all in one"
            )


def _gap(values: DoubleArray) -> float:
    """Return the number above the widest gap between some, by factors or not; nan where none is wide."""
    known = np.unique(values[np.isfinite(values)])
    if len(known) < 2:
        return np.nan
    for sizes in (np.log(known) if known[0] > 0 else known, known):
        steps = np.diff(sizes)
        at = int(steps.argmax())
        if steps[at] > GAP * max(sizes[at] - sizes[0], sizes[-1] - sizes[at + 1]):
            return float(known[at + 1])
    return np.nan
