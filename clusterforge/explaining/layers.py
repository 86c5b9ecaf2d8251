"""Groups of clusters: the cuts of the tree over them that are shown, each explained like a clustering."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import Corpus, FloatArray, IntArray, MergeTree
from clusterforge.explaining.clusters import Explained, explain
from clusterforge.explaining.words import Vocabulary
from clusterforge.numerics.linkage import lasting_cuts, persistence
from clusterforge.runs.records import LayerExplanation


def explain_layers(
    corpus: Corpus,
    clustering: Explained,
    tree: MergeTree,
    cuts: tuple[int, ...] | None = None,
    vocabulary: Vocabulary | None = None,
) -> tuple[LayerExplanation, ...]:
    """Explain groups of clusters, layer by layer from fine to coarse.

    Parameters
    ----------
    corpus, clustering, vocabulary
        As in :func:`~clusterforge.explaining.explain`.
    tree
        The tree over the clusters, which are its leaves.
    cuts
        Into how many groups, if not where the cuts last longest; what is not fewer than there are
        clusters is left out.
    """
    lasts = persistence(tree.heights)
    wanted = lasting_cuts(tree.heights) if cuts is None else sorted(set(cuts), reverse=True)
    layers: list[LayerExplanation] = []
    coarser: IntArray | None = None
    for n in reversed([n for n in wanted if n < len(tree.leaves)]):
        groups = tree.groups(n)
        members = [np.flatnonzero(groups == group) for group in range(n)]
        clusters = np.array(tree.clusters, dtype=np.int64)
        shares = clustering.membership
        grouped = Explained(
            clustering.embedding,
            tree.grouped(clustering.labels, n),
            None if shares is None else _summed(shares, [clusters[some] for some in members]),
        )
        explained = explain(corpus, grouped, vocabulary).clusters
        layer = LayerExplanation(
            members=tuple(tuple(clusters[some].tolist()) for some in members),
            persistence=float(lasts[n - 1]),
            groups=tuple(c.model_copy(update={"name": f"group {c.cluster}"}) for c in explained),
            parents=() if coarser is None else tuple(int(coarser[some[0]]) for some in members),
        )
        layers.append(layer)
        coarser = groups
    return tuple(reversed(layers))


def _summed(membership: FloatArray, members: list[IntArray]) -> FloatArray:
    """Return how far rows belong to groups, float32 (n, groups), from clusters: float32 (n, k)."""
    columns = [membership[:, some].sum(axis=1, dtype=np.float64) for some in members]
    return np.stack(columns, axis=1).clip(0, 1).astype(np.float32)
