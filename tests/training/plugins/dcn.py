"""Deep clustering network (Yang et al., ICML 2017): centroids that no optimiser moves."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from clusterforge.contracts import State
from clusterforge.contracts.training import Batch, Loss, Scope
from clusterforge.numerics.kmeans import kmeans
from clusterforge.params import Field, Params


class DcnParams(Params):
    n_clusters: int = Field(10, ge=1, description="Number of centroids.")


class DcnLoss(Loss[DcnParams]):
    clusterforge_spec: ClassVar = {"gives_head": True}

    def setup(self, scope: Scope) -> None:
        found = kmeans(scope.embed().numpy(), self.params.n_clusters, seed=scope.seed, n_init=5)
        self.centroids = torch.from_numpy(found.centroids)
        self.counts = torch.from_numpy(np.bincount(found.labels)).float()

    def nearest(self, z: Tensor) -> Tensor:
        return torch.cdist(z, self.centroids).argmin(dim=1)

    def __call__(self, batch: Batch) -> Tensor:
        return (batch.z - self.centroids[self.nearest(batch.z.detach())]).square().sum(1).mean() / 2

    def on_step(self, step: int, batch: Batch, scope: Scope) -> None:
        """Move each centroid towards its rows, one after the other, by 1/count (eq. 11)."""
        for row, cluster in zip(batch.z, self.nearest(batch.z), strict=True):
            self.counts[cluster] += 1
            self.centroids[cluster] += (row - self.centroids[cluster]) / self.counts[cluster]

    def assign(self, z: Tensor) -> Tensor:
        return one_hot(self.nearest(z), self.params.n_clusters).float()

    def state(self) -> State:
        return State({"centroids": self.centroids.numpy().copy(), "counts": self.counts.numpy()})

    def restore(self, state: State) -> None:
        self.centroids, self.counts = (
            torch.from_numpy(np.array(state.arrays[name])) for name in ("centroids", "counts")
        )
