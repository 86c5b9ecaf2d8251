"""k-means: greedy k-means++ or Ward's tree, then Lloyd's iteration, all restarts in one matrix product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics import sizes
from clusterforge.numerics._distance import Centred, Device, as_matrix, exact
from clusterforge.numerics.arrays import BLOCK_VALUES, DoubleArray, FloatArray, IntArray
from clusterforge.numerics.linkage import ward_clusters

Start = Literal["auto", "k-means++"]


@dataclass(frozen=True)
class KMeansResult:
    """What k-means found.

    Attributes
    ----------
    centroids : ndarray of float32, shape (k, d)
    labels : ndarray of int64, shape (n,)
        Nearest centroid of each row: `assign(points, centroids)`.
    inertia : float
        Sum of the squared distances of the rows to their centroids.
    n_iter : int
        Iterations of the restart that was kept.
    """

    centroids: FloatArray
    labels: IntArray
    inertia: float
    n_iter: int


def kmeans(
    points: npt.ArrayLike,
    k: int,
    *,
    seed: int,
    n_init: int = 10,
    max_iter: int = 300,
    tol: float = 1e-4,
    device: Device = "cpu",
    start: Start = "k-means++",
) -> KMeansResult:
    """Partition rows into `k` clusters of least inertia, the best of `n_init` restarts.

    With ``start="auto"`` and 20 to 512 clusters, two restarts more begin at the means of the clusters of
    Ward's tree of 4,096 rows, drawn without replacement; one where there are no more rows.

    Random numbers come from NumPy on the CPU, one stream a restart, so restart `i` is the same
    whatever `n_init` and the device. The same seed and number of threads give the same bytes.
    Clusters that run empty restart from the farthest rows. Where float32 rounding is not small
    beside the inertia (tight clusters far apart), everything is done again in float64.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    k : int
        Number of clusters, 1 to the number of distinct rows.
    seed : int
        At least 0.
    n_init : int
        Restarts, at least 1.
    max_iter : int
        Iterations of a restart at most, at least 1.
    tol : float
        A restart stops once its centroids' summed squared movement is at most `tol` times the mean
        variance of the columns, as in scikit-learn.
    device : str or torch.device
    start : {"auto", "k-means++"}
        What training moves on, or what is done often, is not worth the time of trees.

    Returns
    -------
    KMeansResult

    Raises
    ------
    ValueError
        If a parameter is out of range, `points` is not a finite matrix, has fewer than `k` distinct
        rows, or lies so far from the origin that float32 centroids can't tell clusters apart.

    References
    ----------
    Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28, 1982.
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007 (greedy
    variant of section 7, with 2 + log k trials).
    Ward, "Hierarchical grouping to optimize an objective function", JASA 58, 1963.
    """
    array = as_matrix(points)
    if k < 1 or n_init < 1 or max_iter < 1 or not tol >= 0:
        raise ValueError("k, n_init and max_iter must be at least 1 and tol at least 0")
    rows = Centred(array, device)
    distinct = distinct_rows(array, k)
    if distinct < k:
        raise ValueError(f"k is {k}, but points have only {distinct} distinct rows")
    with exact(device):
        for dtype in (torch.float32, torch.float64):
            x = rows.all(dtype)
            total = float(x.square().sum(dtype=torch.float64))
            centres, inertia, n_iter = best_restart(x, k, seed, n_init, max_iter, tol, start)
            # float32 errs by about 1e-7 of a squared norm: keep that under 1 % of what is summed.
            if inertia > 1e-5 * total:
                break
    centroids = (centres / rows.scale + rows.shift.astype(np.float64)).astype(np.float32)
    labels, squared = assign(array, centroids, device=device)
    rounded = float(squared.sum(dtype=np.float64))
    if rounded * rows.scale**2 > inertia + 0.01 * total:
        raise far_from_origin()
    return KMeansResult(centroids, labels, rounded, n_iter)


def far_from_origin() -> ValueError:
    """Return what to raise where float32 centroids can't tell clusters apart."""
    return ValueError(
        "points lie too far from the origin for float32 centroids: subtract their mean first"
    )


