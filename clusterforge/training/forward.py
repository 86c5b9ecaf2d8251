"""A pass over many rows: their embedding, and the whole split as a loss sees it."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor

from clusterforge.contracts import FloatArray
from clusterforge.contracts.training import Inputs, Network
from clusterforge.training.examples import Examples
from clusterforge.training.inputs import Subset, ahead

ROWS, BACKBONE_ROWS = 2048, 64


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return the context in which networks run."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def embed(
    network: Network, inputs: Inputs, device: torch.device, precision: str, rows: int = ROWS
) -> Tensor:
    """Return the embedding of every row in evaluation mode, without gradient: float32 (n, d)."""
    was_training = network.training
    network.eval()
    parts = torch.split(torch.arange(len(inputs)), rows)
    ready = inputs.in_memory
    taken = ((p, inputs.take(p)) for p in parts) if ready else ahead(parts, inputs.take)
    try:
        with torch.no_grad(), autocast(device, precision):
            return torch.cat([network.encode(x).float() for _, x in taken])
    finally:
        network.train(was_training)


def side_outputs(network: Network, inputs: Inputs) -> frozenset[str]:
    """Return the names of what a network gives to losses next to the embedding."""
    was_training = network.training
    network.eval()
    with torch.no_grad():
        encoded = network(inputs.take(torch.arange(len(inputs))))
    network.train(was_training)
    return frozenset() if isinstance(encoded, Tensor) else frozenset(encoded.outputs)


class SplitScope:
    """The whole training split of a phase, for losses that need more than a batch."""

    def __init__(
        self,
        network: Network,
        examples: Examples,
        n_classes: int | None,
        *,
        seed: int,
        device: torch.device,
        precision: str,
        rows: int,
    ) -> None:
        self.seed, self.device, self.network, self.n_classes = seed, device, network, n_classes
        self.examples, self.precision, self.rows = examples, precision, rows

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def dim(self) -> int:
        """Width of the embedding."""
        one = Subset(self.examples.inputs, torch.arange(1))
        return embed(self.network, one, self.device, self.precision).shape[1]

    @property
    def labels(self) -> Tensor | None:
        """int64 (n,) on the device, where labels may be used."""
        labels = self.examples.labels
        return None if labels is None else torch.from_numpy(labels).to(self.device)

    def points(self) -> FloatArray:
        """Return the rows as they come in: float32 (n, d)."""
        return self.examples.points()

    def embed(self) -> Tensor:
        """Return the embedding of every training row: float32 (n, d)."""
        return embed(self.network, self.examples.inputs, self.device, self.precision, self.rows)
