"""The condensed tree as arrays, and what it says of rows that were fitted and rows that come later."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from clusterforge.contracts import FloatArray, IntArray

Vector = npt.NDArray[np.float64]

NOISE = -1
BLOCK_ROWS = 1024


@dataclass(frozen=True)
class Tree:
    """A condensed tree in distances (1 / λ), with m nodes; node 0 is the root.

    Parameters
    ----------
    node
        The node that each fitted row falls out of: int64 (n,).
    left
        The distance at which it does: float64 (n,).
    above
        Parent of each node, -1 for the root: int64 (m,). Parents have smaller numbers.
    born
        Distance at which each node came off its parent, infinity for the root: float64 (m,).
    chosen
        The node of each cluster: int64 (k,).

    References
    ----------
    Campello, Moulavi, Zimek and Sander, ACM TKDD 10(1), 2015, for the tree and for GLOSH; McInnes,
    Healy and Astels, JOSS 2017, for soft membership, which is described with the library only.
    """

    node: IntArray
    left: Vector
    above: IntArray
    born: Vector
    chosen: IntArray

    @classmethod
    def read(cls, records: npt.NDArray[Any], labels: IntArray) -> Tree:
        """Read a library's condensed tree.

        Parameters
        ----------
        records
            Parent, child, lambda_val and child_size; parents have smaller numbers.
        labels
            int64 (n,), of clusters that are nodes of the tree.
        """
        is_row = records["child_size"] == 1
        root = int(records["parent"].min())
        child, parent = records["child"].astype(np.int64), records["parent"].astype(np.int64) - root
        with np.errstate(divide="ignore"):
            distance = 1.0 / records["lambda_val"].astype(np.float64)
        node, left = np.zeros(len(labels), dtype=np.int64), np.zeros(len(labels))
        node[child[is_row]], left[child[is_row]] = parent[is_row], distance[is_row]
        m = int(parent.max()) + 1
        above, born = np.full(m, -1, dtype=np.int64), np.full(m, np.inf)
        above[child[~is_row] - root] = parent[~is_row]
        born[child[~is_row] - root] = distance[~is_row]
        k = int(labels.max(initial=NOISE)) + 1
        chosen = [_meeting(node[labels == cluster], above) for cluster in range(k)]
        return cls(node, left, above, born, np.array(chosen, dtype=np.int64))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def reach(self, labels: IntArray) -> Vector:
        """Return the distance up to which each cluster holds together: float64 (k,).

        That at which it came off its parent; for the root, the largest at which one of its rows
        falls out.
        """
        whole = [self.left[labels == cluster].max() for cluster in range(len(self.chosen))]
        born = self.born[self.chosen]
        return np.where(self.chosen == 0, np.array(whole, dtype=np.float64), born)

    def placed(self, nearest: IntArray, reached: Vector) -> tuple[IntArray, Vector]:
        """Place new rows as if they had been fitted.

        A new row leaves together with its nearest fitted row, if that one holds out to a larger
        distance than the one between them; else at that distance, from the ancestor that is still
        whole there.

        Parameters
        ----------
        nearest, reached
            The nearest row of the fit, int64 (n,), and how far it is, in mutual reachability.

        Returns
        -------
        node, left
            Where each row falls out, int64 (n,), and at which distance, float64 (n,).
        """
        node, left = self.node[nearest], np.maximum(self.left[nearest], reached)
        later = self.left[nearest] < left
        while (climbs := later & (node > 0) & (self.born[node] <= left)).any():
            node = np.where(climbs, self.above[node], node)
        return node, left

    def outlier_scores(self, node: IntArray, left: Vector) -> FloatArray:
        """Return GLOSH, 1 - ε_min / ε: float32 (n,).

        ε is the distance at which the row falls out, ε_min the least at which any row below its
        node does. Where ε is 0 the score is 0.
        """
        least = self._least.copy()
        for child in range(len(least) - 1, 0, -1):
            least[self.above[child]] = min(least[self.above[child]], least[child])
        return (1.0 - _ratio(least[node], left)).astype(np.float32)

    def membership(self, node: IntArray, left: Vector, gaps: Vector) -> FloatArray:
        """Return how far rows belong to each cluster: float32 (n, k).

        In the terms of the library: the distance-based membership times the outlier-based one,
        scaled to sum to the probability that the row is in some cluster.

        Parameters
        ----------
        node, left
            Where each row falls out, and at which distance.
        gaps
            Distance to the nearest exemplar of each cluster: float64 (n, k).
        """
        if not len(self.chosen):
            return np.zeros((len(node), 0), dtype=np.float32)
        heights = self._merged[node]  # (n, k)
        heights = np.where(np.isnan(heights), left[:, None], heights)
        near = _ratio(gaps.min(axis=1, keepdims=True), gaps)
        inside = np.exp(np.exp(-_ratio(heights, self._least[node][:, None])))
        shares = near / near.sum(axis=1, keepdims=True) * inside
        shares /= shares.sum(axis=1, keepdims=True)
        each, closest = np.arange(len(node)), heights.argmin(axis=1)
        densest = np.minimum(self._least[self.chosen[closest]], left)
        some = _ratio(densest, heights[each, closest])
        return (shares * some[:, None]).astype(np.float32)

    def gaps(self, rows: FloatArray, fitted: FloatArray, metric: str) -> Vector:
        """Return the distance of each row to the nearest exemplar of each cluster: float64 (n, k).

        Exemplars are the rows that hold out longest in a leaf below the cluster's node.

        Parameters
        ----------
        rows, fitted
            float32 (n, d), and the rows of the fit.
        metric
            ``"euclidean"`` or ``"manhattan"``.
        """
        exemplars = [np.flatnonzero(self._exemplars == c) for c in range(len(self.chosen))]
        if not exemplars:
            return np.zeros((len(rows), 0))
        starts = np.cumsum([0, *(len(found) for found in exemplars[:-1])])
        densest = fitted[np.concatenate(exemplars)].astype(np.float64)
        result = np.empty((len(rows), len(exemplars)))
        name = "cityblock" if metric == "manhattan" else metric
        for start in range(0, len(rows), BLOCK_ROWS):
            block = rows[start : start + BLOCK_ROWS].astype(np.float64)
            distance = cdist(block, densest, name)
            result[start : start + BLOCK_ROWS] = np.minimum.reduceat(distance, starts, axis=1)
        return result

    @cached_property
    def _least(self) -> Vector:
        """The least distance at which a row or a child leaves each node itself: float64 (m,)."""
        least = np.full(len(self.above), np.inf)
        np.minimum.at(least, self.node, self.left)
        np.minimum.at(least, self.above[1:], self.born[1:])
        return least

    @cached_property
    def _exemplars(self) -> IntArray:
        """The cluster that each fitted row is an exemplar of, or -1: int64 (n,)."""
        cluster = np.full(len(self.above), NOISE, dtype=np.int64)
        cluster[self.chosen] = np.arange(len(self.chosen))
        for child in range(1, len(cluster)):  # parents come first
            if cluster[child] == NOISE:
                cluster[child] = cluster[self.above[child]]
        cluster[self.above[1:]] = NOISE  # leaves only
        return np.where(self.left == self._least[self.node], cluster[self.node], NOISE)

    @cached_property
    def _merged(self) -> Vector:
        """The distance at which each node and each cluster part: float64 (m, k).

        NaN where one of the two is above the other, or is the other.
        """
        m, k = len(self.above), len(self.chosen)
        over = np.zeros((m, k), dtype=bool)  # the node is above the cluster's, or is it
        for cluster, below in enumerate(self.chosen):
            while below >= 0:
                over[below, cluster] = True
                below = self.above[below]
        merged = np.full((m, k), np.nan)
        for child in range(1, m):  # parents come first
            parent = self.above[child]
            parts = over[parent] & ~over[child] & (self.chosen != parent)
            merged[child] = np.where(parts, self.born[child], merged[parent])
        return merged


def _meeting(nodes: IntArray, above: IntArray) -> int:
    """Return the lowest node that is above all of these, or is one of them."""
    left = set(nodes.tolist())
    while len(left) > 1:  # upwards from the deepest
        deepest = max(left)
        left.remove(deepest)
        left.add(int(above[deepest]))
    return int(left.pop())


def _ratio(small: Vector, large: Vector) -> Vector:
    """Return one distance over another; 1 where both are 0, or both infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(small == large, 1.0, small / large)
