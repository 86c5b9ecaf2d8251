"""What becomes of noise: policies that give it back to clusters, each with how sure it is of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, Items
from clusterforge.curation.labelling import NOISE, Labelling
from clusterforge.numerics.arrays import blocks
from clusterforge.numerics.neighbors import knn
from clusterforge.texts.terms import Terms

MIN_CLUSTER = 5
READ = 8_192
NEEDS = {
    "nearest": "there is no cluster",
    "neighbors": "there is no cluster",
    "membership": "the clusterer does not say how far rows belong to clusters",
    "words": "the rows are no texts, or there is no cluster",
    "recluster": "too few rows are noise",
}


@dataclass(frozen=True)
class Proposal:
    """Where a policy would put noise.

    Parameters
    ----------
    labels
        int64 (m,): a cluster for each noise row, a new number for a new cluster, -1 for none.
    certainty
        float32 (m,) in [0, 1]: how sure the policy is; 0 where it names no cluster.
    """

    labels: IntArray
    certainty: FloatArray

    def above(self, threshold: float) -> IntArray:
        """Return the labels of rows whose certainty is at least a threshold, -1 for the others."""
        return np.where(self.certainty >= threshold, self.labels, NOISE)


def propose(policy: str, rows: Labelling, noise: IntArray, neighbors: int = 15) -> Proposal | None:
    """Return where a policy puts noise; None where it can't be applied to these rows.

    Parameters
    ----------
    policy
        ``nearest``: the cluster with the nearest mean, as sure as the second nearest is farther.
        ``membership``: the cluster with the largest membership, which is the certainty.
        ``neighbors``: the commonest cluster among the nearest members, as sure as its share of them.
        ``words``: the cluster whose words, weighted by c-TF-IDF, are most like the text's (cosine).
        ``recluster``: clusters among the noise alone, by HDBSCAN; sure of all that it clusters.
    rows
        All rows, with membership and texts where there are any.
    noise
        int64 (m,): places of the rows that are noise.
    neighbors
        Members that vote.
    """
    if policy != "recluster" and not rows.clusters:
        return None
    return POLICIES[policy](rows, noise, neighbors)


def _nearest(rows: Labelling, noise: IntArray, neighbors: int) -> Proposal:
    clusters, centroids = rows.centroids()
    if len(clusters) == 1:
        return Proposal(np.full(len(noise), clusters[0]), np.ones(len(noise), dtype=np.float32))
    places, far = knn(centroids, 2, queries=rows.embedding[noise])
    certainty = 1 - far[:, 0] / np.maximum(far[:, 1], np.finfo(np.float32).tiny)
    return Proposal(np.array(clusters)[places[:, 0]], certainty.astype(np.float32))


def _membership(rows: Labelling, noise: IntArray, neighbors: int) -> Proposal | None:
    if rows.membership is None or not rows.membership.shape[1]:
        return None
    shares = rows.membership[noise]
    return Proposal(shares.argmax(axis=1).astype(np.int64), shares.max(axis=1))


def _neighbors(rows: Labelling, noise: IntArray, neighbors: int) -> Proposal:
    members = np.flatnonzero(rows.labels >= 0)
    points: FloatArray = rows.embedding[members]
    nearest = knn(points, min(neighbors, len(members)), queries=rows.embedding[noise])[0]
    of_nearest, clusters = rows.labels[members][nearest], int(rows.labels.max()) + 1
    best = np.zeros(len(noise), dtype=np.int64)
    share = np.zeros(len(noise), dtype=np.float32)
    for part in blocks(len(noise), clusters):
        block = of_nearest[part]
        votes = np.zeros((len(block), clusters), dtype=np.int32)
        np.add.at(votes, (np.arange(len(block))[:, None], block), 1)
        best[part], share[part] = votes.argmax(axis=1), votes.max(axis=1) / nearest.shape[1]
    return Proposal(best, share)


def _words(rows: Labelling, noise: IntArray, neighbors: int) -> Proposal | None:
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    if rows.texts is None:
        return None
    try:
        counter = CountVectorizer(dtype=np.int32, analyzer=Terms())
        counts = counter.fit_transform(_texts(rows.texts, len(rows)))
    except ValueError:  # no text holds a word
        return None
    clusters = rows.clusters
    inside = np.flatnonzero(rows.labels >= 0)
    place = np.searchsorted(clusters, rows.labels[inside])
    shape = (len(clusters), len(rows))
    member = sparse.csr_matrix((np.ones(len(inside)), (place, inside)), shape)
    words = member @ counts
    everywhere = np.asarray(words.sum(axis=0)).ravel()
    weight = np.log1p(words.sum() / len(clusters) / np.maximum(everywhere, 1))
    of_clusters = normalize(words.multiply(weight).tocsr()).T.tocsr()
    best = np.zeros(len(noise), dtype=np.int64)
    certainty = np.zeros(len(noise), dtype=np.float32)
    for part in blocks(len(noise), len(clusters)):
        of_noise = normalize(counts[noise[part]].multiply(weight).tocsr())
        alike = (of_noise @ of_clusters).toarray()
        best[part], certainty[part] = alike.argmax(axis=1), alike.max(axis=1).clip(0, 1)
    return Proposal(np.where(certainty > 0, np.array(clusters)[best], NOISE), certainty)


def _texts(texts: Items, rows: int) -> Iterator[str]:
    """Yield texts, a block of them in memory at a time."""
    for part in blocks(rows, values=READ):
        yield from map(str, texts.take(np.arange(part.start, part.stop)))


def _recluster(rows: Labelling, noise: IntArray, neighbors: int) -> Proposal | None:
    from sklearn.cluster import HDBSCAN

    if len(noise) < 2 * MIN_CLUSTER:
        return None
    size = max(MIN_CLUSTER, min(neighbors, len(noise) // 4))
    labels = HDBSCAN(min_cluster_size=size, copy=True).fit_predict(rows.embedding[noise])
    first = int(rows.labels.max(initial=NOISE)) + 1
    return Proposal(
        np.where(labels >= 0, labels + first, NOISE).astype(np.int64),
        (labels >= 0).astype(np.float32),
    )


POLICIES: Mapping[str, Callable[[Labelling, IntArray, int], Proposal | None]] = {
    "nearest": _nearest,
    "membership": _membership,
    "neighbors": _neighbors,
    "words": _words,
    "recluster": _recluster,
}
