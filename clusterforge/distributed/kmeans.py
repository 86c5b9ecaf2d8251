"""k-means over shards: rows stay in their files, and only sums of each block travel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from clusterforge.distributed.cluster import connected
from clusterforge.errors import EnvironmentProblem, InputError, bounded
from clusterforge.formats import are, count
from clusterforge.numerics.arrays import DoubleArray, FloatArray, IntArray
from clusterforge.numerics.kmeans import assign, kmeans
from clusterforge.numerics.moments import Moments, calinski_harabasz, davies_bouldin

ROWS = 65_536  # of an npy file in a block; of a parquet file, a row group is one
SAMPLE = 20_000  # rows that k-means begins with

T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """Some rows of a file.

    Parameters
    ----------
    path
        An npy file with a matrix, or a parquet file.
    column
        Of a parquet file: lists of one length.
    start, stop
        The rows, by their place in the file.
    group
        Of a parquet file: the row group that they are.
    """

    path: str
    column: str
    start: int
    stop: int
    group: int = 0

    def rows(self) -> FloatArray:
        """Read the rows: float32 (n, d)."""
        if self.path.endswith(".npy"):
            whole = np.load(self.path, mmap_mode="r", allow_pickle=False)
            return np.asarray(whole[self.start : self.stop], dtype=np.float32)
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self.path, page_checksum_verification=True)
        table = file.read_row_group(self.group, columns=[self.column])
        lists = table.column(0).combine_chunks()
        values = lists.flatten().to_numpy(zero_copy_only=False)
        return np.asarray(values, dtype=np.float32).reshape(len(lists), -1)


@dataclass(frozen=True)
class Sums:
    """What a block adds for each of k clusters: rows, and the sums over them.

    Parameters
    ----------
    sizes, rows
        float64 (k,), (k, d).
    distances, squares
        Of the rows to the cluster's centre: float64 (k,).
    """

    sizes: DoubleArray
    rows: DoubleArray
    distances: DoubleArray
    squares: DoubleArray

    def __add__(self, other: Sums) -> Sums:
        mine, theirs = vars(self), vars(other)
        return Sums(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class ShardedKMeans:
    """What k-means found.

    Parameters
    ----------
    centroids
        float32 (k, d).
    labels
        The nearest centroid of each row, in the order of the files: int64 (n,).
    inertia
        Sum of the squared distances of the rows to their centroids.
    n_iter
        Iterations.
    davies_bouldin, calinski_harabasz
        As the metrics of these names.
    """

    centroids: FloatArray
    labels: IntArray
    inertia: float
    n_iter: int
    davies_bouldin: float
    calinski_harabasz: float


def sharded_kmeans(
    files: Sequence[str | Path],
    k: int,
    *,
    seed: int = 0,
    column: str = "embedding",
    max_iter: int = 300,
    tol: float = 1e-4,
    address: str | None = None,
) -> ShardedKMeans:
    """Partition the rows of files into k clusters, on a Ray cluster whose nodes all reach the files.

    k-means of a sample gives the first centroids; Lloyd's iteration goes over all rows. Sums are added in the
    order of the blocks, so the result does not depend on how many nodes there are.

    Parameters
    ----------
    files
        npy files with a matrix each, or parquet files.
    k
        Number of clusters.
    seed
        Of the sample and of its k-means.
    column
        Of parquet files: lists of numbers, of one length.
    max_iter, tol
        As in :func:`clusterforge.numerics.kmeans.kmeans`.
    address
        Of the Ray cluster; default: one is started here.

    Raises
    ------
    InputError
        Where a file holds no matrix, or there are fewer rows than clusters.
    EnvironmentProblem
        Where the cluster can't do the work.
    """
    from clusterforge.models.compute import available_threads

    blocks = [block for file in files for block in _blocks(Path(file).resolve(), column)]
    n = sum(block.stop - block.start for block in blocks)
    if not 1 <= k <= n:
        raise InputError(
            f"there {are(n)} {count(n, 'row')} for {count(k, 'cluster')}",
            key="k",
            remedy="ask for fewer",
        )
    with connected(address, available_threads()):
        sample = np.concatenate(list(_mapped(_drawn, blocks, _shares(blocks, n, seed))))
        centroids = kmeans(sample, k, seed=seed).centroids
        least = tol * float(sample.var(axis=0, dtype=np.float64).mean())
        n_iter, moved = 0, np.inf
        while n_iter < max_iter and moved > least:
            sums = _total(blocks, centroids, centroids)
            means = _means(sums, centroids)
            moved = float(np.square(means - centroids).sum())
            centroids, n_iter = means.astype(np.float32), n_iter + 1
        sums = _total(blocks, centroids, centroids)
        inertia = float(sums.squares.sum())
        means = _means(sums, centroids)
        # Spreads are about the means of the rows, which float32 centroids only come near to.
        sums = _total(blocks, centroids, means)
        deviations = sums.distances / np.maximum(sums.sizes, 1)
        moments = Moments(*(x[None] for x in (sums.sizes, means, deviations, sums.squares)))
        labels = np.concatenate(list(_mapped(_labels, blocks, [(centroids,)] * len(blocks))))
    return ShardedKMeans(
        centroids,
        labels,
        inertia,
        n_iter,
        float(davies_bouldin(moments)[0]),
        float(calinski_harabasz(moments)[0]),
    )


def _blocks(path: Path, column: str) -> Iterator[Block]:
    """Yield the blocks of a file; nothing but its head is read."""
    try:
        if path.suffix == ".npy":
            matrix = np.load(path, mmap_mode="r", allow_pickle=False)
            if matrix.ndim != 2:
                raise InputError("holds no matrix", file=str(path), remedy="rows by columns")
            for start in range(0, len(matrix), ROWS):
                yield Block(str(path), column, start, min(start + ROWS, len(matrix)))
            return
        import pyarrow.parquet as pq

        file = pq.ParquetFile(path)
        if column not in file.schema_arrow.names:
            raise InputError(f"has no column {column!r}", file=str(path), remedy="name another")
        start = 0
        for group in range(file.num_row_groups):
            stop = start + file.metadata.row_group(group).num_rows
            yield Block(str(path), column, start, stop, group)
            start = stop
    except (OSError, ValueError) as error:
        reason = bounded(" ".join(str(error).split()))
        raise InputError(f"can't be read ({reason})", file=str(path), remedy=None) from error


def _shares(blocks: Sequence[Block], n: int, seed: int) -> list[tuple[IntArray]]:
    """Return the rows of each block that are in the sample."""
    drawn = np.random.default_rng(seed).permutation(n)[:SAMPLE] if n > SAMPLE else np.arange(n)
    ends = np.cumsum([block.stop - block.start for block in blocks])
    parts = np.split(np.sort(drawn), np.searchsorted(np.sort(drawn), ends[:-1]))
    starts = [0, *ends[:-1].tolist()]
    return [(part - start,) for part, start in zip(parts, starts, strict=True)]


def _total(blocks: Sequence[Block], centroids: FloatArray, centres: Any) -> Sums:
    """Return the sums over all blocks, added in their order."""
    total: Sums | None = None
    for part in _mapped(_sums, blocks, [(centroids, centres)] * len(blocks)):
        total = part if total is None else total + part
    assert total is not None
    return total


def _means(sums: Sums, before: Any) -> DoubleArray:
    """Return the mean of each cluster's rows; of one without rows, where it was."""
    sizes = sums.sizes[:, None]
    return np.where(sizes > 0, sums.rows / np.maximum(sizes, 1), before)


