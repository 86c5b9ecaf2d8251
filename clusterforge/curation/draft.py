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
            self.same_fit &= self.places.whole(ref.rows, self.labels)
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

    def renumbered(self) -> tuple[Labelling, dict[int, int]]:
        """Return the rows with clusters numbered from 0 without gaps, and the number of each.

        A cluster keeps its number; those that are too high take the numbers that have become free.
        """
        clusters = np.unique(self.labels[self.labels >= 0]).tolist()
        high = [cluster for cluster in clusters if cluster >= len(clusters)]
        free = sorted(set(range(len(clusters))) - set(clusters))
        into = {cluster: cluster for cluster in clusters} | dict(zip(high, free, strict=True))
        # A cluster that pins and pairs have emptied gives new rows to nothing.
        top = max((int(self.labels.max(initial=NOISE)), *self._numbers()), default=NOISE)
        rule = Relabel({old: into.get(old, NOISE) for old in range(top + 1)})
        self.rules.append(rule)
        names = {into[old]: name for old, name in self.names.items() if old in into}
        return self.rows.relabelled(rule(self.labels, self.rows.embedding), names), into

    def _numbers(self) -> set[int]:
        numbers = set(self.rows.labels.tolist())
        for rule in self.rules:
            numbers |= set(rule.into.values()) if isinstance(rule, Relabel) else {*rule.numbers}
        return numbers


def commonest(labels: IntArray) -> int:
    """Return the commonest label, a cluster before noise and the lowest of several."""
    values, counts = np.unique(labels, return_counts=True)
    order = np.lexsort((values, -counts, values < 0))
    return int(values[order[0]])
