"""Communities of a nearest-neighbour graph."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import igraph
import numpy as np

from clusterforge.contracts import (
    Choice,
    Clusterer,
    Context,
    Details,
    FloatArray,
    IntArray,
    Points,
    State,
    checked_rows,
)
from clusterforge.errors import InputError
from clusterforge.numerics.near import Near, near, recalled
from clusterforge_leiden.graph import edges
from clusterforge_leiden.plugin import LeidenParams

NOISE = -1
MOST_TRIES = 24
STRIDE = 4.0
GENERATOR = Lock()


class Leiden(Clusterer[LeidenParams]):
    """The Leiden algorithm by the library ``igraph``, until an iteration changes nothing.

    Clusters are numbered by their first member. A new row takes the majority of its ``neighbors``
    nearest fitted rows, each weighing 1 / distance, noise included; fitted rows at distance 0
    outvote the others. Of equal votes, the nearest row's label wins.

    References
    ----------
    Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
    Scientific Reports 9, 2019, algorithm A.2.
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the train split: labels int64 (n,), -1 for noise."""
        rows = self._prepared(points)
        wanted = self.params.n_clusters
        if wanted == "classes":
            raise InputError("'classes' has to be replaced by a number first", key="n_clusters")
        if wanted is not None and wanted > len(rows):
            raise InputError(
                f"{wanted:,} clusters of {len(rows):,} rows",
                key="n_clusters",
                remedy=f"use at most {len(rows):,}",
            )
        self._rows = rows
        context.progress(0, 2, "nearest neighbours")
        graph = self._graph(context)
        context.progress(1, 2, "communities")
        self._labels, resolution, tries = self._found(graph, wanted, context)
        values = {
            "modularity": modularity(graph, self._labels),
            "edges": graph.ecount(),
            "noise_fraction": float((self._labels == NOISE).mean()),
            **recalled(self._recall),
        }
        by = self.params.objective
        if wanted is not None:
            by = f"{wanted} clusters wanted, {count(self._labels)} after {tries} tries"
        self._details = Details(values, (Choice("resolution", resolution, by),))
        return self._labels.copy()

    def predict(self, points: Points, context: Context) -> IntArray:
        """Label new rows by the class's rule: int64 (n,)."""
        rows = self._prepared(points, self._rows.shape[1])
        if not len(rows):
            return np.zeros(0, dtype=np.int64)
        k = min(self.params.neighbors, len(self._rows))
        found = neighbors(self._rows, k, rows, context)
        return majority(self._labels[found.indices], found.distances)

    def details(self) -> Details:
        """Return the resolution used, the modularity at resolution 1, and the share of noise."""
        return self._details

    def state(self) -> State:
        """Return rows float32 (n, d) and labels int64 (n,)."""
        return State({"rows": self._rows, "labels": self._labels})

    def restore(self, state: State) -> None:
        """Take up rows and labels."""
        self._rows, self._labels = state.arrays["rows"], state.arrays["labels"]

    def _graph(self, context: Context) -> igraph.Graph:
        n, self._recall = len(self._rows), None
        if n == 1:
            return igraph.Graph(1, edge_attrs={"weight": []})
        found = neighbors(self._rows, min(self.params.neighbors, n - 1), None, context)
        self._recall = found.recall
        pairs, weight = edges(found.indices, found.distances, self.params.weights)
        return igraph.Graph(n, pairs, edge_attrs={"weight": weight.tolist()})

    def _found(
        self, graph: igraph.Graph, wanted: int | None, context: Context
    ) -> tuple[IntArray, float, int]:
        """Return labels, the resolution they have, and how many resolutions were tried."""
        resolution = self.params.resolution or self._start(graph)
        best, tries = (self._labelled(graph, resolution, context.seed), resolution), 1
        if wanted is None:
            return *best, tries
        parts = np.asarray(graph.connected_components().membership)
        fewest = count(numbered(parts, self.params.min_cluster_size))
        labels, low, high = best[0], 0.0, np.inf
        while count(labels) not in (wanted, max(wanted, fewest)) and tries < MOST_TRIES:
            # Where most rows are noise the communities are too small, however few are left.
            finer = count(labels) < wanted and (labels == NOISE).mean() < 0.5
            low, high = (resolution, high) if finer else (low, resolution)
            bracketed = low > 0 and np.isfinite(high)
            step = STRIDE if finer else 1 / STRIDE
            resolution = float(np.sqrt(low * high)) if bracketed else resolution * step
            labels = self._labelled(graph, resolution, context.seed)
            tries += 1
            context.progress(1 + tries / MOST_TRIES, 2, "resolution")
            if abs(count(labels) - wanted) < abs(count(best[0]) - wanted):
                best = labels, resolution
        return *best, tries

    def _start(self, graph: igraph.Graph) -> float:
        n = graph.vcount()
        if self.params.objective == "modularity" or n == 1:
            return 1.0
        return float(2 * np.sum(graph.es["weight"]) / (n * (n - 1)))

    def _labelled(self, graph: igraph.Graph, resolution: float, seed: int) -> IntArray:
        with seeded(seed):
            partition = graph.community_leiden(
                objective_function={"cpm": "CPM"}.get(self.params.objective, "modularity"),
                weights="weight",
                resolution=resolution,
                n_iterations=-1,
            )
        return numbered(np.asarray(partition.membership), self.params.min_cluster_size)

    def _prepared(self, points: Points, columns: int | None = None) -> FloatArray:
        rows = checked_rows(points.embedding, columns)
        if self.params.metric == "cosine":
            length = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
            rows = (rows / np.where(length > 0, length, 1)).astype(np.float32)
        return rows


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of its own; Python's global one stays as it is.

    igraph has one generator for the whole process, and no way to ask which: afterwards it is
    igraph's default again, the module ``random``.
    """
    with GENERATOR:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 no secret
        try:
            yield
        finally:
            igraph.set_random_number_generator(random)


def neighbors(rows: FloatArray, k: int, queries: FloatArray | None, context: Context) -> Near:
    """Return the ``k`` nearest rows and their distances; rows too far to compare are refused."""
    try:
        return near(rows, k, queries=queries, device=context.device)
    except ValueError as error:
        raise InputError(str(error), remedy="scale the embedding") from error


def numbered(membership: IntArray, smallest: int) -> IntArray:
    """Return labels int64 (n,) numbered by first member, communities below ``smallest`` as -1."""
    _, first, inverse, sizes = np.unique(
        membership, return_index=True, return_inverse=True, return_counts=True
    )
    large = np.flatnonzero(sizes >= smallest)
    label = np.full(len(sizes), NOISE, dtype=np.int64)
    label[large[np.argsort(first[large])]] = np.arange(len(large))
    return label[inverse]


def count(labels: IntArray) -> int:
    """Return the number of clusters of labels that run from -1 or 0."""
    return int(labels.max()) + 1


def modularity(graph: igraph.Graph, labels: IntArray) -> float | None:
    """Return the weighted modularity at resolution 1, each noise row a community of its own."""
    if not graph.ecount():
        return None
    noise = labels == NOISE
    alone = np.where(noise, count(labels) + np.cumsum(noise) - 1, labels)
    return float(graph.modularity(alone.tolist(), weights="weight"))


def majority(labels: IntArray, distance: FloatArray) -> IntArray:
    """Return the label of most weight in each row, each weighing 1 / distance: int64 (m,).

    Parameters
    ----------
    labels
        Of the nearest rows, nearest first: int64 (m, k).
    distance
        To those rows: float32 (m, k). Where some are 0, only those count.
    """
    gap = distance.astype(np.float64)
    touching = gap == 0
    with np.errstate(divide="ignore"):
        weight = np.where(touching.any(axis=1, keepdims=True), touching, 1 / gap)
    votes = np.zeros(labels.shape)
    for column in range(labels.shape[1]):
        votes += weight[:, column, None] * (labels == labels[:, column, None])
    winner: IntArray = labels[np.arange(len(labels)), votes.argmax(axis=1)]
    return winner