def _mapped(
    work: Callable[..., T], blocks: Sequence[Block], arguments: Sequence[tuple[Any, ...]]
) -> Iterator[T]:
    """Yield what some work gives for each block, in order; that of a node that is lost is done again."""
    import ray
    from ray.exceptions import RayError, RayTaskError

    task = ray.remote(work).options(max_retries=-1)
    stored: dict[int, Any] = {}
    for several in arguments:
        for value in several:
            if id(value) not in stored:
                stored[id(value)] = ray.put(value)
    references = [
        task.remote(block, *(stored[id(value)] for value in several))
        for block, several in zip(blocks, arguments, strict=True)
    ]
    try:
        while references:
            yield ray.get(references.pop(0))
    except RayTaskError as error:
        reason = bounded(str(error).strip().splitlines()[-1])
        raise EnvironmentProblem(
            f"a node can't do its part ({reason}); every node must reach the files"
        ) from error
    except RayError as error:
        raise EnvironmentProblem(f"the cluster was lost ({type(error).__name__})") from error


def _drawn(block: Block, rows: IntArray) -> FloatArray:
    return block.rows()[rows]


def _labels(block: Block, centroids: FloatArray) -> IntArray:
    return assign(block.rows(), centroids)[0]


def _sums(block: Block, centroids: FloatArray, centres: Any) -> Sums:
    rows, k = block.rows(), len(centroids)
    labels, _ = assign(rows, centroids)
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    clusters = labels[order][starts]
    sorted_rows = rows[order].astype(np.float64)
    square = np.square(sorted_rows - np.asarray(centres, np.float64)[labels[order]]).sum(axis=1)
    sums = Sums(
        np.bincount(labels, minlength=k).astype(np.float64),
        np.zeros(centroids.shape),
        *np.zeros((2, k)),
    )
    sums.rows[clusters] = np.add.reduceat(sorted_rows, starts)
    sums.squares[clusters] = np.add.reduceat(square, starts)
    sums.distances[clusters] = np.add.reduceat(np.sqrt(square), starts)
    return sums
