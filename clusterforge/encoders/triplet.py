"""Triplet head."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import TripletParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.mlp import Mlp, MlpAutoencoder


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
