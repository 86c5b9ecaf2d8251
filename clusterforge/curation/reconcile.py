"""Merges and splits on another fit, where the rows that they name lie in other clusters than then.

Applied one by one, edits of another fit do harm: rows that stood for a part may share their cluster with
rows of a cluster that the part was told from. So all of them are read together first: rows that the edits
put into one cluster in the end are one *group*, and no two groups belong together. Then each cluster that
holds rows of several groups is divided among them, clusters of one group are joined, and the rows around go
to the nearest of the new places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation.edits import Merge, RowRef, Split
from clusterforge.curation.labelling import NOISE, Labelling, Places
from clusterforge.curation.rules import Spread
from clusterforge.curation.splitting import split_rows

ITERATIONS = 2
LEAST = 2  # rows of a group that a cluster must hold to count as one of its places


@dataclass(frozen=True)
class Reconciled:
    """A fit divided and joined as merges and splits say.

    Parameters
    ----------
    labels
        int64 (n,): clusters that no edit speaks of keep their numbers, the others have new ones.
    rule
        The same for new rows; None where no row that the edits name is here.
    """

    labels: IntArray
    rule: Spread | None


def reconciled(
    edits: Sequence[Merge | Split], rows: Labelling, labels: IntArray, places: Places
) -> Reconciled:
    """Apply merges and splits together.

    Parameters
    ----------
    edits
        Merges, and splits that name their parts.
    rows
        The rows and their embedding.
    labels
        int64 (n,): their clusters before.
    places
        Where rows stand.
    """
    group_of, stated = _groups(edits)
    anchors = _anchors(group_of, stated, labels, places)
    clusters = sorted({cluster for cluster, _ in anchors})
    if not clusters:
        return Reconciled(labels, None)
    # Each place: a part of a touched cluster that is one group's, or a whole cluster that is not touched.
    numbers: list[int] = []
    first = int(labels.max()) + 1
    of_place = np.full(len(labels), NOISE, dtype=np.int64)
    seeds: list[IntArray] = []
    for cluster in clusters:
        groups = [group for held, group in anchors if held == cluster]
        members = np.flatnonzero(labels == cluster)
        part = np.zeros(len(members), dtype=np.int64)
        if len(groups) > 1:
            own = [rows.embedding[anchors[cluster, group]].mean(axis=0) for group in groups]
            part = split_rows(rows.embedding[members], len(groups), np.stack(own), 0)[0]
        of_place[members] = len(numbers) + part
        numbers += [first + group for group in groups]
        seeds += [anchors[cluster, group] for group in groups]
    touched = len(numbers)
    for cluster in np.unique(labels[(labels >= 0) & (of_place < 0)]).tolist():
        of_place[labels == cluster] = len(numbers)
        numbers.append(cluster)
    of_place, centres = _settled(of_place, rows.embedding, seeds, touched)
    number = np.array(numbers, dtype=np.int64)
    inside = of_place >= 0
    after = labels.copy()
    after[inside] = number[of_place[inside]]
    takes = np.arange(len(numbers)) < touched
    return Reconciled(after, Spread(tuple(clusters), number, centres, takes))


def _groups(
    edits: Sequence[Merge | Split],
) -> tuple[dict[RowRef, int], list[tuple[RowRef, ...]]]:
    """Return the group in which each named row ends, and the rows that were named together."""
    group_of: dict[RowRef, int] = {}
    stated: list[tuple[RowRef, ...]] = []

    def group(refs: tuple[RowRef, ...]) -> int | None:
        counts = Counter(group_of[row] for row in refs if row in group_of)
        best = counts.most_common(1)
        return best[0][0] if best and 2 * best[0][1] > len(refs) else None

    new = 0
    for edit in edits:
        if isinstance(edit, Merge):
            joined = set()
            for ref in edit.clusters:
                stated.append(ref.rows)
                number = group(ref.rows)
                if number is None:
                    number, new = new, new + 1
                    for row in ref.rows:
                        group_of.setdefault(row, number)
                joined.add(number)
            into = min(joined)
            group_of = {row: into if g in joined else g for row, g in group_of.items()}
        else:
            # What stood for the whole may lie in any of its parts now.
            whole = group(edit.cluster.rows)
            group_of = {row: g for row, g in group_of.items() if g != whole}
            for part in edit.parts:
                stated.append(part)
                group_of |= dict.fromkeys(part, new)
                new += 1
    return group_of, stated


def _anchors(
    group_of: dict[RowRef, int],
    stated: list[tuple[RowRef, ...]],
    labels: IntArray,
    places: Places,
) -> dict[tuple[int, int], IntArray]:
    """Return the rows that stand for each group in each cluster, by cluster and group."""
    found: dict[tuple[int, int], list[int]] = {}
    for refs in stated:
        counts = Counter(group_of[row] for row in refs if row in group_of)
        if not counts:
            continue
        group = counts.most_common(1)[0][0]
        here = places.of(tuple(row for row in refs if group_of.get(row) == group))
        values, numbers = np.unique(labels[here], return_counts=True)
        for cluster, number in zip(values.tolist(), numbers.tolist(), strict=True):
            if cluster >= 0 and number >= min(LEAST, len(here)):
                found.setdefault((cluster, group), []).extend(here[labels[here] == cluster])
    return {key: np.unique(value) for key, value in sorted(found.items())}


def _settled(
    of_place: IntArray, embedding: FloatArray, seeds: list[IntArray], touched: int
) -> tuple[IntArray, FloatArray]:
    """Let rows go to the nearest place where theirs or that one is touched; return centres as well.

    A touched place lies half in the mean of its rows and half in that of the rows that stand for it.
    """
    inside = of_place >= 0
    count = int(of_place.max()) + 1
    for _ in range(ITERATIONS):
        centres = np.stack([embedding[of_place == place].mean(axis=0) for place in range(count)])
        for place, rows in enumerate(seeds):
            centres[place] = (centres[place] + embedding[rows].mean(axis=0)) / 2
        nearest = (centres**2).sum(axis=1) - 2 * embedding @ centres.T
        new = nearest.argmin(axis=1)
        moves = inside & ((of_place < touched) | (new < touched))
        after = np.where(moves, new, of_place)
        if (after == of_place).all() or len(np.unique(after[inside])) < count:
            break
        of_place = after
    return of_place, centres.astype(np.float32)
