"""Clusters of a new fit and lasting ids, matched by what both say of the same rows.

Neither clustering has seen the other's rows; each predicts them, so that every row of both has an id and a
number, and no row has to be in both generations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import IntArray

MOSTLY = 0.7  # of a part lies in what it is a part of
PART = 0.15  # of a whole, below which a part is only its border
ANSWERED = 0.3
ROUNDS, ENOUGH, QUESTIONS = 59, 3, 2


@dataclass(frozen=True)
class Structure:
    """A cluster that is several in the other clustering.

    Parameters
    ----------
    whole
        The cluster that is one.
    parts
        What it is in the other, the largest first.
    size
        The rows of the second part, as a share of all: what chance has to reach.
    """

    whole: int
    parts: tuple[int, ...]
    size: float


@dataclass(frozen=True)
class Table:
    """How many rows have which id and which number.

    Parameters
    ----------
    ids, numbers
        int64 (k,) and (l,).
    counts
        float64 (k, l).
    """

    ids: IntArray
    numbers: IntArray
    counts: npt.NDArray[np.float64]

    @classmethod
    def of(cls, ids: IntArray, numbers: IntArray) -> Table:
        """Count rows, int64 (n,) each; noise of either side takes no part."""
        rows = (ids >= 0) & (numbers >= 0)
        left, i = np.unique(ids[rows], return_inverse=True)
        right, j = np.unique(numbers[rows], return_inverse=True)
        counts = np.zeros((len(left), len(right)))
        np.add.at(counts, (i, j), 1)
        return cls(left, right, counts)

    @property
    def turned(self) -> Table:
        """The same, seen from the other side."""
        return Table(self.numbers, self.ids, self.counts.T)

    def splits(self) -> tuple[Structure, ...]:
        """Return the ids that are several numbers; ``turned`` gives those that are one number."""
        total = self.counts.sum() or 1.0
        of_number = self.counts / np.maximum(self.counts.sum(axis=0), 1)
        of_id = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        found = []
        for i, id in enumerate(self.ids.tolist()):
            parts = np.flatnonzero((of_number[i] >= MOSTLY) & (of_id[i] >= PART))
            parts = parts[np.argsort(-self.counts[i, parts], kind="stable")]
            if len(parts) > 1:
                size = float(self.counts[i, parts[1]] / total)
                found.append(Structure(id, tuple(self.numbers[parts].tolist()), size))
        return tuple(found)

    def answers(self) -> dict[int, tuple[int, ...]]:
        """Return for each number the ids that its rows may have, the most frequent first.

        Each id is an answer of some number, so none is lost.
        """
        home = self.counts.argmax(axis=1)
        answers = {}
        for j, number in enumerate(self.numbers.tolist()):
            column = self.counts[:, j]
            own = (home == j) | (column >= ANSWERED * column.sum())
            own[column.argmax()] = True
            order = np.flatnonzero(own)
            order = order[np.argsort(-column[order], kind="stable")]
            answers[number] = tuple(self.ids[order].tolist())
        return answers


def largest(table: Table) -> float:
    """Return the size of the largest split or merge of two clusterings; 0 without any."""
    found = (*table.splits(), *table.turned.splits())
    return max((structure.size for structure in found), default=0.0)


def structure_p(sizes: tuple[float, ...], refit: Callable[[int], Table]) -> tuple[float, ...]:
    """Return the p-values of splits and merges against pairs of fits under "nothing changed".

    A round deals the rows of both generations anew, fits each half, and takes the largest split or merge
    of the two fits. It ends early once chance has reached the largest size three times (Besag and
    Clifford 1991).

    Parameters
    ----------
    sizes
        Of the structures, none larger than that of two fits on the generations as they are; 0 is no
        structure, and its p-value 1.
    refit
        Returns how two fits of a round's halves match.
    """
    if not max(sizes):
        return tuple(1.0 for _ in sizes)
    chance: list[float] = []
    for number in range(ROUNDS):
        chance.append(largest(refit(number)))
        if sum(value >= max(sizes) for value in chance) >= ENOUGH:
            break
    reached = [sum(value >= size for value in chance) for size in sizes]
    return tuple(min(1.0, QUESTIONS * (1 + n) / (1 + len(chance))) for n in reached)
