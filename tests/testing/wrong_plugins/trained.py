"""A right trained encoder, and trained encoders that are wrong in one thing each."""

from __future__ import annotations

import numpy as np
from torch import nn

from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.params import Field
from clusterforge.phases import Epochs, Phase, Rate, TrainedParams
from clusterforge.specs import EncoderSpec
from tests.testing.wrong_plugins.listing import Listing


class LinearParams(TrainedParams):
    dim: int = Field(2, ge=1, le=100, description="Width of the embedding.")
    epochs: Epochs = 3
    lr: Rate = 0.05

    def own_phases(self):
        return (Phase(loss="reconstruction"),)


RIGHT = EncoderSpec(
    "linear",
    "A linear autoencoder.",
    LinearParams,
    "tests.testing.wrong_plugins.trained:Linear",
    takes=frozenset({"embedding"}),
    stochastic=True,
    trained=True,
)
LISTING = Listing(RIGHT)
wrong = LISTING.add


class LinearNetwork(Network):
    def __init__(self, width, dim):
        super().__init__()
        self.down, self.up = nn.Linear(width, dim), nn.Linear(dim, width)

    def encode(self, x):
        return self.down(x)

    def decode(self, z):
        return self.up(z)


class Linear(TrainedEncoder[LinearParams]):
    network = LinearNetwork

    def build(self, shape):
        return self.network(shape[0], self.params.dim)


class Deaf(LinearNetwork):
    def decode(self, z):
        return self.up(z * 0) * 0


@wrong("network-built")
class Duck(Linear):
    class network(nn.Module):  # noqa: N801
        def __init__(self, width, dim):
            super().__init__()
            self.down, self.up = nn.Linear(width, dim), nn.Linear(dim, width)

        encode, decode, forward = LinearNetwork.encode, LinearNetwork.decode, Network.forward
        target, encoder_parameters = Network.target, Network.encoder_parameters


@wrong("network-replayed")
class Counting(Linear):
    class network(LinearNetwork):  # noqa: N801
        replayable = True
        steps = 0

        def encode(self, x):
            self.steps += self.training
            return self.down(x) * (1.0 + self.training / (1 + self.steps))


class ListedParams(LinearParams):
    def own_phases(self):
        return list(super().own_phases())


@wrong("phases-known", params=ListedParams)
class Lists(Linear):
    pass


LISTING.spec(Linear, "network-built", outputs=frozenset({"mu"}))  # its network gives no mu


@wrong("training-lowers-loss")
class NeverLearns(Linear):
    network = Deaf


class MisspeltParams(LinearParams):
    def own_phases(self):
        return (Phase(loss="reconstrution"),)


UNKNOWN_LOSS = Listing(RIGHT)


@UNKNOWN_LOSS.add("phases-known", params=MisspeltParams)
class Misspells(Linear):
    pass


@wrong("global-random-untouched")
class Shuffles(Linear):
    def build(self, shape):
        np.random.permutation(3)
        return super().build(shape)
