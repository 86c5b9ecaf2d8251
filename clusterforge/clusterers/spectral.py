"""Spectral clustering on a k-NN graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.clusterer_costs import few_rows, nodes
from clusterforge.builtin.clusterers import SpectralParams
from clusterforge.clusterers.anchored import Anchored, drawn, numbered, reference
from clusterforge.clusterers.how_many import check_distinct, how_many, k_means_of, too_many
from clusterforge.contracts import Context, Curve, Details, Points, checked_rows
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.graph import merged, neighbor_graph, smallest
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.microclusters import exact_agreement, microclusters
from clusterforge.numerics.near import near, recalled


class Spectral(Anchored[SpectralParams]):
    """k-means on the eigenvectors of the random-walk Laplacian of a k-NN graph.

    Clusters are numbered by their first member. New rows, and rows outside the sample, take the
    majority of their nearest clustered rows (``neighbors`` of them; of equal counts, the label of
    the nearest); of the clustered rows at most 20,000 are kept for that.

    With ``nodes = "microclusters"`` the rows of a micro-cluster share a label: their nodes of the graph are
    merged, which leaves the cut between clusters what it is.

    References
    ----------
    Shi & Malik 2000, doi:10.1109/34.868688. von Luxburg 2007, arXiv:0711.0189.
    Dhillon, Guan & Kulis 2007, doi:10.1109/TPAMI.2007.1115 (cuts of a coarsened graph).
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows: int64 (n,)."""
        rows = checked_rows(points.embedding)
        chosen = how_many(self.params, rows, context)
        k, self._warnings = chosen.k, chosen.warnings
        picked = drawn(len(rows), self.params.sample, context.seed)
        sample = rows[picked]
        if k > len(sample):
            raise too_many(k, len(sample), "sampled row")
        check_distinct(sample, k)
        components = self.params.components or k
        if components > len(sample):
            raise few_rows(components, len(sample))
        labels, values, facts = self._cut(sample, k, components, context)
        anchors = reference(labels, context.seed)
        self.anchors, self.labels = sample[anchors], labels[anchors]
        eigenvalues = Curve(
            "eigenvalues",
            "Smallest eigenvalues of the Laplacian",
            "rank",
            "eigenvalue",
            tuple(range(1, len(values) + 1)),
            tuple(map(float, values)),
        )
        if "microclusters" in facts:
            by_rows = Spectral(self.params.model_copy(update={"nodes": "rows"}))

            def exactly(some: FloatArray) -> IntArray:
                return by_rows._cut(some, k, min(components, len(some)), context)[0]

            facts |= exact_agreement(sample, labels, k, exactly)
        self._details = Details({"rows": len(sample), **facts}, chosen.choices, (eigenvalues,))
        return self.completed(points, context, picked, labels)

    def _cut(
        self, rows: FloatArray, k: int, components: int, context: Context
    ) -> tuple[IntArray, npt.NDArray[np.float64], dict[str, float]]:
        """Return labels (n,), the eigenvalues (c,), and what is approximate, by name."""
        context.progress(0.0, 3.0, "k-NN graph")
        graph, recall = neighbor_graph(rows, self.params.neighbors, context.device)
        member, facts = None, recalled(recall)
        if count := nodes(self.params, len(rows), max(k, components)):
            small = microclusters(rows, count)
            member, facts["microclusters"] = small.member, len(small.sizes)
            if max(k, components) > len(small.sizes):
                raise too_many(max(k, components), len(small.sizes), "micro-cluster")
            graph = merged(graph, member, len(small.sizes))
        context.progress(1.0, 3.0, "eigenvectors")
        values, vectors = smallest(graph, components, context.seed)
        context.progress(2.0, 3.0, "k-means")
        with k_means_of(vectors, k):
            result = kmeans(vectors, k, seed=context.seed, n_init=self.params.restarts)
        labels = result.labels if member is None else result.labels[member]
        return numbered(labels), values, facts

    def predict(self, points: Points, context: Context) -> IntArray:
        """Give rows the majority label of their nearest clustered rows: int64 (n,)."""
        rows = checked_rows(points.embedding, self.anchors.shape[1])
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        k = min(self.params.neighbors, len(self.anchors))
        found = near(self.anchors, k, queries=rows, device=context.device)
        return majority(self.labels[found.indices])


def majority(labels: IntArray) -> IntArray:
    """Return the most frequent label of each row of int64 (n, k); of equals, the leftmost: (n,)."""
    counts = np.zeros(labels.shape, dtype=np.int64)
    for column in range(labels.shape[1]):
        counts += labels == labels[:, column : column + 1]
    winner: IntArray = labels[np.arange(len(labels)), counts.argmax(axis=1)]
    return winner
