"""Fully connected autoencoder."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import AutoencoderParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.mlp import MlpAutoencoder


class Autoencoder(TrainedEncoder[AutoencoderParams]):
    """Learns to reconstruct its rows through a narrow code, which is the embedding.

    References
    ----------
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science
    313, 2006. With ``noise``: Vincent et al., "Extracting and composing robust features with
    denoising autoencoders", ICML 2008.
    """

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this width."""
        return MlpAutoencoder(shape[0], self.params, self.params.output)
