"""What the evaluation says of single rows: how well each lies, and how firmly it stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clusterforge.report.figures.records import row_values
from clusterforge.report.folder import Assignments, FloatArray, IntArray, Map

KINDS = ("silhouette", "stability")


def per_row(folder: Path, assignments: Assignments) -> dict[str, dict[str, FloatArray]]:
    """Read ``evaluation/<clusterer>/<split>.<kind>.npy``.

    Returns
    -------
    dict
        For each clusterer, for each kind that has a value for some row, float32 (n,) in the order
        of the assignments, nan where unknown. A file that is damaged or of another length counts
        as absent.
    """
    result: dict[str, dict[str, FloatArray]] = {}
    for clusterer in assignments.clusters:
        found = {}
        for kind in KINDS:
            values = np.full(len(assignments.split), np.nan, np.float32)
            for i, split in enumerate(assignments.splits):
                if {"/", "\\"} & {*clusterer, *split} or clusterer in (".", ".."):
                    continue
                here = np.flatnonzero(assignments.split == i)
                path = folder / "evaluation" / clusterer / f"{split}.{kind}.npy"
                of_split = row_values(path, len(here))
                if of_split is not None:
                    values[here] = of_split
            values[~(np.abs(values) <= 1)] = np.nan  # neither can be more
            if np.isfinite(values).any():
                found[kind] = values
        if found:
            result[clusterer] = found
    return result


class Places:
    """Where a row of a split stands on the map."""

    def __init__(self, shown: Map | None, assignments: Assignments | None) -> None:
        self._of: dict[int, int] = {}
        self._first: dict[str, IntArray] = {}
        if shown is None or assignments is None:
            return
        self._of = {p: i for i, p in enumerate(shown.position.tolist()) if p >= 0}
        self._first = {
            name: np.flatnonzero(assignments.split == i)
            for i, name in enumerate(assignments.splits)
        }

    def __call__(self, split: object, row: object) -> int | None:
        """Return the row's number on the map; None where it is not shown."""
        rows = self._first.get(str(split))
        if rows is None or not isinstance(row, int) or not 0 <= row < len(rows):
            return None
        return self._of.get(int(rows[row]))
