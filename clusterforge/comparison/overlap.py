"""The rows that two clusterings both label, and their clusters matched one to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clusterforge.comparison.named_runs import NamedClustering
from clusterforge.comparison.shared_rows import SharedRows
from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.numerics.contingency import Contingency, contingency
from clusterforge.report.matching import match

Flags = npt.NDArray[np.bool_]
MAX_CELLS = 2**24
NOISE = -1
UNMATCHED = -2


@dataclass(frozen=True)
class Overlap:
    """The rows that two clusterings both label.

    Parameters
    ----------
    a, b
        The clusterings.
    at, to
        int64 (n,): where each row stands in the assignments of both runs.
    """

    a: NamedClustering
    b: NamedClustering
    at: IntArray
    to: IntArray

    @classmethod
    def of(cls, a: NamedClustering, b: NamedClustering, shared: SharedRows) -> Overlap:
        """Return the overlap of two clusterings on the rows that their runs share."""
        at, to = shared.all_places
        both = (a.labels[at] >= NOISE) & (b.labels[to] >= NOISE)
        return cls(a, b, at[both], to[both])

    @cached_property
    def first(self) -> IntArray:
        """int64 (n,): the cluster of each row in the first clustering."""
        return self.a.labels[self.at]

    @cached_property
    def second(self) -> IntArray:
        """int64 (n,): the cluster of each row in the second clustering."""
        return self.b.labels[self.to]

    @cached_property
    def truth(self) -> IntArray:
        """int64 (n,): the class of each row in the first run, -1 where it is unknown."""
        return self.a.run.folder.assignments.truth[self.at]

    @cached_property
    def table(self) -> Contingency:
        """The rows that each cluster shares with each of the other clustering.

        Raises
        ------
        InputError
            Where there are too many clusters to set side by side.
        """
        sizes = [len(np.unique(labels)) for labels in (self.first, self.second)]
        if sizes[0] * sizes[1] > MAX_CELLS:
            raise InputError(
                f"{sizes[0]:,} by {sizes[1]:,} clusters are too many to align",
                file=self.a.run.name,
                remedy="name clusterers with fewer clusters: RUN:CLUSTERER",
            )
        return contingency(self.first, self.second)

    @cached_property
    def matched(self) -> dict[int, int]:
        """Cluster to cluster, so that most rows agree; noise to noise."""
        return {x: y for y, x in match(self.first, self.second).items()} | {NOISE: NOISE}

    @cached_property
    def expected(self) -> IntArray:
        """int64 (n,): the cluster that each row's own is matched to; -2 where it is to none."""
        return _mapped(self.first, self.matched)

    def all_noise(self) -> list[NamedClustering]:
        """Return which of the two calls every row noise; neither where there are no rows."""
        both = ((self.a, self.first), (self.b, self.second))
        return [side for side, labels in both if len(labels) and (labels < 0).all()]

    @property
    def aligned(self) -> bool:
        """Whether there are rows, and clusters in both."""
        return bool(len(self.at)) and not self.all_noise()

    def right(self) -> tuple[Flags, Flags]:
        """Tell for which rows each clustering is right: two bool (n,).

        A row is right where its cluster is matched to its class, as accuracy matches them.
        """
        first, second = (
            _mapped(labels, match(self.truth, labels)) for labels in (self.first, self.second)
        )
        return first == self.truth, second == self.truth


def _mapped(labels: IntArray, pairs: Mapping[int, int]) -> IntArray:
    values, place = np.unique(labels, return_inverse=True)
    return np.array([pairs.get(v, UNMATCHED) for v in values.tolist()], np.int64)[place]
