"""Merges, splits and pins on another fit, where the rows that they name lie in other clusters than then.

Applied one by one, edits of another fit do harm: rows that stood for a part may share their cluster with
rows of a cluster that the part was told from. So all of them are read together first: rows that the edits
put into one cluster in the end are one *group*, and no two groups belong together. A cluster that holds
enough of the rows that stand for a group is the group's; one that holds those of several is divided among
them. Then rows go to the nearest place, where their own or that one is a group's. A group's place lies mostly
in the mean of the rows that stand for it, since these are what a person has looked at; and what is near is
learned from how those rows differ within their groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation.edits import Merge, Pin, RowRef, Split
from clusterforge.curation.labelling import NOISE, Labelling, Places
from clusterforge.curation.metric import within
from clusterforge.curation.rules import Spread
from clusterforge.numerics.kmeans import assign

ITERATIONS = 4
ENOUGH = 0.3  # of the rows that stand for a group: a cluster that holds so many is the group's
LEAST = 2  # of them at least, where there are several
WEIGHT = (
    0.8  # of the rows that stand for a group in its places; the rest are the rows that lie there
)


@dataclass(frozen=True)
class Reconciled:
    """A fit divided and joined as edits say.

    Parameters
    ----------
    labels
        int64 (n,): clusters that no edit speaks of keep their numbers. A group takes the number of the
        cluster that most of its rows lay in, or a new one where another group has more of that cluster.
    rule
        The same for new rows; None where no row that the edits name is here.
    """

    labels: IntArray
    rule: Spread | None


def reconciled(
    edits: Sequence[Merge | Split | Pin], rows: Labelling, labels: IntArray, places: Places
) -> Reconciled:
    """Apply merges, splits and pins together.

    Parameters
    ----------
    edits
        Merges, splits that name their parts, and pins: the clusters of these are groups as well.
    rows
        The rows and their embedding.
    labels
        int64 (n,): their clusters before.
    places
        Where rows stand.
    """
    standing = _standing(*_groups(edits), places)
    if not standing:
        return Reconciled(labels, None)
    anchors: dict[int, IntArray] = {}
    for group, here in standing:
        anchors[group] = np.union1d(anchors.get(group, here[:0]), here)
    owners = _owners(standing, labels)
    metric = within(rows.embedding, list(anchors.values()))
    points = metric(rows.embedding)
    # Each place: a part of a cluster that is one group's, or a whole cluster that is nobody's.
    numbers: list[int] = []
    seeds: list[IntArray] = []
    of_place = np.full(len(labels), NOISE, dtype=np.int64)
    first = int(labels.max()) + 1
    for cluster, groups in owners.items():
        members = np.flatnonzero(labels == cluster)
        means = np.stack([points[anchors[group]].mean(axis=0) for group in groups])
        of_place[members] = len(numbers) + assign(points[members], means)[0]
        for group in groups:
            inside = anchors[group][labels[anchors[group]] == cluster]
            seeds.append(inside if len(inside) else anchors[group])
            numbers.append(first + group)
    for group in sorted(anchors.keys() - {number - first for number in numbers}):
        seeds.append(anchors[group])
        numbers.append(first + group)
    touched = len(numbers)
    for cluster in np.unique(labels[(labels >= 0) & (of_place < 0)]).tolist():
        of_place[labels == cluster] = len(numbers)
        numbers.append(cluster)
    rule = Spread(
        tuple(owners),
        np.array(numbers, dtype=np.int64),
        _settled(of_place, points, seeds, len(numbers)),
        np.arange(len(numbers)) < touched,
        metric,
    )
    lasting = _lasting(labels, rule(labels, rows.embedding), list(owners), first)
    rule = replace(rule, numbers=np.array([lasting.get(n, n) for n in numbers], dtype=np.int64))
    return Reconciled(rule(labels, rows.embedding), rule)


def _lasting(before: IntArray, after: IntArray, owned: list[int], first: int) -> dict[int, int]:
    """Return the number of a cluster before for each group, from ``first`` on, that has most of its rows.

    Parameters
    ----------
    before, after
        int64 (n,): the clusters before; and the groups, with the clusters that no edit speaks of.
    owned
        The clusters before that are groups', whose numbers groups may take.
    first
        The number of the first group.
    """
    both = (after >= first) & np.isin(before, owned)
    pairs, rows = np.unique(np.stack([before[both], after[both]]), axis=1, return_counts=True)
    lasting: dict[int, int] = {}
    for i in np.argsort(-rows, kind="stable").tolist():
        cluster, group = pairs[:, i].tolist()
        if group not in lasting and cluster not in lasting.values():
            lasting[group] = cluster
    return lasting


def _settled(
    of_place: IntArray, points: FloatArray, seeds: Sequence[IntArray], count: int
) -> FloatArray:
    """Return where places lie, float32 (count, d), when rows have gone to the nearest of them.

    Rows go where theirs or that place is a group's: one of the first, which have seeds.
    """
    stood = np.stack([points[rows].mean(axis=0) for rows in seeds])
    inside = of_place >= 0
    places = np.zeros((count, points.shape[1]), dtype=np.float32)
    for _ in range(ITERATIONS):
        for place in range(count):
            here = of_place == place
            if here.any():
                places[place] = points[here].mean(axis=0)
                if place < len(seeds):
                    places[place] += WEIGHT * (stood[place] - places[place])
            elif place < len(seeds):
                places[place] = stood[place]
        nearest = assign(points, places)[0]
        moves = inside & ((of_place < len(seeds)) | (nearest < len(seeds)))
        after = np.where(moves, nearest, of_place)
        if (after == of_place).all():
            break
        of_place = after
    return places


def _standing(
    group_of: dict[RowRef, int], stated: list[tuple[RowRef, ...]], places: Places
) -> list[tuple[int, IntArray]]:
    """Return the group of rows that were named together, and those of them that are here."""
    standing = []
    for refs in stated:
        counts = Counter(group_of[row] for row in refs if row in group_of)
        for group, _ in counts.most_common(1):
            here = places.of(tuple(row for row in refs if group_of.get(row) == group))
            if len(here):
                standing.append((group, here))
    return standing


def _owners(standing: list[tuple[int, IntArray]], labels: IntArray) -> dict[int, list[int]]:
    """Return the groups, ascending, that each cluster belongs to, by the cluster."""
    owners: dict[int, set[int]] = {}
    for group, here in standing:
        least = max(min(LEAST, len(here)), ENOUGH * len(here))
        for cluster, count in zip(*np.unique(labels[here], return_counts=True), strict=True):
            if cluster >= 0 and count >= least:
                owners.setdefault(int(cluster), set()).add(group)
    return {cluster: sorted(groups) for cluster, groups in sorted(owners.items())}


def _groups(
    edits: Sequence[Merge | Split | Pin],
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
        if not isinstance(edit, Split):
            joined = set()
            for ref in edit.clusters if isinstance(edit, Merge) else (edit.cluster,):
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
