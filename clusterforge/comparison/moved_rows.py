"""The rows that moved between two clusterings, and examples of them."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from clusterforge.comparison.findings import Moved, MovedRow
from clusterforge.comparison.named_runs import NamedClustering
from clusterforge.comparison.overlap import Overlap
from clusterforge.contracts import IntArray
from clusterforge.runs import ShownItems, files

MAX_EXAMPLES = 12
MAX_TEXT = 400
OUTCOMES = ("made right", "made wrong", "wrong in both", "right in both", "no label")
MADE_RIGHT, MADE_WRONG, BOTH_WRONG, BOTH_RIGHT, UNKNOWN = range(len(OUTCOMES))


def moved_rows(overlap: Overlap) -> Moved:
    """Return the rows that are not in the cluster that theirs is matched to."""
    moved = np.flatnonzero(overlap.expected != overlap.second)
    assignments = overlap.a.run.folder.assignments
    labelled = bool((overlap.truth >= 0).any())
    outcomes = _outcomes(overlap)
    outcome_counts = np.bincount(outcomes[moved], minlength=len(OUTCOMES)).tolist()
    splits, split_counts = assignments.split[overlap.at], {}
    for i in np.unique(splits).tolist():
        split_counts[assignments.splits[i]] = int((splits[moved] == i).sum())
    items = {split: overlap.a.run.folder.items(split) for split in assignments.splits}
    return Moved(
        rows=len(moved),
        splits=split_counts,
        outcomes={name: n for name, n in zip(OUTCOMES, outcome_counts, strict=True) if n}
        if labelled
        else {},
        examples=tuple(
            _example(overlap, place, OUTCOMES[outcomes[place]], items)
            for place in _telling(overlap, moved, outcomes, items)
        ),
    )


def _outcomes(overlap: Overlap) -> IntArray:
    """Return for each row what the second clustering made of it by its label: int64 (n,)."""
    before, after = overlap.right()
    outcomes = np.full(len(before), BOTH_WRONG)
    outcomes[~before & after] = MADE_RIGHT
    outcomes[before & ~after] = MADE_WRONG
    outcomes[before & after] = BOTH_RIGHT
    outcomes[overlap.truth < 0] = UNKNOWN
    return outcomes


def _telling(
    overlap: Overlap, moved: IntArray, outcomes: IntArray, items: Mapping[str, ShownItems]
) -> list[int]:
    """Choose examples by turns from the largest flows; return their places in the overlap."""
    at, assignments = overlap.at[moved], overlap.a.run.folder.assignments
    visible = np.concatenate([of_split.present() for of_split in items.values()])[at]
    secure = np.minimum(_silhouettes(overlap.a)[at], _silhouettes(overlap.b)[overlap.to[moved]])
    held_out = np.array(assignments.splits)[assignments.split[at]] != "train"
    judged = outcomes[moved] <= MADE_WRONG
    # np.lexsort sorts by its last key first.
    order = moved[np.lexsort((moved, -secure, ~held_out, ~judged, ~visible))]
    flows: dict[tuple[int, int], list[int]] = {}
    for place in order.tolist():
        flow = int(overlap.first[place]), int(overlap.second[place])
        flows.setdefault(flow, []).append(place)
    largest = sorted(flows, key=lambda flow: (-len(flows[flow]), flow))
    turns = [
        (turn, rank, place)
        for rank, flow in enumerate(largest)
        for turn, place in enumerate(flows[flow][:MAX_EXAMPLES])
    ]
    return [place for _, _, place in sorted(turns)[:MAX_EXAMPLES]]


def _silhouettes(clustering: NamedClustering) -> npt.NDArray[np.float32]:
    """Return the silhouette of every row of a run: float32 (n,), -2 where it is unknown."""
    folder = clustering.run.folder
    values = folder.row_values(clustering.clusterer, files.SILHOUETTE)
    if values is None:
        return np.full(len(folder.assignments), -2, np.float32)
    return np.nan_to_num(values, nan=-2)


def _example(
    overlap: Overlap, place: int, outcome: str, items: Mapping[str, ShownItems]
) -> MovedRow:
    assignments, at = overlap.a.run.folder.assignments, int(overlap.at[place])
    truth = int(overlap.truth[place])
    split = assignments.splits[assignments.split[at]]
    row = at - assignments.rows(split).start
    (item,) = items[split].take(np.array([row]))
    return MovedRow(
        split=split,
        row=row,
        id=str(assignments.ids[at]),
        text=item[:MAX_TEXT] if isinstance(item, str) else None,
        image=base64.b64encode(item).decode() if isinstance(item, bytes) else None,
        before=int(overlap.first[place]),
        after=int(overlap.second[place]),
        label=assignments.classes[truth] if truth >= 0 else None,
        outcome=outcome if truth >= 0 else None,
    )
