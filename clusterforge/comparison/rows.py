"""The rows that two runs share, found by split and id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.comparison.folders import Opened
from clusterforge.report.folder import IntArray

# What a data set tells of which rows it took, and from where it read them: two runs of one data set may
# differ in these.
TAKING = {"balanced", "sample_seed", "from", "folder", "revision", "splits", "version"}
MAX_CONTRARY = 0.01


@dataclass(frozen=True)
class SharedSplit:
    """How the rows of one split were matched.

    Parameters
    ----------
    first, second
        How many rows each run has; None where it lacks the split.
    shared
        How many rows both have.
    by
        ``content`` where all rows are the same by their fingerprint, ``id``, or empty.
    reason
        Why there are none, in a sentence.
    """

    first: int | None
    second: int | None
    shared: int
    by: str = ""
    reason: str = ""

    @property
    def whole(self) -> bool:
        """Whether both runs hold the very same rows in this split."""
        return self.first == self.second == self.shared


@dataclass(frozen=True)
class Shared:
    """The rows that two runs share.

    Parameters
    ----------
    first, second
        int64 (n,): where each row stands in the assignments of one run and of the other.
    splits
        By split.
    notes
        What the reader should know of the matching.
    """

    first: IntArray
    second: IntArray
    splits: dict[str, SharedSplit]
    notes: list[str]


def shared_rows(a: Opened, b: Opened) -> Shared:
    """Match the rows of two runs: by position where the content is the same, else by id."""
    names = dict.fromkeys([*a.content.splits, *a.rows.splits, *b.content.splits, *b.rows.splits])
    first, second, splits, notes = [], [], {}, []
    for name in names:
        i, j, told, note = _of_split(a, b, name)
        first.append(i)
        second.append(j)
        splits[name] = told
        notes += note
    if by_id := [name for name, told in splits.items() if told.by == "id" and told.shared]:
        notes.append(
            f"Rows are matched by id ({', '.join(by_id)}): their content is not the same, since they "
            "were taken, or their texts cleaned, in another way."
        )
    none = np.zeros(0, np.int64)
    return Shared(np.concatenate([none, *first]), np.concatenate([none, *second]), splits, notes)


def _of_split(a: Opened, b: Opened, name: str) -> tuple[IntArray, IntArray, SharedSplit, list[str]]:
    none = np.zeros(0, np.int64)
    i, j = a.places(name), b.places(name)
    sizes = [
        len(place) or (run.content.splits.get(name) or {}).get("rows")
        for run, place in ((a, i), (b, j))
    ]
    told = partial(SharedSplit, sizes[0], sizes[1])
    lacking = [run for run, size in zip((a, b), sizes, strict=True) if not size]
    if lacking:
        return none, none, told(0, "", f"{lacking[0].letter} has no split {name}"), []
    same = a.folder == b.folder or (
        a.fingerprint(name) is not None and a.fingerprint(name) == b.fingerprint(name)
    )
    if same and len(i) == len(j):
        return i, j, told(len(i) or int(sizes[0] or 0), "content"), []
    if _source(a, name) != _source(b, name):
        return none, none, told(0, "", "the data sets are not the same"), []
    if a.ids is None or b.ids is None:
        return none, none, told(0, "", "the rows have no ids"), []
    i, j, doubled = _by_id(a.ids, b.ids, i, j)
    notes = []
    if doubled:
        notes.append(f"{doubled:,} ids of {name} occur more than once; their rows are left out.")
    known = [(x, y) for x, y in zip(_classes(a, i), _classes(b, j), strict=True) if x and y]
    contrary = sum(x != y for x, y in known)
    if known and contrary > MAX_CONTRARY * len(known):
        reason = f"{contrary:,} of {len(known):,} rows with the same id have another label"
        return none, none, told(0, "", reason), notes
    return i, j, told(len(i), "id", "" if len(i) else "no id is in both"), notes


def _source(run: Opened, split: str) -> dict[str, Any]:
    """Return what names the data set of a run, and the part of it that a split is."""
    data = run.content.run.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    source = source if isinstance(source, dict) else {}
    parts = source.get("splits")
    return {
        **{k: v for k, v in source.items() if k not in TAKING and not k.startswith("limit")},
        "use": (run.recipe.get("dataset") or {}).get("use"),
        "split": parts.get(split) if isinstance(parts, dict) else parts,
    }


def _by_id(
    ids: npt.NDArray[Any], others: npt.NDArray[Any], i: IntArray, j: IntArray
) -> tuple[IntArray, IntArray, int]:
    """Return where each id of both stands, and how many ids occur more than once in one of them."""
    places: list[dict[str, int]] = []
    doubled: set[str] = set()
    for names, at in ((ids[i], i), (others[j], j)):
        place: dict[str, int] = {}
        for name, where in zip(names.tolist(), at.tolist(), strict=True):
            if name in place:
                doubled.add(name)
            place[name] = where
        places.append(place)
    both = [name for name in places[0] if name in places[1] and name not in doubled]
    return (
        np.array([places[0][name] for name in both], np.int64),
        np.array([places[1][name] for name in both], np.int64),
        len(doubled),
    )


def _classes(run: Opened, at: IntArray) -> list[str | None]:
    names: list[str | None] = [*run.rows.classes, None]
    return [names[i] for i in run.rows.truth[at].tolist()]
