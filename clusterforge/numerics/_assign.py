"""The nearest centroid of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred, as_matrix, exact


def assign(
    points: npt.ArrayLike, centroids: npt.ArrayLike, *, device: str | torch.device = "cpu"
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
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
                    labels[unsure] = _decide(array[unsure], targets, device)
            gap = array[i:j].astype(np.float64) - targets[labels[i:j]]
            with np.errstate(over="ignore"):
                squared[i:j] = np.einsum("ij,ij->i", gap, gap)
    return labels, squared


def _nearest(rows: torch.Tensor, c: torch.Tensor) -> npt.NDArray[np.int64]:
    """Nearest centroid of each row, or -1 where float32 can't tell."""
    norms = c.square().sum(1)
    score = torch.addmm(norms, rows, c.T, alpha=-2)  # (b, k)
    value, place = score.topk(2, dim=1, largest=False)
    eps = torch.finfo(torch.float32).eps * (8 + rows.shape[1] ** 0.5)
    unsure = value[:, 1] - value[:, 0] <= eps * (rows.square().sum(1) + norms.max())
    found: npt.NDArray[np.int64] = place[:, 0].masked_fill(unsure, -1).cpu().numpy()
    return found


def _decide(
    rows: npt.NDArray[Any], targets: npt.NDArray[Any], device: str | torch.device
) -> npt.NDArray[np.int64]:
    """Nearest centroid by float64 differences, the first of equals."""
    a = torch.tensor(rows, dtype=torch.float64, device=device)
    b = torch.tensor(targets, dtype=torch.float64, device=device)
    gap = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").cpu().numpy()
    found: npt.NDArray[np.int64] = gap.argmin(axis=1).astype(np.int64)
    return found
