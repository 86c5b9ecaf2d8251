"""Agreement of a clustering with true classes, from the table of how many rows they share.

Only cells that are not empty are kept, so a cluster for every row costs no more than ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped, unused-ignore]
from scipy.sparse import csgraph  # type: ignore[import-untyped, unused-ignore]

__all__ = ["ari", "contingency", "hungarian", "nmi", "purity"]

_DENSE = 2**24
_LARGEST = 2**27


@dataclass(frozen=True)
class _Cells:
    classes: npt.NDArray[Any]  # names, sorted
    clusters: npt.NDArray[Any]
    row: npt.NDArray[np.int64]  # position of the class, for each cell
    col: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]

    @property
    def n(self) -> int:
        return int(self.count.sum())

    @property
    def sizes(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows of each class and of each cluster."""
        return tuple(  # type: ignore[return-value]
            np.bincount(at, self.count).round().astype(np.int64) for at in (self.row, self.col)
        )

    def dense(self) -> npt.NDArray[np.int64]:
        table = np.zeros((len(self.classes), len(self.clusters)), dtype=np.int64)
        table[self.row, self.col] = self.count
        return table


def _cells(truth: npt.ArrayLike, labels: npt.ArrayLike) -> _Cells:
    t, p = np.asarray(truth), np.asarray(labels)
    if t.ndim != 1 or t.shape != p.shape or not t.size:
        raise ValueError(
            f"truth and labels must be vectors of one length, at least 1, not {t.shape}, {p.shape}"
        )
    classes, i = np.unique(t, return_inverse=True)
    clusters, j = np.unique(p, return_inverse=True)
    key, count = np.unique(i.astype(np.int64) * len(clusters) + j, return_counts=True)
    return _Cells(classes, clusters, key // len(clusters), key % len(clusters), count)


def contingency(truth: npt.ArrayLike, labels: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Count the rows that each class shares with each cluster.

    Parameters
    ----------
    truth, labels : array_like, shape (n,)
        Classes and clusters; any values, -1 is one like the others.

    Returns
    -------
    ndarray of int64, shape (classes, clusters)
        Both in the order of `np.unique`.

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length, or the table would exceed 1 GB (the indices
        below work all the same).
    """
    cells = _cells(truth, labels)
    if len(cells.classes) * len(cells.clusters) > _LARGEST:
        raise ValueError(
            f"a table of {len(cells.classes)} x {len(cells.clusters)} would not fit in 1 GB"
        )
    return cells.dense()


def hungarian(truth: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[dict[Any, Any], float]:
    """Match clusters to classes one to one so that most rows agree.

    Parameters
    ----------
    truth, labels : array_like, shape (n,)

    Returns
    -------
    mapping : dict
        Class of each matched cluster, as Python values. Clusters left over, and those that share no
        row with the class left for them, are absent.
    accuracy : float
        Share of rows whose cluster maps to their class, in [0, 1].

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length.

    References
    ----------
    Kuhn, "The Hungarian method for the assignment problem", 1955; accuracy as in Xie et al.,
    "Unsupervised deep embedding for clustering analysis", ICML 2016, equation 10.
    """
    cells = _cells(truth, labels)
    rows, cols = len(cells.classes), len(cells.clusters)
    if rows * cols <= _DENSE:
        table = cells.dense()
        matched: tuple[Any, Any] = linear_sum_assignment(table, maximize=True)
        i, j = matched
        agree = table[i, j]
    else:
        # Sparse: each class may also take a column of its own that agrees with no row, so that a
        # full matching exists.
        top = int(cells.count.max()) + 1
        cost = np.concatenate([top - cells.count, np.full(rows, top)]).astype(np.float64)
        at = np.concatenate([cells.row, np.arange(rows)])
        to = np.concatenate([cells.col, cols + np.arange(rows)])
        graph = sparse.csr_matrix((cost, (at, to)), shape=(rows, cols + rows))
        i, j = csgraph.min_weight_full_bipartite_matching(graph)
        agree = np.asarray(top - graph[i, j]).ravel().astype(np.int64)
    real = agree > 0
    pairs = zip(cells.clusters[j[real]].tolist(), cells.classes[i[real]].tolist(), strict=True)
    return dict(sorted(pairs)), int(agree.sum()) / cells.n


def purity(truth: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Share of rows that belong to the commonest class of their cluster.

    Parameters
    ----------
    truth, labels : array_like, shape (n,)

    Returns
    -------
    float
        In (0, 1]; 1 also where each row is a cluster.

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length.

    References
    ----------
    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 16.3.
    """
    cells = _cells(truth, labels)
    most = np.zeros(len(cells.clusters), dtype=np.int64)
    np.maximum.at(most, cells.col, cells.count)
    return int(most.sum()) / cells.n


def nmi(truth: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Normalised mutual information I(T; L) / ((H(T) + H(L)) / 2), natural logarithm.

    Parameters
    ----------
    truth, labels : array_like, shape (n,)

    Returns
    -------
    float
        In [0, 1]; 1 where both have one value only, as in scikit-learn.

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length.

    References
    ----------
    Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", JMLR 11,
    2010.
    """
    cells = _cells(truth, labels)
    if len(cells.classes) == 1 and len(cells.clusters) == 1:
        return 1.0
    a, b = (size / cells.n for size in cells.sizes)
    joint = cells.count / cells.n
    # Logarithms are subtracted, as a product of two shares may underflow.
    terms = joint * (np.log(joint) - np.log(a[cells.row]) - np.log(b[cells.col]))
    information = float(terms.sum())
    if information <= np.finfo(np.float64).eps:
        return 0.0
    entropy = -float((a * np.log(a)).sum() + (b * np.log(b)).sum())
    return min(information / (entropy / 2), 1.0)


def ari(truth: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Adjusted Rand index: agreement on pairs of rows, 0 on average for random labels.

    Computed in Python's integers up to the last division.

    Parameters
    ----------
    truth, labels : array_like, shape (n,)

    Returns
    -------
    float
        In [-0.5, 1].

    Raises
    ------
    ValueError
        If the vectors are empty or differ in length.

    References
    ----------
    Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    cells = _cells(truth, labels)
    both, same_class, same_cluster = (
        sum(c * (c - 1) // 2 for c in counts.tolist()) for counts in (cells.count, *cells.sizes)
    )
    pairs = cells.n * (cells.n - 1) // 2
    # (both - expected) / (mean - expected), all times 2 * pairs.
    expected = 2 * same_class * same_cluster
    spread = (same_class + same_cluster) * pairs - expected
    return (2 * both * pairs - expected) / spread if spread else 1.0
