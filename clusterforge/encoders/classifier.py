"""Supervised classifier."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import ClassifierParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.mlp import ACTIVATIONS, Mlp, MlpAutoencoder


class Classifier(TrainedEncoder[ClassifierParams]):
    """Learns the true classes; what its linear head reads is the embedding.

    References
    ----------
    Bishop, "Pattern Recognition and Machine Learning", 2006, chapter 5.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width, with a decoder where a phase may want it."""
        kind = MlpAutoencoder if self.params.phase else Mlp
        network = kind(shape[0], self.params)
        # The embedding is a hidden layer here: without its activation, the head would be linear in x.
        network.last = ACTIVATIONS[self.params.activation]()
        return network
