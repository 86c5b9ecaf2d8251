"""A variational autoencoder: its network gives mean and log-variance to the loss that needs them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from clusterforge.contracts.training import Batch, Encoded, Loss, Network, Scope, TrainedEncoder
from clusterforge.params import Field, Params
from clusterforge.phases import Epochs, Phase, TrainedParams


class VaeParams(TrainedParams):
    dim: int = Field(8, ge=1, description="Width of the code.")
    anneal: int = Field(5, ge=1, description="Epochs until the prior has its whole weight.")
    epochs: Epochs = 12
    only_in_own_phases = frozenset({"anneal"})

    def own_phases(self):
        kl = {"use": f"python:{__name__}:KlLoss", "weight": 1e-3, "anneal": self.anneal}
        return (Phase.model_validate({"loss": [{"use": "reconstruction"}, kl]}),)


class VaeNetwork(Network):
    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, 128), nn.ReLU())
        self.mu, self.log_var = nn.Linear(128, dim), nn.Linear(128, dim)
        self.up = nn.Sequential(nn.Linear(dim, 128), nn.ReLU(), nn.Linear(128, width))

    def encode(self, x: Tensor) -> Tensor:
        return self.mu(self.body(x))

    def forward(self, x: Tensor) -> Encoded:
        hidden = self.body(x)
        mu, log_var = self.mu(hidden), self.log_var(hidden)
        z = mu + torch.randn_like(mu) * (log_var / 2).exp()
        return Encoded(z, {"mu": mu, "log_var": log_var})

    def decode(self, z: Tensor) -> Tensor:
        return self.up(z)


class Vae(TrainedEncoder[VaeParams]):
    def build(self, shape: tuple[int, ...]) -> Network:
        return VaeNetwork(shape[0], self.params.dim)


class KlParams(Params):
    anneal: int = Field(5, ge=1, description="Epochs until the whole weight.")


def divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return KL(N(μ, σ²) ‖ N(0, 1)), summed over the code, mean over the rows."""
    return (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean() / 2


class KlLoss(Loss[KlParams]):
    clusterforge_spec: ClassVar = {"needs_outputs": frozenset({"mu", "log_var"})}
    beta = 0.0

    def on_epoch(self, epoch: int, scope: Scope) -> None:
        self.beta = min(1.0, (epoch + 1) / self.params.anneal)

    def __call__(self, batch: Batch) -> Tensor:
        return self.beta * divergence(batch.outputs["mu"], batch.outputs["log_var"])

    def values(self) -> dict[str, float]:
        return {"beta": self.beta}
