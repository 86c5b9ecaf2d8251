"""A source of pairs, an augmentation, and parts that fail."""

from __future__ import annotations

import torch
from torch import Tensor

from clusterforge.contracts.training import Augmentation, Loss, PairSource, Scope
from clusterforge.params import Field, Params


class ShiftParams(Params):
    by: int = Field(1, ge=1, description="How many rows further the positive is.")


class Shifted(PairSource[ShiftParams]):
    def setup(self, scope: Scope) -> None:
        self.n = len(scope)

    def positive(self, rows, rng):
        return (rows + self.params.by) % self.n

    def negative(self, rows, rng):
        return None

    def details(self) -> dict[str, float | str]:
        return {"by": self.params.by}


class GreyParams(Params):
    level: float = Field(0.5, ge=0, le=1, description="What every view is mixed with.")


class Grey(Augmentation[GreyParams]):
    def __call__(self, x: Tensor) -> Tensor:
        share = torch.rand(len(x), 1, device=x.device)
        return x + share * (self.params.level - x)


class BrokenLoss(Loss[Params]):
    def __call__(self, batch):
        return batch.z[:, 10_000].mean()


class BrokenSource(Shifted):
    def positive(self, rows, rng):
        return rows / 0 / "no"


class BrokenView(Augmentation[Params]):
    def __call__(self, x):
        raise ValueError("no view today")
