"""A clustering while it is edited: labels, names, and the rules by which new rows follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation.edits import ClusterRef, RowRef
from clusterforge.curation.labelling import NOISE, Labelling, Places
from clusterforge.curation.metric import plain
from clusterforge.curation.rules import Relabel, Rule, Spread


class Draft:
    """The rows of a clustering with the edits so far.

    Parameters
    ----------
    rows
        The rows, with their labels and names before any edit.
    """

    def __init__(self, rows: Labelling) -> None:
        self.rows = rows
        self.places = Places(rows)
        self.labels = rows.labels.copy()
        self.names = dict(rows.names)
        self.rules: list[Rule] = []
        self.pinned: set[int] = set()
        """The rows that pins have moved, which say nothing of the fit any more."""
        self.same_fit = True
        """Whether all rows that merges and splits name lie as they did when the edits were made."""

    def now(self) -> Labelling:
        """Return the rows with their labels as they are."""
        return self.rows.relabelled(self.labels)

    def size(self, cluster: int) -> int:
        """Return how many rows a cluster has."""
        return int((self.labels == cluster).sum())

    def named(self, name: str, but: Sequence[int]) -> bool:
        """Tell whether a cluster other than these has a name that a person gave, in any case of letters."""
        others = (own for cluster, own in self.names.items() if cluster not in but)
        return any(own.casefold() == name.casefold() for own in others)

    def resolve(self, refs: tuple[ClusterRef, ...]) -> tuple[list[int], list[str]]:
        """Return the clusters that edits refer to, each once, and why others are not here."""
        numbers, reasons = [], []
        for ref in refs:
            number, reason = self.places.cluster(ref, self.labels)
            here = [row for row in self.places.of(ref.rows).tolist() if row not in self.pinned]
            self.same_fit &= len(set(self.labels[here].tolist())) <= 1
            if number is None:
                reasons.append(f"{ref.name or ref.number or 'a cluster'}: {reason}")
            else:
                numbers.append(number)
        return list(dict.fromkeys(numbers)), reasons

    def home(self, rows: tuple[RowRef, ...], labels: IntArray) -> int | None:
        """Return the cluster that most of some rows lie in; None where all are noise."""
        here = labels[self.places.of(rows)]
        return commonest(here) if len(here) and (here >= 0).any() else None

    def spread(self, cluster: int, numbers: list[int], places: FloatArray) -> None:
        """Remember that new rows of a cluster go to the nearest of some places."""
        number = np.array(numbers, dtype=np.int64)
        takes = np.zeros(len(number), dtype=bool)
        self.rules.append(Spread((cluster,), number, places, takes, plain(places.shape[1])))

    def relabel(self, into: dict[int, int]) -> None:
        """Give clusters other numbers, and their names with them."""
        for old, new in into.items():
            self.labels[self.labels == old] = new
            name = self.names.pop(old, None)
            if name and new >= 0:
                self.names.setdefault(new, name)
        self.rules.append(Relabel(into))

    def close_gaps(self) -> dict[int, int]:
        """Number clusters from 0 without gaps, and return the numbers that have changed.

        A cluster keeps its number; those that are too high take the numbers that have become free.
        """
        clusters = self.now().clusters
        high = [cluster for cluster in clusters if cluster >= len(clusters)]
        free = sorted(set(range(len(clusters))) - set(clusters))
        kept = {cluster: cluster for cluster in clusters} | dict(zip(high, free, strict=True))
        # A cluster that edits of rows have emptied gives new rows to nothing.
        into = {old: kept.get(old, NOISE) for old in self._numbers() | kept.keys()}
        into = {old: new for old, new in sorted(into.items()) if old not in (new, NOISE)}
        self.names = {kept[old]: name for old, name in self.names.items() if old in kept}
        if into:
            rule = Relabel(into)
            self.labels = rule(self.labels, self.rows.embedding)
            self.rules.append(rule)
        return into

    def _numbers(self) -> set[int]:
        """Return the numbers that the rules so far may give a row."""
        numbers = set(self.rows.labels.tolist())
        for rule in self.rules:
            if isinstance(rule, Relabel):
                numbers = {rule.into.get(number, number) for number in numbers}
            else:
                numbers = (numbers - set(rule.clusters)) | set(rule.numbers.tolist())
        return numbers


def commonest(labels: IntArray) -> int:
    """Return the commonest label, a cluster before noise and the lowest of several."""
    values, counts = np.unique(labels, return_counts=True)
    order = np.lexsort((values, -counts, values < 0))
    return int(values[order[0]])
