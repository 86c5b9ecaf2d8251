"""Batches and scopes for losses on their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from clusterforge.contracts.training import Batch, Network, Sample


class Same(Network):
    def encode(self, x: Tensor) -> Tensor:
        return x

    def decode(self, z: Tensor) -> Tensor:
        return z


def decoded(z: Tensor, clean: Tensor) -> Batch:
    return Batch(torch.arange(len(z)), z, z, Same(), clean=clean)


def seen(z: Tensor, **more: Any) -> Batch:
    return Batch(torch.arange(len(z)), z, z, Same(), **more)


def sample(z: Tensor) -> Sample:
    return Sample(z, z)


@dataclass
class Whole:
    """A scope whose embedding a test may change."""

    z: Tensor
    labels: Tensor | None = None
    n_classes: int | None = None
    seed: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    network: Network | None = None

    def __len__(self) -> int:
        return len(self.z)

    @property
    def dim(self) -> int:
        return self.z.shape[1]

    def embed(self) -> Tensor:
        return self.z

    def points(self) -> Any:
        return self.z.numpy()
