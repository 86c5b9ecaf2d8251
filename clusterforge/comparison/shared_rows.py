"""The rows that two runs share, matched by split and content or id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from clusterforge.comparison.findings import SharedSplit
from clusterforge.comparison.named_runs import NamedRun
from clusterforge.contracts import IntArray

# What a data set says of which rows it read, and where: two runs of one data set may differ in these.
READING = {"balanced", "sample_seed", "from", "folder", "revision", "splits", "version"}
MAX_CONTRARY = 0.01
NO_ROWS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class SharedRows:
    """The rows that two runs share.

    Parameters
    ----------
    splits
        How the rows of each split were matched.
    places
        By split two int64 (n,): where each shared row stands in the assignments of both runs.
    notes
        What the reader should know of the matching.
    """

    splits: dict[str, SharedSplit]
    places: dict[str, tuple[IntArray, IntArray]]
    notes: list[str]

    @property
    def all_places(self) -> tuple[IntArray, IntArray]:
        """Where the rows of all splits stand in the assignments of both runs: two int64 (n,)."""
        first, second = zip((NO_ROWS, NO_ROWS), *self.places.values(), strict=True)
        return np.concatenate(first), np.concatenate(second)


def shared_rows(a: NamedRun, b: NamedRun) -> SharedRows:
    """Match the rows of two runs: by position where the content is the same, else by id."""
    names = dict.fromkeys([*a.folder.run.data.splits, *b.folder.run.data.splits])
    splits, places, notes = {}, {}, []
    for name in names:
        splits[name], places[name], note = _of_split(a, b, name)
        notes += note
    if by_id := [name for name, split in splits.items() if split.by == "id"]:
        notes.append(
            f"Rows are matched by id ({', '.join(by_id)}): the runs do not hold the same rows, or "
            "cleaned their texts in different ways."
        )
    return SharedRows(splits, places, notes)


def _of_split(
    a: NamedRun, b: NamedRun, name: str
) -> tuple[SharedSplit, tuple[IntArray, IntArray], list[str]]:
    first, second = (run.folder.run.data.splits.get(name) for run in (a, b))
    split = partial(
        SharedSplit,
        first=first.rows if first else None,
        second=second.rows if second else None,
    )
    nothing = NO_ROWS, NO_ROWS
    if not (first and first.rows and second and second.rows):
        lacking = b if first and first.rows else a
        return split(shared=0, reason=f"{lacking.letter} has no split {name}"), nothing, []
    i, j = (_places(run, name) for run in (a, b))
    if first.fingerprint == second.fingerprint:
        return split(shared=len(i), by="content"), (i, j), []
    if _source(a, name) != _source(b, name):
        return split(shared=0, reason="the data sets are not the same"), nothing, []
    rows, others = a.folder.assignments, b.folder.assignments
    x, y, repeated = _by_id(rows.ids[i], others.ids[j])
    i, j = i[x], j[y]
    notes = []
    if repeated:
        notes.append(f"{repeated:,} ids of {name} occur more than once; their rows are left out.")
    known = (rows.truth[i] >= 0) & (others.truth[j] >= 0)
    classes, other_classes = (
        np.array([*of.classes, ""])[of.truth[at[known]]] for of, at in ((rows, i), (others, j))
    )
    contrary = int((classes != other_classes).sum())
    if contrary > MAX_CONTRARY * known.sum():
        reason = f"{contrary:,} of {known.sum():,} rows with the same id have another label"
        return split(shared=0, reason=reason), nothing, notes
    if not len(i):
        return split(shared=0, reason="no id is in both"), nothing, notes
    return split(shared=len(i), by="id"), (i, j), notes


def _places(run: NamedRun, split: str) -> IntArray:
    rows = run.folder.assignments.rows(split)
    return np.arange(rows.start, rows.stop)


def _source(run: NamedRun, split: str) -> dict[str, JsonValue]:
    """Return what names the data set of a run, and the part of it that a split is."""
    record = run.folder.run
    parts = record.data.source.get("splits")
    plugins = [f"{p.distribution}:{p.name}" for p in record.plugins if p.kind == "dataset"]
    return {
        **{
            key: value
            for key, value in record.data.source.items()
            if key not in READING and not key.startswith("limit")
        },
        "plugin": "".join(plugins),
        "split": parts.get(split) if isinstance(parts, dict) else parts,
    }


def _by_id(
    ids: npt.NDArray[np.str_], others: npt.NDArray[np.str_]
) -> tuple[IntArray, IntArray, int]:
    """Return where each id of both stands, and how many ids occur more than once in one of them."""
    unique, places, repeated = [], [], set[str]()
    for of_run in (ids, others):
        values, place, counts = np.unique(of_run, return_index=True, return_counts=True)
        unique.append(values[counts == 1])
        places.append(place[counts == 1])
        repeated |= set(values[counts > 1].tolist())
    first, second = unique
    _, i, j = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    order = np.argsort(places[0][i])
    return places[0][i][order], places[1][j][order], len(repeated)
