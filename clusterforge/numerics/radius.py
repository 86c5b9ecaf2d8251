"""Which rows lie within a radius of which, block by block: the neighbourhoods are never held whole.

A block of squared distances is one float32 matrix product. Pairs that rounding leaves in doubt are
decided by their difference in float64, so the answer is that of the plain definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from clusterforge.numerics._distance import exact
from clusterforge.numerics.arrays import BoolArray, FloatArray, IntArray

BLOCK = 1024
EXACT_ROWS = 1 << 16
DOUBTFUL_SHARE = 1 / 64


def blocks(rows: IntArray, size: int = BLOCK) -> list[IntArray]:
    """Cut row numbers int64 (n,) into consecutive blocks."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def block_pairs(rows: IntArray, size: int = BLOCK) -> Iterator[tuple[float, IntArray, IntArray]]:
    """Yield each unordered pair of blocks once, behind the share that is done.

    Each block comes with itself before any comes with another.
    """
    parts = blocks(rows, size)
    pairs = [(i, i) for i in range(len(parts))]
    pairs += [(i, j) for i in range(len(parts)) for j in range(i + 1, len(parts))]
    for number, (i, j) in enumerate(pairs):
        yield number / len(pairs), parts[i], parts[j]


class RadiusSearch:
    """Neighbourhoods of one radius over a fixed set of rows.

    Parameters
    ----------
    points
        float32 (n, d), finite.
    radius
        Euclidean distance; a pair at exactly this distance is near.
    device
        A torch device name.
    """

    def __init__(self, points: FloatArray, radius: float, device: str = "cpu") -> None:
        self._device = device
        rows = points.astype(np.float64)
        # A power of two is exact, and keeps squares from overflow.
        scale = 2.0 ** -float(np.frexp(np.abs(rows).max(initial=0.0))[1])
        self._limit = (radius * scale) ** 2
        self._exact = torch.from_numpy(rows * scale).to(device)
        centred = self._exact - self._exact.mean(dim=0, keepdim=True)
        self._centred = {torch.float32: centred.float(), torch.float64: centred}
        self._norms = (centred * centred).sum(dim=1)

    def near(self, a: IntArray, b: IntArray) -> BoolArray:
        """Say which rows ``a`` are near which rows ``b``: bool (len(a), len(b))."""
        with exact(self._device):
            found: BoolArray = self._near(a, b).cpu().numpy()
        return found

    def counts(self, progress: Callable[[float], None] = lambda share: None) -> IntArray:
        """Return how many rows are near each row, itself included: int64 (n,)."""
        n = len(self._norms)
        counts = torch.zeros(n, dtype=torch.int64, device=self._device)
        with exact(self._device):
            for done, a, b in block_pairs(np.arange(n)):
                progress(done)
                near = self._near(a, b).view(torch.uint8)
                counts[int(a[0]) : int(a[-1]) + 1] += near.sum(dim=1)
                if a[0] != b[0]:
                    counts[int(b[0]) : int(b[-1]) + 1] += near.sum(dim=0)
        found: IntArray = counts.cpu().numpy()
        return found

    def _near(self, a: IntArray, b: IntArray, dtype: torch.dtype = torch.float32) -> Tensor:
        rows, others = self._take(a), self._take(b)
        x, y = self._centred[dtype][rows], self._centred[dtype][others]
        norm_x, norm_y = self._norms[rows], self._norms[others]
        # 2|x||y| <= |x|² + |y|², hence this bound on the rounding of the product and the sums
        unit = torch.finfo(dtype).eps / 2
        largest = float(norm_x.max() + norm_y.max())
        slack = (x.shape[1] + 16) * unit * (largest + self._limit)
        rest = torch.addmm(norm_y.to(dtype)[None, :], x, y.T, alpha=-2)
        sure = rest <= (self._limit - slack - norm_x).to(dtype)[:, None]
        near: Tensor = rest <= (self._limit + slack - norm_x).to(dtype)[:, None]
        doubtful = torch.nonzero(near ^ sure)
        if dtype is torch.float32 and len(doubtful) > DOUBTFUL_SHARE * near.numel():
            return self._near(a, b, torch.float64)
        for start in range(0, len(doubtful), EXACT_ROWS):
            i, j = doubtful[start : start + EXACT_ROWS].T
            difference = self._exact[rows][i] - self._exact[others][j]
            near[i, j] = (difference * difference).sum(dim=1) <= self._limit
        return near

    def _take(self, rows: IntArray) -> Tensor | slice:
        if (np.diff(rows) == 1).all():
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return torch.from_numpy(rows).to(self._device)


