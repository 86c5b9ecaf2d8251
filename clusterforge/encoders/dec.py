"""Deep embedded clustering."""

from __future__ import annotations

from typing import TypeVar

from clusterforge.builtin.trained_encoders import ClusterTrainingParams, DecEncoderParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.conv import ConvNetwork
from clusterforge.encoders.networks.mlp import MlpAutoencoder

C = TypeVar("C", bound=ClusterTrainingParams)


class ClusterTraining(TrainedEncoder[C]):
    """An autoencoder, fully connected or convolutional, that is pre-trained and then clusters."""

    def image_range(self) -> tuple[float, float] | None:
        """Return the range of images for a convolutional network."""
        if self.params.network == "mlp":
            return None
        return (-1.0, 1.0) if self.params.output == "tanh" else (0.0, 1.0)

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for rows of this shape."""
        p = self.params
        if p.network == "mlp":
            return MlpAutoencoder(shape[0], p, p.output)
        return ConvNetwork(
            shape,
            channels=p.channels,
            dim=p.dim,
            kernel=p.kernel,
            pooling="stride",
            activation=p.activation,
            batch_norm=p.batch_norm,
            dropout=p.dropout,
            output=p.output,
            normalize=p.normalize,
        )


class Dec(ClusterTraining[DecEncoderParams]):
    """Reconstruction first, then the clustering alone; the decoder is left behind.

    References
    ----------
    Xie, Girshick and Farhadi, "Unsupervised deep embedding for clustering analysis", ICML 2016.
    Pre-training end to end by Adam, as is common since; the paper trains layer by layer.
    """
