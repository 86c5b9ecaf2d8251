"""Which rows a curation has moved, however its clusters are numbered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import IntArray


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
