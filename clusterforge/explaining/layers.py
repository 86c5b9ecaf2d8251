"""Groups of clusters: the cuts of the tree over them that are shown, each explained like a clustering."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from clusterforge.contracts import Corpus, FloatArray, IntArray, MergeTree
from clusterforge.explaining.clusters import Explained, explain
from clusterforge.explaining.words import Vocabulary
from clusterforge.numerics.linkage import lasting_cuts, persistence
from clusterforge.runs.records import ClusterExplanation, LayerExplanation, Member


def explain_layers(
    corpus: Corpus,
    clustering: Explained,
    clusters: Sequence[ClusterExplanation],
    tree: MergeTree,
    cuts: tuple[int, ...] | None = None,
    vocabulary: Vocabulary | None = None,
) -> tuple[LayerExplanation, ...]:
    """Explain groups of clusters, layer by layer from fine to coarse.

    Parameters
    ----------
    corpus, clustering, vocabulary
        As in :func:`~clusterforge.explaining.explain`.
    clusters
        Its clusters, explained, the largest first: typical of a group are those who are of its clusters.
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
        numbers = np.array(tree.clusters, dtype=np.int64)
        shares = clustering.membership
        grouped = Explained(
            clustering.embedding,
            tree.grouped(clustering.labels, n),
            None if shares is None else _summed(shares, [numbers[some] for some in members]),
        )
        explained = [
            group.model_copy(
                update={
                    "name": f"group {group.cluster}",
                    "typical": _typical(group, set(numbers[members[group.cluster]]), clusters),
                }
            )
            for group in explain(corpus, grouped, vocabulary).clusters
        ]
        layer = LayerExplanation(
            members=tuple(tuple(numbers[some].tolist()) for some in members),
            persistence=float(lasts[n - 1]),
            groups=tuple(explained),
            parents=() if coarser is None else tuple(int(coarser[some[0]]) for some in members),
        )
        layers.append(layer)
        coarser = groups
    return tuple(reversed(layers))


def _typical(
    group: ClusterExplanation, members: set[int], clusters: Sequence[ClusterExplanation]
) -> tuple[Member, ...]:
    """Return as many typical members as a group has: one of each cluster, then a second one.

    Those near its own mean would lie between its clusters and be typical of none.
    """
    own = [cluster.typical for cluster in clusters if cluster.cluster in members]
    turns = zip_longest(*own)
    return tuple(member for turn in turns for member in turn if member)[: len(group.typical)]


def _summed(membership: FloatArray, members: list[IntArray]) -> FloatArray:
    """Return how far rows belong to groups, float32 (n, groups), from clusters: float32 (n, k)."""
    columns = [membership[:, some].sum(axis=1, dtype=np.float64) for some in members]
    return np.stack(columns, axis=1).clip(0, 1).astype(np.float32)
