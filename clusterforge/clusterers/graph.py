"""The k-NN graph that hierarchical and spectral clustering work on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.neighbors import knn


def neighbor_graph(rows: FloatArray, neighbors: int, device: str = "cpu") -> csr_array:
    """Return the symmetric, connected k-NN graph of rows: float64 (n, n), weights 1/2 and 1.

    A pair weighs 1 if each is among the other's neighbours, 1/2 if one is. Separate parts are tied
    together by the k-NN graph of their middles (the row nearest to the mean of each part), so that
    every merge and every cut is defined.

    Parameters
    ----------
    rows
        float32 (n, d) with n >= 1.
    neighbors
        Neighbours of a row, itself not counted; fewer where there are not as many rows.
    device
        A torch device name.
    """
    n = len(rows)
    if n == 1:
        return csr_array((1, 1), dtype=np.float64)
    near = knn(rows, min(neighbors, n - 1), device=device)[0]
    here = np.repeat(np.arange(n), near.shape[1])
    directed = coo_array((np.full(near.size, 0.5), (here, near.ravel())), shape=(n, n)).tocsr()
    graph = csr_array(directed + directed.T)
    parts, member = connected_components(graph, directed=False)
    if parts > 1:
        middle = middles(rows, member.astype(np.int64), parts)
        ties = neighbor_graph(rows[middle], neighbors, device).tocoo()
        places = (middle[ties.row], middle[ties.col])
        graph = csr_array(graph + coo_array((ties.data, places), shape=(n, n)))
    return graph


def middles(rows: FloatArray, member: IntArray, parts: int) -> IntArray:
    """Return the row nearest to the mean of each part: int64 (parts,).

    Parameters
    ----------
    rows
        float32 (n, d).
    member
        Part of each row, int64 (n,), 0 to ``parts`` - 1, none empty.
    parts
        Number of parts.
    """
    gap = rows - means(rows, member, parts)[member]
    order = np.lexsort((np.arange(len(rows)), np.einsum("ij,ij->i", gap, gap), member))
    return order[np.searchsorted(member[order], np.arange(parts))].astype(np.int64)


def means(rows: FloatArray, member: IntArray, parts: int) -> npt.NDArray[np.float64]:
    """Return the mean of each part: float64 (parts, d)."""
    one_hot = csr_array(
        (np.ones(len(rows)), (member, np.arange(len(rows)))), shape=(parts, len(rows))
    )
    sums: npt.NDArray[np.float64] = one_hot @ rows.astype(np.float64)
    return sums / np.bincount(member, minlength=parts)[:, None]
