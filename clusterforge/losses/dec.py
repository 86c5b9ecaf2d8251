"""Deep embedded clustering."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.builtin.losses import DecParams
from clusterforge.contracts import State
from clusterforge.contracts.training import Batch, Loss, Scope
from clusterforge.errors import InputError
from clusterforge.losses.clusters import lost_clusters, started_by_kmeans
from clusterforge.numerics.neighbors import diffused

ROWS = 4096
NEIGHBORS = 10  # of the diffusion
SAMPLE = 60_000  # rows that are diffused at most: the nearest rows of n take n² distances


def soft_assignment(z: Tensor, centroids: Tensor, alpha: float) -> Tensor:
    """Return Student's t similarity of embeddings to centroids, rows summing to 1: (n, k).

    q_ij ∝ (1 + |z_i - μ_j|²/α)^(-(α + 1)/2).

    Parameters
    ----------
    z
        (n, d).
    centroids
        μ (k, d).
    alpha
        α, degrees of freedom.
    """
    squared = (z[:, None, :] - centroids).square().sum(dim=2)
    # By logarithms: the power itself is 0 for a row far from every centroid.
    return torch.softmax(-(alpha + 1) / 2 * torch.log1p(squared / alpha), dim=1)


def target_distribution(q: Tensor) -> Tensor:
    """Return the sharpened assignment p_ij ∝ q_ij²/f_j with f_j = Σ_i q_ij, rows summing to 1."""
    weight = q.square() / q.sum(dim=0).clamp(min=torch.finfo(q.dtype).tiny)  # may be empty
    return weight / weight.sum(dim=1, keepdim=True)


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Return KL(P‖Q) = Σ_ij p_ij log(p_ij/q_ij) / n; 0·log 0 is 0."""
    tiny = torch.finfo(q.dtype).tiny
    return torch.xlogy(p, p / q.clamp(min=tiny)).sum() / len(q)


class DecLoss(Loss[DecParams]):
    """KL divergence of the soft assignment to trainable centroids from its own sharpened target.

    The centroids start from k-means on the code of the whole split; with ``diffusion``, they are the
    means of the clusters that k-means finds after so many steps of it, on 60,000 rows at most. The
    target is computed on the whole split and kept for ``update_interval`` steps. The epoch's
    values hold, of the last refresh, ``changed``, the share of rows whose cluster changed, and
    ``smallest``, the smallest cluster's share of the rows.

    References
    ----------
    Xie, Girshick and Farhadi, "Unsupervised deep embedding for clustering analysis", ICML 2016,
    eqs. 1-3 and section 3.3.
    """

    def __init__(self, params: DecParams) -> None:
        super().__init__(params)
        self.target: Tensor | None = None
        self.clusters: Tensor | None = None
        self.changed: float | None = None

    def setup(self, scope: Scope) -> None:
        """Start the centroids by k-means."""
        steps = self.params.diffusion
        z = scope.embed().cpu().numpy()
        if steps:
            drawn = np.random.default_rng(scope.seed).permutation(len(z))[:SAMPLE]
            z = z[np.sort(drawn)]
        seen = z
        try:
            if steps:
                seen = diffused(z, min(NEIGHBORS, len(z)), steps, device=str(scope.device))
            found = started_by_kmeans(seen, self.params.n_clusters, self.params.restarts, scope)
        except ValueError as error:
            if steps and _distinct(seen) < _distinct(z):
                raise InputError(
                    f"left {_distinct(seen)} distinct rows of {_distinct(z)}: {error}",
                    key="diffusion",
                    remedy="set fewer steps",
                ) from None
            raise InputError(str(error), key="n_clusters") from None
        started = found.centroids
        if steps:
            for cluster in np.unique(found.labels):
                started[cluster] = z[found.labels == cluster].mean(axis=0, dtype=np.float64)
        self.centroids = nn.Parameter(torch.from_numpy(started).to(scope.device))

    def parameters(self) -> list[nn.Parameter]:
        """Return the centroids."""
        return [self.centroids]

    def on_epoch(self, epoch: int, scope: Scope) -> None:
        """Refresh the target, where that is wanted before each epoch."""
        if self.params.update_interval == "epoch":
            self._refresh(scope)

    def before_step(self, step: int, scope: Scope) -> None:
        """Refresh the target every so many steps."""
        every = self.params.update_interval
        if every != "epoch" and step % every == 0:
            self._refresh(scope)

    def __call__(self, batch: Batch) -> Tensor:
        """Return the divergence on a batch; rows held out are their own target's base."""
        q = soft_assignment(batch.z, self.centroids, self.params.alpha)
        if self.target is None or not torch.is_grad_enabled():
            return divergence(target_distribution(q.detach()), q)
        if self.target.device != q.device:
            self.target = self.target.to(q.device)
        return divergence(self.target[batch.rows], q)

    def should_stop(self) -> str | None:
        """Return the reason, once few enough rows change their cluster."""
        if self.changed is None or self.changed > self.params.tolerance:
            return None
        return f"{self.changed:.4%} of the rows changed their cluster"

    def assign(self, z: Tensor) -> Tensor:
        """Return the soft assignment: (n, k)."""
        centroids = self.centroids.detach().to(z.device)
        parts = [
            soft_assignment(part, centroids, self.params.alpha) for part in torch.split(z, ROWS)
        ]
        return torch.cat(parts)

    def values(self) -> dict[str, float]:
        """Return what the last refresh changed, and the smallest cluster's share of the rows."""
        found = {} if self.changed is None else {"changed": self.changed}
        if self.clusters is not None:
            found["smallest"] = float(self._sizes().min() / len(self.clusters))
        return found

    def warnings(self) -> list[str]:
        """Tell of clusters that lost their rows."""
        return [] if self.clusters is None else lost_clusters(self._sizes())

    def state(self) -> State:
        """Return centroids, target and clusters."""
        arrays: dict[str, np.ndarray[Any, Any]] = {
            "centroids": self.centroids.detach().cpu().numpy().copy()
        }
        if self.target is not None and self.clusters is not None:
            arrays["target"] = self.target.cpu().numpy().copy()  # it is changed in place
            arrays["clusters"] = self.clusters.cpu().numpy()
        return State(arrays, {"changed": self.changed})

    def restore(self, state: State) -> None:
        """Take up centroids, target and clusters."""
        arrays = {name: torch.from_numpy(np.array(v)) for name, v in state.arrays.items()}
        self.centroids = nn.Parameter(arrays["centroids"])
        self.target, self.clusters = arrays.get("target"), arrays.get("clusters")
        self.changed = state.meta["changed"]

    def _sizes(self) -> Tensor:
        assert self.clusters is not None
        return torch.bincount(self.clusters, minlength=len(self.centroids))

    def _refresh(self, scope: Scope) -> None:
        q = self.assign(scope.embed())
        clusters = q.argmax(dim=1)
        if self.clusters is not None:
            before = self.clusters.to(clusters.device)
            self.changed = float((clusters != before).float().mean())
        target, self.clusters = target_distribution(q), clusters
        if self.target is None or self.target.device != target.device:
            self.target = target
        else:
            self.target.copy_(target)  # in place, for steps that are replayed


def _distinct(rows: np.ndarray[Any, Any]) -> int:
    return len(np.unique(rows, axis=0))
