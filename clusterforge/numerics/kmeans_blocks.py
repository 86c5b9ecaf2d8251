"""k-means of rows that need not fit into memory: Lloyd's iteration over blocks, and mini-batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics import sizes
from clusterforge.numerics._distance import Centred, Device, as_matrix, exact
from clusterforge.numerics.arrays import DoubleArray, IntArray, blocks
from clusterforge.numerics.kmeans import (
    KMeansResult,
    Start,
    assign,
    best_restart,
    distinct_positions,
    far_from_origin,
    lloyd,
    partition,
)

BATCH = 8192


@dataclass(frozen=True)
class Pass:
    """Where passes over all rows have come to.

    Parameters
    ----------
    centroids
        float32 or float64 (k, d), of centred rows; the passes are computed in their type.
    done
        How many passes there were; 0 before the first.
    moved
        The centroids' squared movement over what counts as rest.
    """

    centroids: npt.NDArray[np.floating]
    done: int
    moved: float


OnPass = Callable[[Pass], None]


def silent(iteration: Pass) -> None:
    """Tell nobody of a pass."""


def kmeans_blocks(
    points: npt.NDArray[np.floating],
    k: int,
    *,
    seed: int,
    n_init: int = 10,
    max_iter: int = 300,
    tol: float = 1e-4,
    device: Device = "cpu",
    start: Start = "k-means++",
    batches: int | None = None,
    on_pass: OnPass = silent,
    after: Pass | None = None,
) -> KMeansResult:
    """Partition rows into `k` clusters without having all of them in memory.

    Restarts of k-means on a sample (16,384 rows, or 160 for each cluster), and the best of them on 16 times
    as many, of 16.8 million values at most, give the centroids to begin with. Then all rows are passed over
    until the centroids rest: that is Lloyd's iteration, as in :func:`~clusterforge.numerics.kmeans.kmeans`,
    from another start. With ``batches``, so many batches of 8,192 rows move the centroids in place of these
    passes.

    Parameters
    ----------
    points : ndarray of float32 or float64, shape (n, d)
        In memory, or ``StoredRows``.
    k, seed, n_init, max_iter, tol, device, start
        As of ``kmeans``; `n_init` counts restarts on the sample.
    batches : int, optional
        Mini-batches in place of passes over all rows.
    on_pass : callable
        Called before the first pass over all rows and after each.
    after : Pass, optional
        What `on_pass` was told last by a call with the same other arguments: goes on from there, to the same
        result.

    Returns
    -------
    KMeansResult
        `n_iter` counts passes, or batches.

    Raises
    ------
    ValueError
        As of ``kmeans``.

    References
    ----------
    Sculley, "Web-scale k-means clustering", WWW 2010 (mini-batches).
    """
    array = as_matrix(points)
    if k < 1 or n_init < 1 or max_iter < 1 or not tol >= 0:
        raise ValueError("k, n_init and max_iter must be at least 1 and tol at least 0")
    rng = np.random.default_rng(seed)
    few = sizes.sampled(len(array), k)
    drawn = rng.permutation(len(array))[: sizes.sampled_again(len(array), array.shape[1], few)]
    first, some = np.sort(drawn[:few]), np.sort(drawn)
    rows = Centred(array, device)
    if len(distinct_positions(array[first], k)) < k:  # nearly all rows are copies
        distinct = distinct_positions(array, k)
        if len(distinct) < k:
            raise ValueError(f"k is {k}, but points have only {len(distinct)} distinct rows")
        first, some = np.union1d(first, distinct), np.union1d(some, distinct)
    with exact(device):
        for dtype in (torch.float32, torch.float64):
            if after is not None and after.centroids.dtype == np.float64 and dtype == torch.float32:
                continue  # which was not enough
            passes = Blocks(rows, dtype)
            done, moved = 0, np.inf
            if after is not None:
                begin = torch.from_numpy(after.centroids).to(rows.device)
                done, moved, after = after.done, after.moved, None
            else:
                sample = rows.pick(first, dtype)
                best, _, _ = best_restart(sample, k, seed, n_init, max_iter, tol, start)
                begin = torch.from_numpy(best).to(device=rows.device, dtype=dtype)
                if len(some) > len(first):
                    begin = lloyd(rows.pick(some, dtype), begin[None], max_iter, tol)[0][0]
            if batches is None:
                centres, inertia, n_iter = passes.lloyd(begin, max_iter, tol, on_pass, done, moved)
            else:
                centres, inertia, n_iter = passes.mini_batch(begin, batches, rng), None, batches
            # float32 errs by about 1e-7 of a squared norm, as in ``kmeans``.
            if inertia is None or inertia > 1e-5 * passes.total:
                break
    found = centres.double().cpu().numpy() / rows.scale + rows.shift.astype(np.float64)
    centroids = found.astype(np.float32)
    labels, squared = assign(array, centroids, device=device)
    rounded = float(squared.sum(dtype=np.float64))
    if inertia is not None and rounded * rows.scale**2 > inertia + 0.01 * passes.total:
        raise far_from_origin()
    if inertia is None:
        labels, centroids = _without_empty(labels, centroids)
    return KMeansResult(centroids, labels, rounded, n_iter)


def _without_empty(
    labels: IntArray, centroids: npt.NDArray[np.float32]
) -> tuple[IntArray, npt.NDArray[np.float32]]:
    """Leave out clusters that no row is nearest to, which mini-batches may end with."""
    used, numbered = np.unique(labels, return_inverse=True)
    return numbered.astype(np.int64), centroids[used]


class Blocks:
    """Centred rows, passed over block by block.

    Parameters
    ----------
    rows
        The rows.
    dtype
        What they are computed in.
    """

    def __init__(self, rows: Centred, dtype: torch.dtype) -> None:
        self.rows, self.dtype = rows, dtype
        self.total = sum(float(x.square().sum(dtype=torch.float64)) for _, x in self)

    def __iter__(self) -> Iterator[tuple[slice, torch.Tensor]]:
        for part in blocks(*self.rows.array.shape):
            yield part, self.rows.take(part.start, part.stop, self.dtype)

    def lloyd(
        self,
        centroids: torch.Tensor,
        max_iter: int,
        tol: float,
        on_pass: OnPass = silent,
        done: int = 0,
        moved: float = np.inf,
    ) -> tuple[torch.Tensor, float, int]:
        """Pass over the rows until the centroids (k, d) rest; return them, the inertia and the passes."""
        still = tol * self.total / self.rows.array.size
        on_pass(Pass(centroids.cpu().numpy(), done, moved))
        while done < max_iter and moved > 1:
            done += 1
            sums, counts, _ = self.partition(centroids)
            new = (sums / counts.clamp(min=1)[:, None]).to(self.dtype)
            if (empty := counts == 0).any():
                new[empty] = self.farthest(centroids, int(empty.sum()))
            squared = float((new - centroids).double().square().sum())
            moved = squared / still if still else 2 * float(squared > 0)
            centroids = new
            on_pass(Pass(centroids.cpu().numpy(), done, moved))
        least = self.partition(centroids)[2]
        return centroids, max(least + self.total, 0.0), done

    def partition(self, centroids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
        """Return the sums (k, d) and sizes (k,) of clusters, and the inertia less ``total``: float64."""
        k, d = centroids.shape
        sums = torch.zeros((k, d), dtype=torch.float64, device=self.rows.device)
        counts = torch.zeros(k, dtype=torch.float64, device=self.rows.device)
        inertia = 0.0
        for _, x in self:
            of_block, sizes, least = partition(x, centroids[None])
            sums += of_block[0]
            counts += sizes[0]
            inertia += float(least[0])
        return sums, counts, inertia

    def farthest(self, centroids: torch.Tensor, count: int) -> torch.Tensor:
        """Return rows (count, d) that are far from all centroids and from each other."""
        gap: DoubleArray = np.full(len(self.rows.array), np.inf)
        found: list[torch.Tensor] = []
        others = centroids
        for _ in range(count):
            for part, x in self:
                away = torch.cdist(x, others).amin(1).double().cpu().numpy()
                gap[part] = np.minimum(gap[part], away)
            row = int(gap.argmax())
            found.append(self.rows.take(row, row + 1, self.dtype)[0])
            others = found[-1][None]
        return torch.stack(found)

    def mini_batch(
        self, centroids: torch.Tensor, batches: int, rng: np.random.Generator
    ) -> torch.Tensor:
        """Move centroids (k, d) by batches of rows, each by less the more rows it has had."""
        seen = torch.zeros(len(centroids), dtype=torch.float64, device=self.rows.device)
        n = len(self.rows.array)
        for _ in range(batches):
            drawn = np.sort(rng.integers(0, n, min(BATCH, n)))
            sums, counts, _ = partition(self.rows.pick(drawn, self.dtype), centroids[None])
            seen += counts[0]
            rate = (1 / seen.clamp(min=1))[:, None]
            step = sums[0] - counts[0][:, None] * centroids.double()
            centroids = (centroids.double() + rate * step).to(self.dtype)
        return centroids
