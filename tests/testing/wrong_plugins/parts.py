"""Right and wrong sources of pairs and augmentations."""

from __future__ import annotations

import torch

from clusterforge.contracts.training import Augmentation, PairSource
from clusterforge.params import Params
from clusterforge.specs import AugmentationSpec, PairSourceSpec
from tests.testing.wrong_plugins.listing import Listing


class PartParams(Params):
    pass


LISTING = Listing(
    PairSourceSpec(
        "next",
        "The next row is like a row.",
        PartParams,
        "tests.testing.wrong_plugins.parts:NextSource",
    )
)
VIEWS = Listing(
    AugmentationSpec(
        "mirror",
        "Columns in reverse, with noise.",
        PartParams,
        "tests.testing.wrong_plugins.parts:MirrorAugmentation",
    )
)


class NextSource(PairSource[PartParams]):
    def setup(self, scope):
        self.n = len(scope)

    def positive(self, rows, rng):
        return (rows + 1) % self.n

    def negative(self, rows, rng):
        return rng.integers(0, self.n, len(rows))


@LISTING.add("partners-are-rows")
class Beyond(NextSource):
    def positive(self, rows, rng):
        return rows + 1


class MirrorAugmentation(Augmentation[PartParams]):
    def __call__(self, x):
        return x.flip(-1) + torch.randn_like(x)


@VIEWS.add("views-like-rows")
class Halved(MirrorAugmentation):
    def __call__(self, x):
        return x[:, ::2]


@VIEWS.add("replayed-views", replayable=True)
class DrawnInPython(MirrorAugmentation):
    def __call__(self, x):
        return x * float(torch.rand(()))


@VIEWS.add("inputs-unchanged")
class InPlace(MirrorAugmentation):
    def __call__(self, x):
        return x.mul_(0.5)
