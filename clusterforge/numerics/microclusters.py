"""Many small groups of near rows, which stand for their rows where all pairs of rows are too many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clusterforge.numerics._distance import Centred, as_matrix
from clusterforge.numerics.arrays import DoubleArray, FloatArray, IntArray, blocks, evenly
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.numerics.graph import means
from clusterforge.numerics.sizes import compared
from clusterforge.numerics.threads import at_most

PASSES, TRAINED = 8, 40  # passes of k-means, over so many rows for each micro-cluster


@dataclass(frozen=True)
class Microclusters:
    """Small groups of near rows.

    Parameters
    ----------
    member
        The micro-cluster of each row: int64 (n,).
    means
        float64 (m, d).
    sizes
        Rows of each: float64 (m,), at least 1.
    """

    member: IntArray
    means: DoubleArray
    sizes: DoubleArray


def microclusters(rows: FloatArray, count: int) -> Microclusters:
    """Part rows into at most ``count`` micro-clusters by k-means, without those that no row is nearest to.

    The result depends on neither a seed nor the number of threads.

    Parameters
    ----------
    rows
        float32 (n, d), n at least ``count``.
    count
        How many.

    References
    ----------
    Zhang, Ramakrishnan and Livny, "BIRCH", SIGMOD 1996: clusters of a first pass that a second one merges.
    Here they are centroids of faiss' k-means (Douze et al., arXiv 2401.08281).
    """
    import faiss

    array = as_matrix(rows)
    n, d = array.shape
    centred = Centred(array)

    def scaled(some: FloatArray) -> FloatArray:
        moved = (some - centred.shift) * array.dtype.type(centred.scale)
        return np.ascontiguousarray(moved, dtype=np.float32)

    few = evenly(n, TRAINED * count)
    clustering = faiss.Clustering(d, count)
    clustering.niter, clustering.min_points_per_centroid = PASSES, 1
    clustering.max_points_per_centroid = TRAINED + 1
    index = faiss.IndexFlatL2(d)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # a mean over several would depend on how many there are
    nearest = np.empty(n, dtype=np.int64)
    with at_most(1):
        clustering.train(scaled(array[few]), index)
        for part in blocks(n, d):
            nearest[part] = index.search(scaled(array[part]), 1)[1][:, 0]
    faiss.omp_set_num_threads(threads)
    sizes = np.bincount(nearest, minlength=count)
    used = np.flatnonzero(sizes)
    place = np.cumsum(sizes > 0) - 1
    member = place[nearest].astype(np.int64)
    return Microclusters(member, means(array, member, len(used)), sizes[used].astype(np.float64))


def exact_agreement(
    rows: FloatArray, labels: IntArray, clusters: int, exact: Callable[[FloatArray], IntArray]
) -> dict[str, float]:
    """Return how far labels by micro-clusters agree with those of the exact method on evenly spaced rows.

    Parameters
    ----------
    rows
        float32 (n, d).
    labels
        int64 (n,).
    clusters
        Their number.
    exact
        The exact method, which labels rows.

    Returns
    -------
    dict
        ``exact_agreement``: the adjusted Rand index of the two on ``exact_rows`` rows. The exact
        method sees these alone, which parts the two as well.
    """
    count = compared(len(rows), clusters)
    some = evenly(len(rows), count)
    value = float(ari(contingency(exact(rows[some]), labels[some]).counts))
    return {"exact_agreement": round(value, 4), "exact_rows": count}
