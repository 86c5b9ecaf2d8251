"""Which rows a curation has moved, however its clusters are numbered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import IntArray
from clusterforge.formats import first_of

LISTED, FEW = 12, 4  # numbers that are named: all, or the first of many


def changed(before: IntArray, after: IntArray) -> npt.NDArray[np.bool_]:
    """Return which rows another clustering puts elsewhere: bool (n,).

    A row is where it was if its old cluster went mostly into its new one, and its new one came mostly
    from its old one. Noise counts as a cluster of its own.

    Parameters
    ----------
    before, after
        int64 (n,): two labels of each row, -1 for noise.
    """
    old, new = before + 1, after + 1
    table = np.zeros((int(old.max(initial=0)) + 1, int(new.max(initial=0)) + 1), dtype=np.int64)
    np.add.at(table, (old, new), 1)
    successor, origin = table.argmax(axis=1), table.argmax(axis=0)
    successor[0] = origin[0] = 0  # noise is noise
    moved: npt.NDArray[np.bool_] = (successor[old] != new) | (origin[new] != old)
    return moved


def made(before: IntArray, after: IntArray) -> frozenset[int]:
    """Return the clusters that do not hold just the rows of one that was there before.

    Parameters
    ----------
    before, after
        int64 (n,): the labels of the same rows; those below 0 are in no cluster.
    """
    table = np.zeros((int(before.max(initial=-1)) + 2, int(after.max(initial=-1)) + 1), np.int64)
    inside = after >= 0
    np.add.at(table, (np.maximum(before[inside], -1) + 1, after[inside]), 1)
    old, new = np.bincount(np.maximum(before, -1) + 1, minlength=len(table)), table.sum(axis=0)
    kept = (table[1:] == old[1:, None]) & (table[1:] == new)
    return frozenset(np.flatnonzero((new > 0) & ~kept.any(axis=0)).tolist())


def renumbered(before: IntArray, after: IntArray) -> str:
    """Say which clusters have another number now: ``3 → 2, 5 → 0``; empty where none has.

    Parameters
    ----------
    before, after
        int64 (n,): the labels of the same rows; those below 0 are in no cluster.
    """
    others = []
    for old in np.unique(before[before >= 0]).tolist():
        new = after[before == old]
        inside = new[new >= 0]
        now = int(np.bincount(inside).argmax()) if 2 * len(inside) > len(new) else None
        if now != old:
            others.append(f"{old} → {'noise' if now is None else now}")
    return first_of(others, LISTED if len(others) <= LISTED else FEW)
