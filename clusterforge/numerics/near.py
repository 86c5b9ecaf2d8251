"""Nearest neighbours of many rows: exact up to 50,000 rows, by an index beyond, and then with its recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, Device, as_matrix
from clusterforge.numerics.arrays import FloatArray, IntArray, evenly
from clusterforge.numerics.neighbors import knn, measured

EXACT_ROWS = 50_000
FEWER = 2  # times so many rows are compared exactly where the index finds too little
RECALL = 0.99
SAMPLE = 1_000  # rows on which the recall is measured
PROBES = 8
BLOCK = 1 << 12


@dataclass(frozen=True)
class Near:
    """The nearest rows of some queries.

    Parameters
    ----------
    indices
        int64 (m, k).
    distances
        float32 (m, k), not decreasing along a row.
    recall
        Share of the true neighbours that were found, of at most 1,000 queries; None where all are exact.
    """

    indices: IntArray
    distances: FloatArray
    recall: float | None = None


def recalled(recall: float | None) -> dict[str, float]:
    """Return the value that details have of approximate neighbours: none where they are exact."""
    return {} if recall is None else {"neighbors_recall": round(recall, 4)}


def near(
    points: npt.ArrayLike,
    k: int,
    *,
    queries: npt.ArrayLike | None = None,
    exclude_self: bool = True,
    device: Device = "cpu",
    exact_rows: int = EXACT_ROWS,
) -> Near:
    """Find the `k` nearest rows of `points` for each query, approximately where exactly would take n².

    Beyond `exact_rows`² pairs on a processor, rows lie in 2·√n cells around centroids, and a query is
    compared with the rows of its nearest cells: of so many that the share of true neighbours that are
    found, measured on a sample, is 0.99, and at most of a sixteenth of all. Where that is not enough, up to
    twice `exact_rows` are compared exactly after all. The result depends on neither a seed nor
    the number of threads.

    Parameters
    ----------
    points, k, queries, exclude_self, device
        As in :func:`clusterforge.numerics.neighbors.knn`.
    exact_rows
        Up to how many rows, compared with as many, the answer is exact.

    Raises
    ------
    ValueError
        As `knn`.

    References
    ----------
    Sivic and Zisserman, "Video Google", ICCV 2003: the inverted file. Here that of faiss (Douze et al.,
    arXiv 2401.08281).
    """
    array = as_matrix(points)
    own = exclude_self and queries is None
    asked = array if queries is None else as_matrix(queries, "queries")
    if torch.device(device).type != "cpu" or len(array) * len(asked) <= exact_rows**2:
        return Near(*knn(array, k, queries=queries, exclude_self=exclude_self, device=device))
    if asked.shape[1] != array.shape[1]:
        raise ValueError(f"queries have {asked.shape[1]} columns, points {array.shape[1]}")
    if not 1 <= k <= len(array) - own:
        raise ValueError(f"k must be 1 to {len(array) - own} here, not {k}")
    index = _Index(array)
    recall = index.tune(asked, k, own)
    if recall < RECALL and len(array) * len(asked) <= (FEWER * exact_rows) ** 2:
        return Near(*knn(array, k, queries=queries, exclude_self=exclude_self, device=device))
    indices = np.empty((len(asked), k), dtype=np.int64)
    distances = np.empty((len(asked), k), dtype=np.float32)
    for start in range(0, len(asked), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(asked)))
        indices[rows], distances[rows] = index.search(asked, rows, k, own)
    return Near(indices, distances, recall)


class _Index:
    """An inverted file over some rows.

    Parameters
    ----------
    array
        float32 or float64 (n, d).
    """

    def __init__(self, array: npt.NDArray[Any]) -> None:
        import faiss

        n, d = array.shape
        self._array, self._centred = array, Centred(array)
        self._cells = int(2 * n**0.5)
        self._index = faiss.IndexIVFFlat(faiss.IndexFlatL2(d), d, self._cells, faiss.METRIC_L2)
        self._index.cp.niter, self._index.cp.max_points_per_centroid = 8, 40
        self._index.cp.min_points_per_centroid = 1
        rows = self._scaled(array)
        faiss.omp_set_num_threads(1)  # a mean over several would depend on how many there are
        self._index.train(rows)
        faiss.omp_set_num_threads(torch.get_num_threads())
        self._index.add(rows)

    def tune(self, asked: npt.NDArray[Any], k: int, own: bool) -> float:
        """Set how many cells are searched, and return the recall."""
        rows = evenly(len(asked), SAMPLE)
        _, true = knn(self._array, k + own, queries=asked[rows], exclude_self=False)
        farthest = true[:, -1:] * (1 + 1e-6)  # equal rows are as good as one another
        self._index.nprobe, most = PROBES, max(PROBES, self._cells // 16)
        while True:
            _, distances = self.search(asked, rows, k, own)
            recall = float((distances <= farthest).mean())
            if recall >= RECALL or self._index.nprobe >= most:
                return recall
            self._index.nprobe = min(2 * self._index.nprobe, most)

    def search(
        self, asked: npt.NDArray[Any], rows: IntArray, k: int, own: bool
    ) -> tuple[IntArray, FloatArray]:
        """Return indices int64 (b, k) and distances float32 (b, k) for some of the queries."""
        places = self._index.search(self._scaled(asked[rows]), k + own)[1]
        short = np.flatnonzero((places < 0).any(axis=1))
        if len(short):  # its cells hold too few rows
            places[short] = knn(
                self._array, k + own, queries=asked[rows[short]], exclude_self=False
            )[0]
        if own:
            itself = places == rows[:, None]
            itself[~itself.any(axis=1), -1] = True
            places = places[~itself].reshape(len(rows), k)
        indices, distances = measured(self._array, asked[rows], places, k)
        return indices.astype(np.int64), distances.astype(np.float32)

    def _scaled(self, rows: npt.NDArray[Any]) -> FloatArray:
        moved = (rows - self._centred.shift) * rows.dtype.type(self._centred.scale)
        scaled: FloatArray = np.ascontiguousarray(moved, dtype=np.float32)
        return scaled
