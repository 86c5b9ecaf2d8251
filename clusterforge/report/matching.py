"""Clusters next to classes: one matching for the whole report, colours, confusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.contingency import hungarian
from clusterforge.runs import Assignments

MAX_COLUMNS = 250


@dataclass(frozen=True)
class Clusters:
    """The clusters of one clusterer, and what each goes with.

    Parameters
    ----------
    ids
        The clusters' numbers, in order, without noise.
    matched
        Cluster to class, one to one, so that most labelled rows of all splits agree (Hungarian method).
    colours
        Cluster to the index of its colour in the palette: that of its class.
    like
        Cluster to the class that it is named after: the matched one, where none of its classes is larger.
    """

    ids: tuple[int, ...]
    matched: Mapping[int, int]
    colours: Mapping[int, int]
    like: Mapping[int, int]


@dataclass(frozen=True)
class Confusion:
    """How the classes of one split are spread over the clusters.

    Parameters
    ----------
    rows
        The names of the classes.
    columns
        The names of the clusters: first those matched to a class, in the order of the classes.
    clusters
        The cluster of each column; -1 for noise and for the smallest ones taken together.
    counts
        int64 (classes, columns).
    matched
        For each column the row it is matched to, -1 for none.
    noise
        How many labelled rows are noise.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    clusters: tuple[int, ...]
    counts: IntArray
    matched: tuple[int, ...]
    noise: int

    @property
    def shares(self) -> FloatArray:
        """The counts as shares of their row, float32; 0 for a class without rows."""
        total = np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        shares: FloatArray = (self.counts / total).astype(np.float32)
        return shares

    @property
    def total(self) -> int:
        """How many rows have a label and a cluster, noise included."""
        return int(self.counts.sum())

    @property
    def agreeing(self) -> int:
        """How many rows lie where a class meets its cluster."""
        return sum(int(self.counts[r, c]) for c, r in enumerate(self.matched) if r >= 0)


def match(reference: IntArray, labels: IntArray) -> dict[int, int]:
    """Match labels to a reference one to one, as accuracy does, by the rows that have both."""
    both = (reference >= 0) & (labels >= 0)
    matched: dict[int, int] = hungarian(reference[both], labels[both]) if both.any() else {}
    return matched


def all_clusters(assignments: Assignments) -> dict[str, Clusters]:
    """Match every clusterer's clusters to the classes; without labels, to the first clusterer."""
    size, reference = len(assignments.classes), assignments.truth
    result: dict[str, Clusters] = {}
    for name, labels in assignments.clusters.items():
        ids, counts = np.unique(labels[labels >= 0], return_counts=True)
        matched = match(reference, labels)
        rest = {int(i): int(n) for i, n in zip(ids, counts, strict=True) if int(i) not in matched}
        largest_first = sorted(rest, key=lambda i: (-rest[i], i))
        colours = matched | {i: free for free, i in enumerate(largest_first, start=size)}
        if not size:  # the first clusterer of a run without labels: its own numbers
            colours = {int(i): place for place, i in enumerate(ids)}
            reference = np.where(labels >= 0, np.searchsorted(ids, labels), -1)
            size = len(ids)
        if not assignments.classes:
            matched = {}
        like = {i: c for i, c in matched.items() if _largest(assignments.truth[labels == i], c)}
        result[name] = Clusters(tuple(ids.tolist()), matched, colours, like)
    return result


def confusion(
    assignments: Assignments, clusterer: str, split: str, of: Clusters
) -> Confusion | None:
    """Count classes by clusters in one split.

    Returns
    -------
    Confusion or None
        None where no row of the split has both a label and a cluster.
    """
    rows = assignments.rows(split)
    labels, truth = assignments.clusters[clusterer][rows], assignments.truth[rows]
    both = (truth >= 0) & (labels >= -1)
    labels, truth = labels[both], truth[both]
    if not len(labels):
        return None
    ids, sizes = np.unique(labels, return_counts=True)
    size = dict(zip(ids.tolist(), sizes.tolist(), strict=True))
    noise = size.pop(-1, 0)
    order = sorted(size, key=lambda i: (of.matched.get(i, len(assignments.classes)), -size[i], i))
    single, merged = order[:MAX_COLUMNS], order[MAX_COLUMNS:]
    columns = [([i], str(i)) for i in single]
    columns += [(merged, f"{len(merged)} more")] if merged else []
    columns += [([-1], "noise")] if noise else []
    counts = [
        np.bincount(truth[np.isin(labels, column)], minlength=len(assignments.classes))
        for column, _ in columns
    ]
    extra = len(columns) - len(single)
    return Confusion(
        rows=assignments.classes,
        columns=tuple(name for _, name in columns),
        clusters=(*single, *[-1] * extra),
        counts=np.stack(counts, axis=1).astype(np.int64),
        matched=(*(of.matched.get(i, -1) for i in single), *[-1] * extra),
        noise=noise,
    )


def _largest(truth: IntArray, of: int) -> bool:
    counts = np.bincount(truth[truth >= 0], minlength=of + 1)
    return bool(counts[of] == counts.max())
