"""Bootstrap your own latent (Grill et al., NeurIPS 2020) on two views, without negatives."""

from __future__ import annotations

from copy import deepcopy
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from clusterforge.contracts import State
from clusterforge.contracts.training import Batch, Encoded, Loss, Network, Scope, TrainedEncoder
from clusterforge.params import Field, Params
from clusterforge.phases import Epochs, Phase, TrainedParams


class ByolEncoderParams(TrainedParams):
    dim: int = Field(32, ge=1, description="Width of the embedding.")
    epochs: Epochs = 15

    def own_phases(self):
        return (Phase.model_validate({"loss": f"python:{__name__}:ByolLoss"}),)


def mlp(*widths: int) -> nn.Sequential:
    down, middle, up = widths
    return nn.Sequential(
        nn.Linear(down, middle), nn.BatchNorm1d(middle), nn.ReLU(), nn.Linear(middle, up)
    )


class ByolNetwork(Network):
    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.body, self.project, self.predict = (
            mlp(width, 128, dim),
            mlp(dim, 64, 32),
            mlp(32, 64, 32),
        )

    def encode(self, x: Tensor) -> Tensor:
        return self.body(x)

    def forward(self, x: Tensor) -> Encoded:
        z = self.body(x)
        projection = self.project(z)
        outputs = {"projection": projection, "prediction": self.predict(projection)}
        return Encoded(z, outputs)


class ByolEncoder(TrainedEncoder[ByolEncoderParams]):
    def build(self, shape: tuple[int, ...]) -> Network:
        return ByolNetwork(shape[0], self.params.dim)


class ByolParams(Params):
    decay: float = Field(0.98, ge=0, lt=1, description="How slowly the target network follows.")


class ByolLoss(Loss[ByolParams]):
    clusterforge_spec: ClassVar = {
        "batch": "views",
        "needs_outputs": frozenset({"projection", "prediction"}),
    }

    def setup(self, scope: Scope) -> None:
        self.target = deepcopy(scope.network).train()

    def __call__(self, batch: Batch) -> Tensor:
        a, b = batch.views
        with torch.no_grad():
            others = [self.target(view.x).outputs["projection"] for view in (b, a)]
        seen = [view.outputs["prediction"] for view in (a, b)]
        return sum(
            2 - 2 * cosine_similarity(p, t).mean() for p, t in zip(seen, others, strict=True)
        )

    def on_step(self, step: int, batch: Batch, scope: Scope) -> None:
        for mine, theirs in zip(self.target.parameters(), scope.network.parameters(), strict=True):
            mine.lerp_(theirs, 1 - self.params.decay)

    def state(self) -> State:
        return State({name: v.numpy().copy() for name, v in self.target.state_dict().items()})
