"""Core distances, spanning trees and separations of clusters. All in float64."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from clusterforge_dbcv.plugin import HELD, WIDE

Vector = npt.NDArray[np.float64]
BLOCK_ROWS = 512
NEAR = 1e-9  # of the squared lengths: closer rows are subtracted, since a product loses their difference


def validities(clusters: Sequence[npt.NDArray[np.floating]]) -> Vector:
    """Return the validity of each cluster, in [-1, 1]: float64 (k,).

    Time is in proportion to the number of pairs of rows, times the columns; memory to 512 times the
    rows, and with 64 columns or more to the pairs of a cluster of up to 4,096 rows.

    Parameters
    ----------
    clusters
        The rows of each, (n_i, d) with n_i ≥ 2; two clusters or more.
    """
    # Distances do not see a shift; around 0 the squares lose less.
    centre = np.concatenate(clusters).mean(axis=0, dtype=np.float64)
    rows = [cluster.astype(np.float64) - centre for cluster in clusters]
    cores = [core_distances(cluster) for cluster in rows]
    trees = [spanning_tree(*each) for each in zip(rows, cores, strict=True)]
    sparse = np.array([sparseness(*tree) for tree in trees])
    inner = [inner_nodes(ends, len(each)) for (ends, _), each in zip(trees, rows, strict=True)]
    separate = separations(
        [each[kept] for each, kept in zip(rows, inner, strict=True)],
        [core[kept] for core, kept in zip(cores, inner, strict=True)],
    )
    larger = np.maximum(separate, sparse)
    result: Vector = (separate - sparse) / np.where(larger > 0, larger, 1)
    return result


def distances(rows: Vector, others: Vector) -> Vector:
    """Return Euclidean distances, float64 (n, m): of wide rows by a product of matrices."""
    if rows.shape[1] < WIDE:
        found: Vector = cdist(rows, others)
        return found
    lengths = np.square(rows).sum(axis=1)[:, None] + np.square(others).sum(axis=1)
    squared: Vector = lengths - 2 * (rows @ others.T)
    i, j = np.nonzero(squared <= NEAR * lengths)
    for start in range(0, len(i), BLOCK_ROWS):
        a, b = i[start : start + BLOCK_ROWS], j[start : start + BLOCK_ROWS]
        squared[a, b] = np.square(rows[a] - others[b]).sum(axis=1)
    return np.sqrt(squared, out=squared)


def _between(rows: Vector) -> Vector:
    """Return the distances between rows, float64 (n, n), the same in both directions."""
    held = np.empty((len(rows), len(rows)))
    for start in range(0, len(rows), BLOCK_ROWS):
        held[start : start + BLOCK_ROWS] = distances(rows[start : start + BLOCK_ROWS], rows)
    return np.minimum(held, held.T)


def core_distances(rows: Vector) -> Vector:
    """Return the all-points core distance of each row (definition 1): float64 (n,).

    That is (Σ d(x, y)^-D / (n - 1))^(-1/D) over the other rows y, with D columns; in logarithms,
    because powers of many columns overflow. As in the authors' program equal rows are left out of
    the sum, and a row with none but equal ones has 0.
    """
    n, d = rows.shape
    result = np.empty(n)
    for start in range(0, n, BLOCK_ROWS):
        distance = distances(rows[start : start + BLOCK_ROWS], rows)
        with np.errstate(divide="ignore"):
            logs = np.log(distance)
        logs[distance == 0] = np.inf
        result[start : start + BLOCK_ROWS] = logsumexp(-d * logs, axis=1)
    with np.errstate(over="ignore"):
        core: Vector = np.exp((np.log(n - 1) - result) / d)
    return np.where(np.isfinite(core), core, 0.0)


def spanning_tree(rows: Vector, core: Vector) -> tuple[npt.NDArray[np.int64], Vector]:
    """Return the minimum spanning tree in mutual reachability, by Prim's algorithm.

    Many of those distances are equal, namely one row's core distance, and which edges are taken
    decides which nodes are inner ones, on which the paper is silent. Here an edge to a denser row
    goes first, then one between nearer rows: border rows become leaves, as the paper means them to
    be, and the tree does not depend on the order of the rows.

    Returns
    -------
    ends, length
        Of each edge, int64 (n - 1, 2) and float64 (n - 1,).
    """
    n = len(rows)
    ends, length = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    outside, source = np.arange(1, n), np.zeros(n - 1, dtype=np.int64)
    best = np.full((3, n - 1), np.inf)  # reach, core of the denser end, distance
    last = 0
    wide = rows.shape[1] >= WIDE
    held = _between(rows) if wide and n <= HELD else None
    for edge in range(n - 1):
        if held is not None:
            gap = held[last, outside]
        elif wide:  # a choice of wide rows is a copy that takes longer than the rest
            gap = distances(rows[last : last + 1], rows)[0, outside]
        else:
            gap = cdist(rows[last : last + 1], rows[outside])[0]
        theirs = core[outside]
        offer = np.stack(
            [np.maximum(np.maximum(gap, theirs), core[last]), np.minimum(theirs, core[last]), gap]
        )
        better = _less(offer, best)
        best[:, better], source[better] = offer[:, better], last
        ties = np.flatnonzero(best[0] == best[0].min())
        nearest = int(ties[np.lexsort(best[2:0:-1, ties])[0]])
        last = int(outside[nearest])
        ends[edge], length[edge] = (source[nearest], last), best[0, nearest]
        # The last takes the place of the one that left: no copy of the rest.
        outside[nearest], source[nearest], best[:, nearest] = outside[-1], source[-1], best[:, -1]
        outside, source, best = outside[:-1], source[:-1], best[:, :-1]
    return ends, length


def _less(one: Vector, other: Vector) -> npt.NDArray[np.bool_]:
    """Compare the columns of (3, n) by their first difference: bool (n,)."""
    below = [a < b for a, b in zip(one, other, strict=True)]
    equal = [a == b for a, b in zip(one, other, strict=True)]
    less: npt.NDArray[np.bool_] = below[0] | equal[0] & (below[1] | equal[1] & below[2])
    return less


def inner_nodes(ends: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.bool_]:
    """Return which nodes have two edges or more, or all where none has: bool (n,)."""
    inner = np.bincount(ends.ravel(), minlength=n) > 1
    return inner if inner.any() else np.ones(n, dtype=bool)


def sparseness(ends: npt.NDArray[np.int64], length: Vector) -> float:
    """Return the longest edge between inner nodes (definition 5), or of all where there is none."""
    inner = inner_nodes(ends, len(ends) + 1)[ends].all(axis=1)
    return float(length[inner].max() if inner.any() else length.max())


def separations(rows: Sequence[Vector], cores: Sequence[Vector]) -> Vector:
    """Return each cluster's shortest mutual reachability distance to another: float64 (k,).

    Parameters
    ----------
    rows, cores
        The inner nodes of each cluster, (n_i, d), and their core distances, (n_i,).
    """
    borders = np.cumsum([0, *map(len, rows)])
    every, core = np.concatenate(rows), np.concatenate(cores)
    least = np.full((len(rows), len(rows)), np.inf)
    for cluster, (first, after) in enumerate(pairwise(borders[:-1])):
        for start in range(first, after, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, after)
            reach = distances(every[start:stop], every[after:])
            np.maximum(reach, core[after:], out=reach)
            np.maximum(reach, core[start:stop, None], out=reach)
            nearest = np.minimum.reduceat(reach.min(axis=0), borders[cluster + 1 : -1] - after)
            later = least[cluster, cluster + 1 :]
            np.minimum(later, nearest, out=later)
    return np.minimum(least, least.T).min(axis=1)
