"""Rows that repeat an earlier one, and so are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import numpy as np

from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import IntArray, Items, SomeItems
from clusterforge.contracts.copies import Undecided, equal_rows, near_copies
from clusterforge.datasets.parts import Copies, Read
from clusterforge.errors import InputError

EXACT, NEAR = "a copy of another row", "nearly a copy of another row"


def copies_in(
    usable: Mapping[str, IntArray],
    read: Callable[[Mapping[str, IntArray]], Read],
    params: ColumnParams,
) -> dict[str, tuple[Copies, ...]]:
    """Return the copies in each split that the parameters leave out; none where they leave out none.

    Parameters
    ----------
    usable
        int64 (m,) for each split: the rows that have content.
    read
        Reads the content of such rows; one that can't be read is a copy of none.
    params
        What is left out.

    Raises
    ------
    InputError
        Where near copies can't be told.
    """
    if not params.deduplicate:
        return dict.fromkeys(usable, ())
    found, near = read(usable), params.deduplicate == "near"
    copies = {}
    for split, rows in usable.items():
        rows = np.delete(rows, sorted(found.broken.get(split, {})))
        copies[split] = copies_of(found.items[split], rows, near=near)
    return copies


def without(rows: IntArray, copies: Sequence[Copies]) -> IntArray:
    """Return the rows, int64 (m,), that are none of the copies."""
    return reduce(np.setdiff1d, (some.rows for some in copies), rows)


def copies_of(items: Items, rows: IntArray, *, near: bool) -> tuple[Copies, ...]:
    """Return which rows repeat an earlier one exactly, and with ``near`` which do so nearly.

    Parameters
    ----------
    items
        The rows, n of them.
    rows
        int64 (n,): what the rows are called.
    near
        Whether near copies count (:func:`clusterforge.contracts.copies.near_copies`).

    Raises
    ------
    InputError
        Where near copies can't be told.
    """
    places = np.arange(len(items))
    first = equal_rows([items])
    alone = np.flatnonzero(first == places)
    original = places.copy()
    exactly = ""
    if near:
        try:
            found = near_copies([SomeItems(items, alone)])
        except Undecided as error:
            raise InputError(
                f"near copies can't be told: {error}", key="deduplicate", remedy='use "exact"'
            ) from None
        original[alone] = alone[found.first]
        if found.exact:
            exactly = f", equal in its {' and '.join(found.exact)}"
    original = original[first]
    exact = first != places
    groups = ((EXACT, exact), (NEAR + exactly, ~exact & (original != places)))
    return tuple(Copies(why, rows[of], rows[original[of]]) for why, of in groups if of.any())
