"""Siamese head."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import SiameseParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.mlp import Mlp, MlpAutoencoder


class Siamese(TrainedEncoder[SiameseParams]):
    """One network for both rows of a pair: same ones together, different ones apart.

    References
    ----------
    Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping", CVPR
    2006.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width, with a decoder where a phase may want it."""
        if self.params.pretrain_epochs or self.params.phase:
            return MlpAutoencoder(shape[0], self.params)
        return Mlp(shape[0], self.params)
