"""Clusters set beside classes: Hungarian matching, colours, confusion, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clusterforge.report.folder import Assignments, FloatArray, IntArray

MAX_COLUMNS = 40


@dataclass(frozen=True)
class Clusters:
    """The clusters of one clusterer, and what each goes with.

    Parameters
    ----------
    ids
        The clusters' numbers, in order, without noise.
    matched
        Cluster to class, one to one, so that most rows agree (Hungarian, over all splits).
    colours
        Cluster to the index of its colour in the palette: that of its class.
    like
        Cluster to the class that it is called after: the matched one, where none of its classes is larger.
    """

    ids: list[int]
    matched: Mapping[int, int]
    colours: Mapping[int, int]
    like: Mapping[int, int]


@dataclass(frozen=True)
class Confusion:
    """How the classes fall into the clusters of one split.

    Parameters
    ----------
    rows
        The classes' names.
    columns
        The clusters' names: first those matched to a class, in the classes' order.
    clusters
        The cluster of each column; None for noise and for the rest taken together.
    counts
        int64 (classes, columns).
    matched
        For each column the row it is matched to, -1 for none.
    noisy
        Whether the last column is noise.
    """

    rows: list[str]
    columns: list[str]
    clusters: list[int | None]
    counts: IntArray
    matched: list[int]
    noisy: bool

    @property
    def shares(self) -> FloatArray:
        """The counts as shares of their row, float32; 0 for a class without rows."""
        total = np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        shares: FloatArray = (self.counts / total).astype(np.float32)
        return shares

    @property
    def agreeing(self) -> int:
        """How many rows lie where a class meets its cluster."""
        return sum(int(self.counts[r, c]) for c, r in enumerate(self.matched) if r >= 0)


def match(reference: IntArray, labels: IntArray) -> dict[int, int]:
    """Match labels to a reference one to one, as accuracy does, by the rows that have both."""
    from clusterforge.numerics.contingency import hungarian

    both = (reference >= 0) & (labels >= 0)
    matched: dict[int, int] = hungarian(reference[both], labels[both]) if both.any() else {}
    return matched


def all_clusters(assignments: Assignments) -> dict[str, Clusters]:
    """Match every clusterer's clusters to the classes; without labels, to the first clusterer."""
    size, reference = len(assignments.classes), assignments.truth
    result: dict[str, Clusters] = {}
    for name, labels in assignments.clusters.items():
        ids = [int(i) for i in np.unique(labels[labels >= 0])]
        matched = match(reference, labels)
        colours = dict(matched)
        count = {i: int((labels == i).sum()) for i in ids if i not in colours}
        for free, i in enumerate(sorted(count, key=lambda i: (-count[i], i)), start=size):
            colours[i] = free
        if not size:  # the first clusterer of a run without labels: its own numbers
            colours = {i: place for place, i in enumerate(ids)}
            reference = np.where(labels >= 0, np.searchsorted(np.array(ids or [0]), labels), -1)
            size = len(ids)
        if not assignments.classes:
            matched = {}
        like = {i: c for i, c in matched.items() if _largest(assignments.truth[labels == i], c)}
        result[name] = Clusters(ids, matched, colours, like)
    return result


def _largest(truth: IntArray, of: int) -> bool:
    counts = np.bincount(truth[truth >= 0], minlength=of + 1)
    return bool(counts[of] == counts.max())


def confusion(assignments: Assignments, clusterer: str, split: int) -> Confusion | None:
    """Count classes by clusters in one split, matched within it as accuracy is.

    Returns
    -------
    Confusion or None
        None where no row of the split has both a label and a cluster.
    """
    given = assignments.clusters[clusterer]
    here = (assignments.split == split) & (assignments.truth >= 0) & (given >= -1)
    if not here.any():
        return None
    labels, truth = given[here], assignments.truth[here]
    present = {int(i) for i in np.unique(labels)}
    matched = match(truth, labels)
    order = sorted(matched, key=lambda i: matched[i])
    rest = [i for i in present if i >= 0 and i not in matched]
    rest.sort(key=lambda i: (-int((labels == i).sum()), i))
    shown = [*order, *rest[: max(MAX_COLUMNS - len(order), 0)]]
    merged = rest[len(shown) - len(order) :]
    columns = (
        [[i] for i in shown] + ([merged] if merged else []) + ([[-1]] if -1 in present else [])
    )
    names = [str(i) for i in shown] + ([f"{len(merged)} more"] if merged else [])
    names += ["noise"] if -1 in present else []
    counts = [
        np.bincount(truth[np.isin(labels, column)], minlength=len(assignments.classes))
        for column in columns
    ]
    extra = len(columns) - len(shown)
    return Confusion(
        rows=assignments.classes,
        columns=names,
        clusters=[*shown, *[None] * extra],
        counts=np.stack(counts, axis=1).astype(np.int64),
        matched=[matched.get(i, -1) for i in shown] + [-1] * extra,
        noisy=-1 in present,
    )
