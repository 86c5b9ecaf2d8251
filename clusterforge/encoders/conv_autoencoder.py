"""Convolutional autoencoder."""

from __future__ import annotations

from clusterforge.builtin.trained_encoders import ConvAutoencoderParams
from clusterforge.contracts.training import Network, TrainedEncoder
from clusterforge.encoders.networks.conv import ConvNetwork


class ConvAutoencoder(TrainedEncoder[ConvAutoencoderParams]):
    """Learns to reconstruct images through a narrow code, which is the embedding.

    With ``n_clusters``, a second phase adds DEC to the reconstruction.

    References
    ----------
    Masci et al., "Stacked convolutional auto-encoders", ICANN 2011. Second phase: Guo, Liu, Zhu and Yin,
    "Deep clustering with convolutional autoencoders", ICONIP 2017.
    """

    def image_range(self) -> tuple[float, float]:
        """Return [-1, 1] where the output is a tanh, else [0, 1]."""
        return (-1.0, 1.0) if self.params.output == "tanh" else (0.0, 1.0)

    def build(self, shape: tuple[int, ...]) -> Network:
        """Return the network for images of this shape."""
        p = self.params
        return ConvNetwork(
            shape,
            channels=p.channels,
            dim=p.dim,
            kernel=p.kernel,
            pooling=p.pooling,
            activation=p.activation,
            batch_norm=p.batch_norm,
            dropout=p.dropout,
            output=p.output,
            normalize=p.normalize,
        )