STEPS = 60
SHARE = 0.02
LEAST = 0.1


@dataclass(frozen=True)
class Range:
    """Radii from ``low`` to ``high`` at which the same number of large clusters is found.

    Parameters
    ----------
    low, high
        The radii.
    clusters
        How many clusters hold 2 % of the rows or more.
    weight
        The range's length on a logarithmic axis times the entropy of the clusters' sizes (in nats)
        and the share of the rows in them.
    """

    low: float
    high: float
    clusters: int
    weight: float


def longest_range(neighbors: IntArray, core: npt.NDArray[np.floating]) -> Range | None:
    """Return the range of radii in which clusters last longest; None where none does.

    At a radius, rows whose core distance is within it are core points, and a cluster is a connected
    component of them along the k-NN graph: DBSCAN's clusters, seen through their nearest
    neighbours. Of the radii from the median core distance to the largest, 60 are tried, evenly on
    a logarithmic axis. Ranges lighter than 0.1 are what rows without clusters have, too.

    Parameters
    ----------
    neighbors
        int64 (n, k): the nearest other rows of each row.
    core
        float (n,), at least 0: the distance from each row to the last of them.

    References
    ----------
    Campello, Moulavi & Sander 2013, doi:10.1007/978-3-642-37456-2_14 (core distance, and clusters
    that last over the levels of a density).
    """
    n, k = neighbors.shape
    low, high = float(np.median(core)), float(core.max())
    if not 0 < low < high:
        return None
    radii = np.geomspace(low, high, STEPS)
    here, there = np.repeat(np.arange(n), k), neighbors.ravel()
    reach = np.maximum(core[here], core[there])
    joined = _joined(here, there, np.searchsorted(radii, reach), n)
    counts, worth = np.zeros(STEPS, dtype=np.int64), np.zeros(STEPS)
    for i, radius in enumerate(radii):
        sizes = np.bincount(next(joined)[core <= radius], minlength=n)
        large = sizes[sizes >= max(SHARE * n, k + 1)]
        counts[i] = len(large)
        if len(large) > 1:
            shares = large / large.sum()
            worth[i] = -(shares * np.log(shares)).sum() * large.sum() / n
    starts = np.flatnonzero(np.diff(counts, prepend=-1))
    weights = np.add.reduceat(worth, starts) * np.log(radii[1] / radii[0])
    best = int(weights.argmax())
    if weights[best] < LEAST:
        return None
    first = starts[best]
    last = starts[best + 1] - 1 if best + 1 < len(starts) else STEPS - 1
    return Range(float(radii[first]), float(radii[last]), int(counts[first]), float(weights[best]))


def _joined(a: IntArray, b: IntArray, step: IntArray, n: int) -> Iterator[IntArray]:
    """Yield the components of a graph that grows by some edges at each step, each step's from the last one's.

    Parameters
    ----------
    a, b, step
        int64 (e,): the rows that an edge joins, and the step from which on it does.
    n
        How many rows there are.

    Yields
    ------
    ndarray
        int64 (n,): the number of each row's component.
    """
    order = np.argsort(step, kind="stable")
    parts = np.split(order, np.searchsorted(step[order], np.arange(1, STEPS + 1)))
    component: IntArray = np.arange(n)
    for some in parts[:-1]:
        one, other = component[a[some]], component[b[some]]
        graph = csr_array((np.ones(len(one)), (one, other)), shape=(component.max() + 1,) * 2)
        numbers = connected_components(graph, directed=False)[1].astype(np.int64)
        component = numbers[component]
        yield component
