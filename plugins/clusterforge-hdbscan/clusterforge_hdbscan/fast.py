"""HDBSCAN by the library ``fast_hdbscan``, which uses several threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Context, FloatArray, IntArray
from clusterforge.errors import InputError
from clusterforge_hdbscan.plugin import HdbscanParams

WIDEST_EXACT = 30
INDEX_SEED = 0


def fast(
    rows: FloatArray, params: HdbscanParams, min_samples: int, context: Context
) -> tuple[IntArray, npt.NDArray[Any]]:
    """Cluster rows, at least ``min_cluster_size`` of them, in Euclidean distance.

    Up to 30 columns the spanning tree is exact. Above, as in the library itself, it is that of an
    approximate neighbour graph, here from a seed that is always the same.

    Returns
    -------
    labels
        int64 (n,).
    tree
        The condensed tree's records: parent, child, lambda_val, child_size.

    Raises
    ------
    InputError
        Where the library is not installed, or the metric is another.
    """
    if params.metric == "manhattan":
        raise InputError(
            'backend = "fast" has no metric "manhattan"',
            key="metric",
            remedy='use "euclidean" or "cosine", or backend = "hdbscan"',
        )
    try:
        import numba
        from fast_hdbscan.hdbscan import clusters_from_spanning_tree, to_numpy_rec_array
    except ImportError as error:
        raise InputError(
            'backend = "fast" needs the library fast-hdbscan',
            key="backend",
            remedy="pip install clusterforge-hdbscan[fast]",
        ) from error
    before = numba.get_num_threads()
    numba.set_num_threads(min(max(1, context.threads), numba.config.NUMBA_NUM_THREADS))
    try:
        labels, _strength, _linkage, tree, _edges = clusters_from_spanning_tree(
            _spanning_tree(rows, min_samples),
            min_cluster_size=params.min_cluster_size,
            cluster_selection_method=params.selection,
            allow_single_cluster=params.allow_single_cluster,
            cluster_selection_epsilon=params.epsilon,
        )
    finally:
        numba.set_num_threads(before)
    return labels.astype(np.int64), to_numpy_rec_array(tree)


def _spanning_tree(rows: FloatArray, min_samples: int) -> npt.NDArray[np.float64]:
    """Return the edges as row, row, distance: (n - 1, 3)."""
    import numba

    if rows.shape[1] > WIDEST_EXACT:
        from fast_hdbscan.nndescent import compute_mst_from_knn_graph

        tree = compute_mst_from_knn_graph(rows, min_samples=min_samples, random_state=INDEX_SEED)
    else:
        from fast_hdbscan.boruvka import parallel_boruvka
        from fast_hdbscan.numba_kdtree import build_kdtree

        tree = parallel_boruvka(
            build_kdtree(rows),
            numba.get_num_threads(),
            min_samples=min_samples,
            sample_weights=np.empty(1, dtype=np.float32),  # the library's word for none
            reproducible=True,
        )
    edges: npt.NDArray[np.float64] = tree[0]
    return edges
