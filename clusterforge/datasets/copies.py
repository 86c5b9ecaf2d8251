"""Rows that repeat an earlier one, and so are left out."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import IntArray, Items, SomeItems, row_key, taken_in_blocks
from clusterforge.datasets.selection import Copies
from clusterforge.texts.copies import near_copies

EXACT, NEAR = "a copy of another row", "nearly a copy of another row"


def copies_of(items: Items, rows: IntArray, *, near: bool) -> tuple[Copies, ...]:
    """Return which rows repeat an earlier one exactly, and with ``near`` which texts do so nearly.

    Parameters
    ----------
    items
        The rows, n of them.
    rows
        int64 (n,): what the rows are called.
    near
        Whether they are texts, and those that nearly say the same count.
    """
    places = np.arange(len(items))
    first = _first_of_each(items)
    alone = np.flatnonzero(first == places)
    original = places.copy()
    if near:
        texts = taken_in_blocks(SomeItems(items, alone))
        original[alone] = alone[near_copies(str(text) for _, block in texts for text in block)]
    original = original[first]
    exact = first != places
    groups = ((EXACT, exact), (NEAR, ~exact & (original != places)))
    return tuple(Copies(why, rows[of], rows[original[of]]) for why, of in groups if of.any())


def _first_of_each(items: Items) -> IntArray:
    """Return the first row that holds what each row holds: int64 (n,)."""
    first: dict[bytes, int] = {}
    rows = []
    for start, block in taken_in_blocks(items):
        for row, item in enumerate(block, start):
            rows.append(first.setdefault(row_key(item), row))
    return np.array(rows, dtype=np.int64)
