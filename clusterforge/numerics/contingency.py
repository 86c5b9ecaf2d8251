"""Agreement of two labelings, from the table of the rows that their groups share.

An index takes int64 tables (..., classes, clusters), one or a stack of them, as a bootstrap needs, and
returns float64 (...). Classes and clusters without rows change nothing. There is no torch here, so
that comparing two runs takes no longer than reading them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.numerics.arrays import DoubleArray, IntArray

_DENSE = 2**24  # cells up to which the matching of a dense table is the faster one
_LARGEST = 2**27
_TINY = 1e-12


@dataclass(frozen=True)
class Contingency:
    """The rows that each group of one labeling shares with each group of another.

    Parameters
    ----------
    rows, columns
        The distinct labels of both, sorted: (classes,) and (clusters,).
    counts
        int64 (classes, clusters).
    """

    rows: npt.NDArray[Any]
    columns: npt.NDArray[Any]
    counts: IntArray


def contingency(first: npt.ArrayLike, second: npt.ArrayLike) -> Contingency:
    """Count the rows that each class shares with each cluster.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Classes and clusters; any values, -1 is one like the others.

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length, or the table would exceed 1 GB.
    """
    rows, columns, i, j = _codes(first, second)
    shape = (len(rows), len(columns))
    if shape[0] * shape[1] > _LARGEST:
        raise ValueError(f"a table of {shape[0]} x {shape[1]} would not fit in 1 GB")
    counts = np.bincount(i * shape[1] + j, minlength=shape[0] * shape[1])
    return Contingency(rows, columns, counts.reshape(shape).astype(np.int64))


def hungarian(first: npt.ArrayLike, second: npt.ArrayLike) -> dict[Any, Any]:
    """Match clusters to classes one to one so that most rows agree.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Classes and clusters.

    Returns
    -------
    dict
        The class of each matched cluster, as Python values. Clusters left over, and those that share
        no row with the class left for them, are absent.

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length.
    """
    rows, columns, i, j = _codes(first, second)
    from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

    shape = (len(rows), len(columns))
    table = sparse.coo_matrix((np.ones(len(i), np.int64), (i, j)), shape=shape).tocsr()
    a, b = match(table.toarray() if shape[0] * shape[1] <= _DENSE else table)
    pairs = zip(columns[b].tolist(), rows[a].tolist(), strict=True)
    return dict(sorted(pairs))


def match(counts: Any) -> tuple[IntArray, IntArray]:
    """Match the rows of a table to its columns one to one so that most counts agree.

    Parameters
    ----------
    counts : ndarray or sparse matrix of int64, shape (rows, columns)

    Returns
    -------
    tuple of ndarray
        Positions int64 (m,) of the pairs that share a count.

    References
    ----------
    Kuhn, "The Hungarian method for the assignment problem", 1955.
    """
    from scipy import sparse
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped, unused-ignore]
    from scipy.sparse import csgraph  # type: ignore[import-untyped, unused-ignore]

    rows, columns = counts.shape
    i: Any
    j: Any
    if not sparse.issparse(counts) and counts.size <= _DENSE:
        i, j = linear_sum_assignment(counts, maximize=True)
    else:
        # Each row may also take a column of its own that agrees with nothing, so that a full matching
        # exists.
        cells = sparse.coo_matrix(counts)
        top = int(cells.data.max(initial=0)) + 1
        cost = np.concatenate([top - cells.data, np.full(rows, top)]).astype(np.float64)
        at = np.concatenate([cells.row, np.arange(rows)])
        to = np.concatenate([cells.col, columns + np.arange(rows)])
        graph = sparse.csr_matrix((cost, (at, to)), shape=(rows, columns + rows))
        i, j = csgraph.min_weight_full_bipartite_matching(graph)
        real = j < columns
        i, j = i[real], j[real]
    agree = np.asarray(counts[i, j]).ravel() > 0
    return i[agree].astype(np.int64), j[agree].astype(np.int64)


def accuracy(counts: IntArray) -> DoubleArray:
    """Share of rows in the class of their cluster, under the one-to-one map with the most such rows.

    References
    ----------
    Xie, Girshick & Farhadi, "Unsupervised deep embedding for clustering analysis", ICML 2016,
    equation 10.
    """
    tables = counts.reshape(-1, *counts.shape[-2:])
    best = np.array([table[match(table)].sum() for table in tables], np.float64)
    return _array(best.reshape(counts.shape[:-2]) / _rows(counts))


def purity(counts: IntArray) -> DoubleArray:
    """Share of rows that belong to the commonest class of their cluster, in (0, 1].

    References
    ----------
    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 16.3.
    """
    return _array(counts.max(axis=-2).sum(axis=-1) / _rows(counts))


def nmi(counts: IntArray) -> DoubleArray:
    """Mutual information I(T; L) / ((H(T) + H(L)) / 2) in [0, 1]; 1 where both have one group.

    References
    ----------
    Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", JMLR 11, 2010.
    """
    n = _rows(counts)
    classes, clusters, joint = (
        _xlogx(part).sum(axis=axis)
        for part, axis in ((counts.sum(-1), -1), (counts.sum(-2), -1), (counts, (-2, -1)))
    )
    information = np.log(n) - (classes + clusters - joint) / n
    entropy = 2 * np.log(n) - (classes + clusters) / n
    tiny = _TINY * np.maximum(np.log(n), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.minimum(2 * information / entropy, 1.0)
    return _array(np.where(entropy <= tiny, 1.0, np.where(information <= tiny, 0.0, ratio)))


def ari(counts: IntArray) -> DoubleArray:
    """Adjusted Rand index in [-0.5, 1]: agreement on pairs of rows, 0 on average at random.

    References
    ----------
    Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    n = _rows(counts)
    both, same_class, same_cluster = (
        (part * (part - 1.0) / 2).sum(axis=axis)
        for part, axis in ((counts, (-2, -1)), (counts.sum(-1), -1), (counts.sum(-2), -1))
    )
    pairs = np.maximum(n * (n - 1) / 2, 1)
    expected = same_class * (same_cluster / pairs)
    spread = (same_class + same_cluster) / 2 - expected
    flat = np.abs(spread) <= _TINY * pairs
    return _array(np.where(flat, 1.0, (both - expected) / np.where(flat, 1.0, spread)))


def _codes(
    first: npt.ArrayLike, second: npt.ArrayLike
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], IntArray, IntArray]:
    a, b = np.asarray(first), np.asarray(second)
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ValueError(
            f"labels must be vectors of one length, at least 1, not {a.shape}, {b.shape}"
        )
    rows, i = np.unique(a, return_inverse=True)
    columns, j = np.unique(b, return_inverse=True)
    return rows, columns, i.astype(np.int64), j.astype(np.int64)


def _rows(counts: IntArray) -> DoubleArray:
    return _array(np.maximum(counts.sum(axis=(-2, -1)), 1))


def _xlogx(counts: IntArray) -> DoubleArray:
    values = counts.astype(np.float64)
    return _array(values * np.log(np.maximum(values, 1)))


def _array(values: Any) -> DoubleArray:
    return np.asarray(values, dtype=np.float64)
