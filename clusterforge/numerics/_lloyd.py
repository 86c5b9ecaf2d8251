"""k-means++ and Lloyd's iteration for several restarts at once. R restarts, k clusters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

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
) -> tuple[torch.Tensor, npt.NDArray[np.float64], npt.NDArray[np.int64]]:
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
        sums, counts, _least = _partition(x, old)
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
    inertia = _partition(x, centroids)[2].cpu().numpy() + total
    return centroids, np.maximum(inertia, 0), n_iter


def _partition(
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
