"""How typical a row is of its cluster, and how near to the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.explaining.selection import spaced
from clusterforge.numerics.centroids import centroids
from clusterforge.numerics.stored_rows import StoredRows, column_means, row_blocks

REFERENCES, MOST_LEAST, LEAST, NEIGHBORS = 2_000, 20, 5, 10
COMPARISONS = 200_000_000
OWN_GROUND = 0.9
SIBLINGS = 5
DIGITS = 3
BLOCK_VALUES = 8_000_000

By = Literal["membership", "centroid", "density"]
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Standing:
    """How the rows stand in their clusters; noise has no standing and is left out.

    Parameters
    ----------
    by
        What decides: the clusterer's own ``membership``; the distance to the ``centroid``; or, for
        clusters of any shape, the ``density`` of the members around a row.
    rows
        int64 (m,): the rows that lie in a cluster.
    code
        int64 (m,): the position of a row's cluster among the clusters.
    far
        float (m,): the smaller, the more typical.
    margin
        float (m,): own cluster against the next; the smaller, the more borderline.
    next
        int64 (m,): position of the next cluster; -1 where there is no other.
    radius
        float (k,): root mean squared distance of a cluster's rows to its centroid.
    """

    by: By
    rows: IntArray
    code: IntArray
    far: Floats
    margin: Floats
    next: IntArray
    radius: Floats


class Around:
    """Rows times a power of two, around their mean, computed when they are asked for.

    |x|² - 2 x·c + |c|² loses digits far from the origin, and overflows for large values.

    Parameters
    ----------
    rows
        float32 (n, d), finite.
    """

    def __init__(self, rows: FloatArray) -> None:
        self.rows = rows
        extreme = [float(np.abs(block).max(initial=0)) for _, block in row_blocks(rows)]
        self.exponent = -int(np.frexp(np.float32(max(extreme, default=0)))[1])
        self.mean = np.ldexp(column_means(rows), self.exponent).astype(np.float32)

    def __getitem__(self, some: IntArray) -> FloatArray:
        """Return the rows at these positions: float32 (m, d)."""
        return self.placed(self.rows[some])

    def placed(self, rows: FloatArray) -> FloatArray:
        """Return rows in the same way: float32 (m, d)."""
        found: FloatArray = np.ldexp(rows, self.exponent) - self.mean
        return found


class Clusters:
    """The clusters of one clustering.

    Parameters
    ----------
    embedding
        float32 (n, d), finite.
    labels
        int64 (n,), -1 for noise.
    membership
        float32 (n, k'), column j for cluster j, where the clusterer knows it.
    """

    def __init__(
        self, embedding: FloatArray, labels: IntArray, membership: FloatArray | None = None
    ) -> None:
        self.labels, self.membership = labels, membership
        self.noise = int((labels < 0).sum())
        self.rows: IntArray = np.flatnonzero(labels >= 0)
        self.ids, self.code, self.sizes = np.unique(
            labels[self.rows], return_inverse=True, return_counts=True
        )
        self.points = Around(embedding)

    @property
    def by_size(self) -> IntArray:
        """Positions of the clusters, the largest first, ties by id."""
        order: IntArray = np.lexsort((self.ids, -self.sizes))
        return order

    def members(self, position: int) -> IntArray:
        """Return where the rows of a cluster stand among the clustered rows, in order."""
        return self._by_cluster[self._starts[position] : self._starts[position + 1]]

    @cached_property
    def _by_cluster(self) -> IntArray:
        order: IntArray = np.argsort(self.code, kind="stable")
        return order

    @cached_property
    def _starts(self) -> IntArray:
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def near(self, position: int) -> IntArray:
        """Return the positions of the clusters whose centroids are nearest, the nearest first."""
        away = distances(self.centroids[position : position + 1], self.centroids)[0]
        away[position] = np.inf
        nearest: IntArray = np.argsort(away, kind="stable")[: min(SIBLINGS, len(away) - 1)]
        return nearest

    @cached_property
    def centroids(self) -> FloatArray:
        """The mean of each cluster's rows: float32 (k, d), less the mean of all."""
        if isinstance(self.points.rows, StoredRows):
            return self.points.placed(centroids(self.points.rows, self.labels)[1])
        means = np.zeros((len(self.ids), self.points.rows.shape[1]))
        for c, size in enumerate(self.sizes.tolist()):
            members = self.rows[self.members(c)]
            for part in _blocks(size, means.shape[1]):
                means[c] += self.points[members[part]].sum(axis=0, dtype=np.float64)
        return (means / self.sizes[:, None]).astype(np.float32)

    def standing(self) -> Standing | None:
        """Return how the rows stand; None where every row is noise."""
        if not len(self.ids):
            return None
        own, other, nearest = self._to_centroids()
        squares = np.bincount(self.code, own.astype(np.float64) ** 2)
        radius = np.sqrt(squares / self.sizes)
        by: By = "centroid"
        far, margin, following = own, other - own, nearest
        if self.membership is not None and self.membership.shape[1] > self.ids[-1]:
            by = "membership"
            mine, margin, following = self._by_membership(self.membership, nearest)
            # The surest rows are equally sure but for the last digits; among them the centre decides.
            order = np.lexsort((own, -mine.round(DIGITS)))
            far = np.empty(len(order), np.float64)
            far[order] = np.arange(len(order))
        elif self.noise or float((own <= other).mean()) < OWN_GROUND:
            by = "density"
            far, margin, following = self._by_density()
        return Standing(by, self.rows, self.code, far, margin, following, radius)

    def _to_centroids(self) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return distance to the own centroid, to the nearest other one, and which that is."""
        m, k = len(self.rows), len(self.ids)
        own, other = np.empty(m, np.float32), np.full(m, np.inf, np.float32)
        nearest = np.full(m, -1, np.int64)
        for part in _blocks(m, k):
            distance = distances(self.points[self.rows[part]], self.centroids)
            here, code = np.arange(len(distance)), self.code[part]
            own[part] = distance[here, code]
            if k > 1:
                distance[here, code] = np.inf
                nearest[part] = distance.argmin(axis=1)
                other[part] = distance[here, nearest[part]]
        return own, other, nearest

    def _by_membership(
        self, membership: FloatArray, nearest: IntArray
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return membership of the own cluster, its lead over the next, and which that is."""
        m, k = len(self.rows), len(self.ids)
        mine, lead = np.empty(m, np.float32), np.full(m, np.inf, np.float32)
        following = nearest.copy()
        for part in _blocks(m, k):
            of_part = membership[self.rows[part]][:, self.ids]
            here, code = np.arange(len(of_part)), self.code[part]
            mine[part] = of_part[here, code]
            if k > 1:
                of_part[here, code] = -1
                best = of_part.argmax(axis=1)
                second = of_part[here, best]
                lead[part] = mine[part] - second
                following[part] = np.where(second > 0, best, nearest[part])
        return mine, lead, following

    def _by_density(self) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return the mean distance to the nearest of some own members, the lead over the others.

        A centroid says little of a cluster of any shape, it may lie outside. Where members are
        dense is typical; where a member of another cluster is near is borderline.
        """
        m = len(self.rows)
        far, lead = np.full(m, np.inf, np.float32), np.full(m, np.inf, np.float32)
        following = np.full(m, -1, np.int64)
        chosen = {int(c): self._references(int(c)) for c in self.by_size}
        references = np.concatenate(list(chosen.values()))
        of = self.code[references]
        at = self.points[self.rows[references]]
        for c, own in chosen.items():
            mine, others = of == c, np.flatnonzero(of != c)
            for part in _blocks(int(self.sizes[c]), len(references)):
                members = self.members(c)[part]
                distance = distances(self.points[self.rows[members]], at)
                close = distance[:, mine]
                close[members[:, None] == own] = np.inf  # a row is no neighbour of its own
                k = min(NEIGHBORS, len(own) - 1)
                if k > 0:
                    far[members] = np.partition(close, k - 1, axis=1)[:, :k].mean(axis=1)
                else:
                    far[members] = 0
                if len(others):
                    rest = distance[:, others]
                    best = rest.argmin(axis=1)
                    lead[members] = rest[np.arange(len(rest)), best] - far[members]
                    following[members] = of[others[best]]
        return far, lead, following

    def _references(self, position: int) -> IntArray:
        members = self.members(position)
        m = len(self.rows)
        share = min(REFERENCES, COMPARISONS // m) * len(members) // m
        # Of thousands of clusters each has fewer, or comparing every row with them takes hours.
        least = min(MOST_LEAST, max(LEAST, COMPARISONS // (m * len(self.ids))))
        return members[spaced(len(members), max(least, share))]


def distances(rows: FloatArray, others: FloatArray) -> FloatArray:
    """Return the Euclidean distances: float32 (n, m)."""
    squared = rows @ (others.T * np.float32(-2))
    squared += np.einsum("ij,ij->i", rows, rows)[:, None]
    squared += np.einsum("ij,ij->i", others, others)
    np.maximum(squared, 0, out=squared)
    return np.sqrt(squared, out=squared)


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    step = max(1, BLOCK_VALUES // max(1, columns))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
