"""Right losses, and losses that are wrong in one thing each."""

from __future__ import annotations

import random

import torch
from torch import nn
from torch.nn import functional

from clusterforge.contracts.training import Loss
from clusterforge.params import Params
from clusterforge.specs import LossSpec
from tests.testing.wrong_plugins.listing import Listing


class SpreadParams(Params):
    pass


RIGHT = LossSpec(
    "spread",
    "Every dimension has variance 1.",
    SpreadParams,
    "tests.testing.wrong_plugins.losses:SpreadLoss",
)
LISTING = Listing(RIGHT)
wrong = LISTING.add


class SpreadLoss(Loss[SpreadParams]):
    def __call__(self, batch):
        return (batch.z.var(dim=0, correction=0) - 1).square().mean()


@wrong("loss-scalar")
class EachRow(SpreadLoss):
    def __call__(self, batch):
        return (batch.z - 1).square().mean(dim=1)


class OwnParameter(SpreadLoss):
    def setup(self, scope):
        self.shift = nn.Parameter(torch.zeros(()))

    def parameters(self):
        return [self.shift]

    def restore(self, state):
        self.setup(None)


@wrong("gradient-reaches-network")
class Detached(OwnParameter):
    def __call__(self, batch):
        return (batch.z.detach() - self.shift).square().mean()


@wrong("own-parameters-learn")
class Idle(OwnParameter):
    pass


@wrong("own-parameters-learn", also=("restored-elsewhere",))
class Forgotten(SpreadLoss):
    def setup(self, scope):
        self.head = nn.Linear(1, 1)

    def __call__(self, batch):
        return super().__call__(batch) + self.head.weight.square().sum()

    def restore(self, state):
        self.setup(None)


class Backwards(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


@wrong("gradient-true")
class WrongWay(SpreadLoss):
    def __call__(self, batch):
        return Backwards.apply(super().__call__(batch))


# right too: what is taken out of the graph is a constant to the gradient

SIAMESE = Listing(
    LossSpec(
        "siamese",
        "Each side follows the other, which is held.",
        SpreadParams,
        "tests.testing.wrong_plugins.losses:SiameseLoss",
        batch="pairs",
    )
)
TARGETED = Listing(
    LossSpec(
        "targeted",
        "A target that is made of the embedding, and held.",
        SpreadParams,
        "tests.testing.wrong_plugins.losses:TargetedLoss",
    )
)


class SiameseLoss(Loss[SpreadParams]):
    def __call__(self, batch):
        z, partner = batch.z, batch.partner.z
        near = functional.cosine_similarity
        return -(near(z, partner.detach()).mean() + near(partner, z.detach()).mean()) / 2


@SIAMESE.add("gradient-true")
class SiameseWrongWay(SiameseLoss):
    def __call__(self, batch):
        return Backwards.apply(super().__call__(batch))


class TargetedLoss(Loss[SpreadParams]):
    def __call__(self, batch):
        with torch.no_grad():
            target = batch.z.pow(4)
        return (batch.z * target).mean()


@TARGETED.add("gradient-true")
class TargetedWrongWay(TargetedLoss):
    def __call__(self, batch):
        return Backwards.apply(super().__call__(batch))


@wrong("batch-order-ignored")
class Fades(SpreadLoss):
    def __call__(self, batch):
        weights = torch.arange(len(batch.z), dtype=batch.z.dtype)
        return (batch.z.square().mean(dim=1) * weights).mean()


@wrong("held-out-rows")
class LooksUp(SpreadLoss):
    def __call__(self, batch):
        if (batch.rows < 0).any():
            raise IndexError("row -1")
        return super().__call__(batch)


@wrong("unlabelled-rows", needs_labels=True)
class AllLabelled(SpreadLoss):
    def __call__(self, batch):
        return functional.cross_entropy(batch.z[:, :3], batch.labels)


@wrong("collapsed-batch")
class Roots(SpreadLoss):
    def __call__(self, batch):
        return (batch.z.amax(dim=0) - batch.z.amin(dim=0)).square().sum().sqrt()


@wrong("needs-declared")
class Peeks(SpreadLoss):
    def __call__(self, batch):
        return (batch.z.mean(dim=1) - batch.labels).square().mean()


@wrong("head-honest")
class Headless(SpreadLoss):
    def assign(self, z):
        return z.softmax(dim=1)


@wrong("replay-honest", replayable=True)
class Anneals(SpreadLoss):
    weight = 1.0

    def before_step(self, step, scope):
        self.weight = 1.0 / (1 + step)

    def __call__(self, batch):
        return super().__call__(batch) * self.weight


@wrong("values-finite")
class ShowsNan(SpreadLoss):
    def values(self):
        return {"spread": float("nan")}


# what clusterers are caught at, losses are too


class Scaled(OwnParameter):
    def setup(self, scope):
        self.shift = nn.Parameter(torch.ones(()))

    def __call__(self, batch):
        return (batch.z - self.shift).square().mean()


@wrong("restored-elsewhere")
class Forgets(Scaled):
    def restore(self, state):
        self.shift = nn.Parameter(torch.zeros(()))


@wrong("inputs-unchanged")
class Overwrites(SpreadLoss):
    def __call__(self, batch):
        batch.same.zero_() if batch.same is not None else None
        return super().__call__(batch)


@wrong("global-random-untouched")
class Shuffles(SpreadLoss):
    def setup(self, scope):
        random.random()