_Begin = Callable[[torch.Tensor, int, Sequence[np.random.Generator]], torch.Tensor]


def _streams(seeds: np.random.SeedSequence, many: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds.spawn(many)]


def best_restart(
    x: torch.Tensor, k: int, seed: int, n_init: int, max_iter: int, tol: float, start: Start
) -> tuple[DoubleArray, float, int]:
    """Return the centroids (k, d), inertia and iterations of the best of some restarts on centred rows."""
    n = len(x)
    # Bounded memory: k-means++ holds 20 bytes a row and restart, Lloyd k scores a row and restart.
    group = max(1, min(1024 // k, 200_000_000 // (20 * n)))
    streams = _streams(np.random.SeedSequence(seed), n_init)
    starts: list[tuple[_Begin, list[np.random.Generator]]] = [
        (_by_plus_plus, streams[i : i + group]) for i in range(0, n_init, group)
    ]
    if start == "auto":
        trees = sizes.ward_starts(n, k)
        starts += [(_by_ward, [one]) for one in _streams(np.random.SeedSequence([seed, k]), trees)]
    best: tuple[DoubleArray, float, int] | None = None
    for begins, some in starts:
        begin = begins(x, k, some)
        centroids, inertia, n_iter = lloyd(x, begin, max_iter, tol)
        winner = int(np.argmin(inertia))
        if best is None or inertia[winner] < best[1]:
            values = centroids[winner].double().cpu().numpy()
            best = values, float(inertia[winner]), int(n_iter[winner])
    assert best is not None
    return best


def _by_plus_plus(x: torch.Tensor, k: int, streams: Sequence[np.random.Generator]) -> torch.Tensor:
    """Return the centroids (r, k, d) that greedy k-means++ draws by each of r streams."""
    first = np.array([stream.integers(len(x)) for stream in streams])
    uniform = np.stack([stream.random((k - 1, 2 + int(np.log(k)))) for stream in streams])
    return plus_plus(x, torch.from_numpy(first), torch.from_numpy(uniform))


def _by_ward(x: torch.Tensor, k: int, streams: Sequence[np.random.Generator]) -> torch.Tensor:
    """Return the means (r, k, d) of the clusters that Ward's trees of rows drawn by r streams have."""
    starts = x.new_empty((len(streams), k, x.shape[1]))
    for i, stream in enumerate(streams):
        drawn = np.sort(stream.permutation(len(x))[: sizes.WARD_ROWS])
        rows = x[torch.from_numpy(drawn).to(x.device)].double().cpu().numpy()
        labels = ward_clusters(rows, k)
        means = np.stack([rows[labels == one].mean(axis=0) for one in range(k)])
        starts[i] = torch.from_numpy(means)
    return starts


def distinct_rows(array: npt.NDArray[Any], enough: int) -> int:
    """Return the number of distinct rows, or more than `enough` of them once these are seen."""
    return len(distinct_positions(array, enough))


def distinct_positions(array: npt.NDArray[Any], enough: int) -> IntArray:
    """Return where distinct rows first stand, int64 (m,): all of them, or at least `enough`."""
    places: IntArray = np.empty(0, dtype=np.int64)
    start, size = 0, 4 * enough
    most = max(size, BLOCK_VALUES // max(1, array.shape[1]))
    while start < len(array):
        stop = min(start + size, len(array))
        candidates = np.concatenate([places, np.arange(start, stop)])
        first = np.unique(array[candidates], axis=0, return_index=True)[1]
        places = candidates[np.sort(first)]
        if len(places) >= enough:
            break
        start, size = stop, min(4 * size, most)
    return places


def assign(
    points: npt.ArrayLike, centroids: npt.ArrayLike, *, device: Device = "cpu"
) -> tuple[IntArray, FloatArray]:
    """Give each row its nearest centroid; of equally near ones, the first.

    A float32 matrix product finds the two best; rows where they are closer to each other than
    rounding error are decided by float64 differences. So a row's label depends on nothing else.

    Parameters
    ----------
    points : array_like of float, shape (n, d)
    centroids : array_like of float, shape (k, d)
    device : str or torch.device

    Returns
    -------
    labels : ndarray of int64, shape (n,)
    squared : ndarray of float32, shape (n,)
        Squared Euclidean distance to that centroid, from differences in float64.

    Raises
    ------
    ValueError
        If the shapes don't fit or a value is not finite.
    """
    array, targets = as_matrix(points), as_matrix(centroids, "centroids")
    if array.shape[1] != targets.shape[1]:
        raise ValueError(f"points have {array.shape[1]} columns, centroids {targets.shape[1]}")
    if len(array) * targets.size <= _FEW:
        return _assign_few(array, targets)
    shift = targets.mean(axis=0, dtype=np.float64)
    rows = Centred(array, device, shift=shift)
    # Both sides need the very same shift and scale.
    common = np.promote_types(array.dtype, targets.dtype)
    c = (targets.astype(common) - rows.shift.astype(common)).astype(np.float64) * rows.scale
    if not np.isfinite(c).all():
        raise ValueError("centroids contain NaN, infinity or numbers too large to subtract")
    n, k = len(array), len(targets)
    labels = np.zeros(n, dtype=np.int64)
    squared = np.empty(n, dtype=np.float32)
    step = max(256, 2_000_000 // max(k, array.shape[1]))
    with exact(device):
        c32 = torch.tensor(c, dtype=torch.float32, device=device)
        for i in range(0, n, step):
            j = min(i + step, n)
            if k > 1:
                labels[i:j] = _nearest(rows.take(i, j, torch.float32), c32)
                unsure = np.flatnonzero(labels[i:j] < 0) + i
                if len(unsure):
                    labels[unsure] = _decide(array[unsure], targets)
            squared[i:j] = _squared_gaps(array[i:j], targets[labels[i:j]])
    return labels, squared


def _squared_gaps(rows: npt.NDArray[Any], other: npt.NDArray[Any]) -> FloatArray:
    """Squared distance of each row to that of the other matrix, from differences in float64."""
    gap = rows.astype(np.float64) - other
    with np.errstate(over="ignore"):
        squared: FloatArray = np.einsum("ij,ij->i", gap, gap).astype(np.float32)
    return squared


def _nearest(rows: torch.Tensor, c: torch.Tensor) -> IntArray:
    """Nearest centroid of each row, or -1 where float32 can't tell."""
    norms = c.square().sum(1)
    score = torch.addmm(norms, rows, c.T, alpha=-2)  # (b, k)
    value, place = score.topk(2, dim=1, largest=False)
    eps = torch.finfo(torch.float32).eps * (8 + rows.shape[1] ** 0.5)
    unsure = value[:, 1] - value[:, 0] <= eps * (rows.square().sum(1) + norms.max())
    found: IntArray = place[:, 0].masked_fill(unsure, -1).cpu().numpy()
    return found


def _assign_few(array: npt.NDArray[Any], targets: npt.NDArray[Any]) -> tuple[IntArray, FloatArray]:
    """As `assign`, by differences alone: for a row or two, preparing a product takes longer."""
    rows = array[:]
    for values, name in ((rows, "points"), (targets, "centroids")):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} contain NaN, infinity or numbers too large to subtract")
    labels = _decide(rows, targets)
    return labels, _squared_gaps(rows, targets[labels])


def _decide(rows: npt.NDArray[Any], targets: npt.NDArray[Any]) -> IntArray:
    """Nearest centroid by float64 differences, the first of equals."""
    labels = np.empty(len(rows), dtype=np.int64)
    wide = targets.astype(np.float64)
    step = max(1, _SCORES // wide.size)
    with np.errstate(over="ignore"):
        for i in range(0, len(rows), step):
            gap = rows[i : i + step, None].astype(np.float64) - wide
            labels[i : i + step] = np.square(gap, out=gap).sum(axis=2).argmin(axis=1)
    return labels


_FEW = 100_000  # values of all differences
_SCORES = 2_000_000


def _blocks(n: int, columns: int) -> list[slice]:
    # 8 MB of scores: within a large cache, and few enough blocks that threads seldom wait for each
    # other, which costs most where the machine is shared.
    step = min(32768, max(256, _SCORES // max(columns, 1)))
    return [slice(i, min(i + step, n)) for i in range(0, n, step)]


def plus_plus(x: torch.Tensor, first: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Greedy k-means++ seeding.

    Parameters
    ----------
    x : Tensor, shape (n, d)
        Centred rows.
    first : Tensor of int64, shape (R,)
        The row that starts each restart.
    uniform : Tensor of float64, shape (R, k - 1, trials)
        Random numbers in [0, 1), one for each candidate.

    Returns
    -------
    Tensor, shape (R, k, d)
    """
    n, d = x.shape
    restarts, steps, trials = uniform.shape
    uniform = uniform.to(x.device)
    square = x.square().sum(1)
    chosen = [first.to(x.device)]
    closest = torch.full((restarts, n), torch.inf, dtype=x.dtype, device=x.device)
    blocks = _blocks(n, restarts * trials)
    buffer = _buffer(x, blocks, restarts * trials)
    _lower(closest, x, square, chosen[0], buffer)
    for step in range(steps):
        # torch.cumsum runs along a row in one thread, so its order is fixed.
        reach = torch.cumsum(closest, dim=1, dtype=torch.float64)  # (R, n)
        target = uniform[:, step] * reach[:, -1:]
        candidate = torch.searchsorted(reach, target, right=True).clamp_(max=n - 1)  # (R, trials)
        points = x[candidate.flatten()]
        norms = points.square().sum(1, keepdim=True)
        potential = torch.zeros((restarts, trials), dtype=torch.float64, device=x.device)
        for part in blocks:
            gap = _squared(points, norms, x[part], square[part], buffer).view(restarts, trials, -1)
            torch.minimum(gap, closest[:, None, part], out=gap)
            potential += gap.sum(-1, dtype=torch.float64)
        winner = potential.argmin(1, keepdim=True)
        chosen.append(candidate.gather(1, winner).squeeze(1))
        _lower(closest, x, square, chosen[-1], buffer)
    return x[torch.stack(chosen, 1).flatten()].view(restarts, steps + 1, d)


def _buffer(x: torch.Tensor, blocks: list[slice], columns: int) -> torch.Tensor:
    # One for all blocks: fresh pages would cost more than the product.
    return torch.empty(columns * blocks[0].stop, dtype=x.dtype, device=x.device)


def _squared(
    points: torch.Tensor,
    norms: torch.Tensor,
    rows: torch.Tensor,
    square: torch.Tensor,
    buffer: torch.Tensor,
) -> torch.Tensor:
    """Squared distances (len(points), len(rows)), in the buffer."""
    gap = buffer[: len(points) * len(rows)].view(len(points), len(rows))
    torch.addmm(norms, points, rows.T, alpha=-2, out=gap)
    return gap.add_(square).clamp_(min=0)


def _lower(
    closest: torch.Tensor,
    x: torch.Tensor,
    square: torch.Tensor,
    row: torch.Tensor,
    buffer: torch.Tensor,
) -> None:
    """Lower each row's squared distance to its nearest centroid by the new one, in place."""
    points = x[row]
    norms = points.square().sum(1, keepdim=True)
    for start in range(0, len(x), len(buffer) // len(row)):
        part = slice(start, start + len(buffer) // len(row))
        gap = _squared(points, norms, x[part], square[part], buffer)
        closest[:, part] = torch.minimum(closest[:, part], gap)
    closest[torch.arange(len(row), device=x.device), row] = 0


def lloyd(
    x: torch.Tensor, centroids: torch.Tensor, max_iter: int, tol: float
) -> tuple[torch.Tensor, DoubleArray, IntArray]:
    """Lloyd's iteration until the centroids rest.

    Parameters
    ----------
    x : Tensor, shape (n, d)
        Centred rows.
    centroids : Tensor, shape (R, k, d)
    max_iter : int
    tol : float
        Relative to the mean variance of the columns.

    Returns
    -------
    centroids : Tensor, shape (R, k, d)
    inertia : ndarray of float64, shape (R,)
    n_iter : ndarray of int64, shape (R,)
    """
    total = float(x.square().sum(dtype=torch.float64))
    still = tol * total / x.numel()
    centroids = centroids.clone()
    n_iter = np.zeros(len(centroids), dtype=np.int64)
    active = np.arange(len(centroids))
    for _ in range(max_iter):
        old = centroids[active]
        sums, counts, _least = partition(x, old)
        new = (sums / counts.clamp(min=1)[..., None]).to(x.dtype)
        for r, empty in enumerate(counts == 0):
            if empty.any():
                new[r, empty] = x[_farthest(x, old[r], int(empty.sum()))]
        centroids[active] = new
        n_iter[active] += 1
        moved = (new - old).double().square().sum((1, 2)).cpu().numpy()
        active = active[moved > still]
        if not len(active):
            break
    inertia = partition(x, centroids)[2].cpu().numpy() + total
    return centroids, np.maximum(inertia, 0), n_iter


def partition(
    x: torch.Tensor, centroids: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sums (R, k, d), sizes (R, k) and least |c|² - 2 x·c summed (R,), all float64."""
    restarts, k, d = centroids.shape
    flat = centroids.reshape(-1, d)
    norms = flat.square().sum(1, keepdim=True)
    sums = torch.zeros((restarts * k, d), dtype=torch.float64, device=x.device)
    counts = torch.zeros((restarts, k), dtype=torch.float64, device=x.device)
    least = torch.zeros(restarts, dtype=torch.float64, device=x.device)
    blocks = _blocks(len(x), restarts * k)
    buffer = _buffer(x, blocks, restarts * k)
    for part in blocks:
        rows = x[part]
        score = buffer[: restarts * k * len(rows)].view(restarts * k, -1)
        torch.addmm(norms, flat, rows.T, alpha=-2, out=score)
        score = score.view(restarts, k, -1)
        low = score.amin(1, keepdim=True)
        # One-hot membership in place of the scores: its product with the rows is the sum a cluster,
        # added up in an order that does not depend on which thread is first.
        member = score.eq_(low)
        size = member.sum(-1)
        if float(size.sum()) != restarts * len(rows):  # ties: the lowest cluster keeps the row
            member *= member.cumsum(1) == 1
            size = member.sum(-1)
        counts += size
        least += low.sum((1, 2), dtype=torch.float64)
        sums += member.view(restarts * k, -1) @ rows
    return sums.view(restarts, k, d), counts, least


def _farthest(x: torch.Tensor, centroids: torch.Tensor, count: int) -> list[int]:
    """Rows far from all centroids and from each other, by farthest-first traversal."""
    gap = torch.cat([torch.cdist(x[p], centroids).amin(1) for p in _blocks(len(x), len(centroids))])
    found: list[int] = []
    for _ in range(count):
        # NumPy promises the first of equal maxima.
        found.append(int(np.argmax(gap.cpu().numpy())))
        gap = torch.minimum(gap, (x - x[found[-1]]).square().sum(1).sqrt())
    return found
