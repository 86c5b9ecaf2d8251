"""Clusters of many rows, explained by some of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clusterforge.contracts import Corpus, IntArray, MergeTree
from clusterforge.explaining.clusters import Explained, class_shares, explain
from clusterforge.explaining.layers import explain_layers
from clusterforge.runs.records import ClusterExplanation, ClusteringExplanation, LayerExplanation

MOST = 1_000_000
"""Rows up to which all of them are looked at."""
LEAST = 1000
"""Rows of each cluster that are looked at, where it has so many."""


@dataclass(frozen=True)
class Sampled:
    """Some rows of a clustering that stand for all; what is said of them is of all but for sizes and classes.

    Parameters
    ----------
    corpus, clustering
        All rows.
    rows
        int64 (m,): the rows that are looked at, in their order.
    """

    corpus: Corpus
    clustering: Explained
    rows: IntArray

    @classmethod
    def of(cls, corpus: Corpus, clustering: Explained) -> Sampled:
        """Draw 1,000,000 rows, and the first ones of a cluster that has fewer than 1,000 among them."""
        labels = clustering.labels
        rng = np.random.default_rng(0)
        drawn = np.zeros(len(labels), dtype=bool)
        drawn[rng.choice(len(labels), MOST, replace=False)] = True
        numbers, counts = np.unique(labels[drawn], return_counts=True)
        enough = set(numbers[counts >= LEAST].tolist())
        for number in np.unique(labels[labels >= 0]).tolist():
            if number not in enough:
                drawn[np.flatnonzero(labels == number)[:LEAST]] = True
        return cls(corpus, clustering, np.flatnonzero(drawn))

    def explain(self) -> ClusteringExplanation:
        """Explain every cluster, the largest first."""
        found = explain(self._corpus, self._clustering)
        of_all = self._of_all(found.clusters, self.clustering.labels)
        return found.model_copy(update={"clusters": of_all})

    def layers(
        self, known: ClusteringExplanation, tree: MergeTree, cuts: tuple[int, ...] | None
    ) -> tuple[LayerExplanation, ...]:
        """Explain groups of clusters that are explained."""
        here = {int(row): place for place, row in enumerate(self.rows)}
        layers = explain_layers(
            self._corpus, self._clustering, _moved(known.clusters, here), tree, cuts
        )
        return tuple(
            layer.model_copy(
                update={"groups": self._of_all(layer.groups, layer.grouped(self.clustering.labels))}
            )
            for layer in layers
        )

    @property
    def _corpus(self) -> Corpus:
        return replace(
            self.corpus, splits={"train": self.corpus.train.some(self.rows)}, left_out=()
        )

    @property
    def _clustering(self) -> Explained:
        shares = self.clustering.membership
        return Explained(
            self.clustering.embedding[self.rows],
            self.clustering.labels[self.rows],
            None if shares is None else shares[self.rows],
        )

    def _of_all(
        self, clusters: tuple[ClusterExplanation, ...], labels: IntArray
    ) -> tuple[ClusterExplanation, ...]:
        """Return explanations with the places of members among all rows, and sizes and classes of all."""
        found = []
        for cluster in _moved(clusters, self.rows):
            here = np.flatnonzero(labels == cluster.cluster)
            classes = class_shares(self.corpus, here)
            found.append(cluster.model_copy(update={"rows": len(here), "classes": classes}))
        return tuple(sorted(found, key=lambda cluster: (-cluster.rows, cluster.cluster)))


def _moved(
    clusters: tuple[ClusterExplanation, ...], places: IntArray | dict[int, int]
) -> list[ClusterExplanation]:
    """Return explanations whose members stand at other places."""
    moved = []
    for cluster in clusters:
        members = {
            name: tuple(member.model_copy(update={"row": int(places[member.row])}) for member in of)
            for name, of in (("typical", cluster.typical), ("borderline", cluster.borderline))
        }
        moved.append(cluster.model_copy(update=members))
    return moved
