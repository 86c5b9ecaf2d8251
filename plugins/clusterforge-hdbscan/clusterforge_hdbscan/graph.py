"""HDBSCAN of many rows: the spanning tree of the graph of each row's nearest, not of all pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.graph import middles
from clusterforge.numerics.near import EXACT_ROWS, Near, near
from clusterforge_hdbscan.plugin import HdbscanParams

NEAREST = 16
BETWEEN = 8
LEAST = np.finfo(np.float64).tiny  # a stored zero would be no edge


def by_graph(
    rows: FloatArray, params: HdbscanParams, min_samples: int, *, exact_rows: int = EXACT_ROWS
) -> tuple[IntArray, npt.NDArray[Any], list[float], Near]:
    """Cluster rows by the library's own steps, on the spanning tree of a graph.

    The graph joins each row with its min_samples nearest, 16 at least; separate parts are joined by the
    rows nearest to their means.

    Returns
    -------
    labels
        int64 (n,).
    tree
        The condensed tree's records: parent, child, lambda_val, child_size.
    persistence
        Of each cluster.
    nearest
        The nearest rows of each, that the graph is made of.
    """
    from hdbscan._hdbscan_linkage import label
    from hdbscan.hdbscan_ import _tree_to_labels

    edges, nearest = spanning_tree(rows, min_samples, exact_rows)
    labels, _, persistence, tree, _ = _tree_to_labels(
        rows,
        label(edges),
        params.min_cluster_size,
        params.selection,
        params.allow_single_cluster,
        False,
        params.epsilon,
    )
    return labels.astype(np.int64), tree, [float(value) for value in persistence], nearest


def spanning_tree(
    rows: FloatArray, min_samples: int, exact_rows: int = EXACT_ROWS
) -> tuple[npt.NDArray[np.float64], Near]:
    """Return edges (row, row, mutual reachability) float64 (n - 1, 3), shortest first, and the nearest."""
    n = len(rows)
    found = near(rows, min(n - 1, max(min_samples, NEAREST)), exact_rows=exact_rows)
    core = found.distances[:, min_samples - 1].astype(np.float64)
    here = np.repeat(np.arange(n), found.indices.shape[1])
    there, far = found.indices.ravel(), found.distances.ravel().astype(np.float64)
    graph = _graph(here, there, far, core)
    while True:
        parts, member = connected_components(graph, directed=False)
        if parts == 1:
            break
        middle = middles(rows, member.astype(np.int64), parts)
        ties = near(rows[middle], min(BETWEEN, parts - 1), exact_rows=exact_rows)
        here = np.repeat(middle, ties.indices.shape[1])
        there, far = middle[ties.indices.ravel()], ties.distances.ravel().astype(np.float64)
        graph = graph.maximum(_graph(here, there, far, core))
    tree = minimum_spanning_tree(graph).tocoo()
    order = np.argsort(tree.data, kind="stable")
    lengths = np.where(tree.data[order] <= LEAST, 0.0, tree.data[order])
    edges = np.column_stack([tree.row[order], tree.col[order], lengths]).astype(np.float64)
    return np.ascontiguousarray(edges), found


def _graph(
    here: IntArray, there: IntArray, far: npt.NDArray[np.float64], core: npt.NDArray[np.float64]
) -> Any:
    """Return a symmetric sparse graph of mutual reachability; it is equal both ways."""
    n = len(core)
    length = np.maximum(np.maximum(far, np.maximum(core[here], core[there])), LEAST)
    first, second = np.minimum(here, there), np.maximum(here, there)
    _, once = np.unique(first * n + second, return_index=True)
    return coo_array((length[once], (first[once], second[once])), shape=(n, n)).tocsr()
