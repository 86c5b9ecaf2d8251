"""Triplet head."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import TripletParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.mlp import Mlp, MlpAutoencoder
from clusterforge.phases import LossUse, Phase


class Triplet(TrainedEncoder[TripletParams]):
    """Brings anchors nearer to rows like them than to others.

    References
    ----------
    Schroff, Kalenichenko and Philbin, "FaceNet: a unified embedding for face recognition and
    clustering", CVPR 2015.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width, with a decoder where a phase may want it."""
        network = MlpAutoencoder if self.params.phase else Mlp
        return network(shape[0], self.params)

    def phases(self) -> tuple[Phase, ...]:
        """Return one phase of triplets."""
        loss = LossUse.model_validate({"use": "triplet", "margin": self.params.margin})
        return (self.params.training(loss, noise=self.params.noise),)
