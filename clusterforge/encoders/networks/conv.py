"""Convolutional networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor, nn
from torch.nn import functional

from clusterforge.contracts.training import Network
from clusterforge.encoders.networks.mlp import ACTIVATIONS, OUTPUTS, hidden
from clusterforge.errors import InputError

POOLINGS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


class ConvNetwork(Network):
    """Images (b, c, h, w) to embeddings (b, dim) by convolutions, and back by transposed ones.

    Parameters
    ----------
    shape
        (c, h, w), any size: every layer halves the sides and rounds up.
    channels
        Channels of each convolution.
    kernel
        Side of the convolutions, odd.
    pooling
        ``"stride"``, ``"max"`` or ``"average"``.
    """

    def __init__(
        self,
        shape: Sequence[int],
        *,
        channels: Sequence[int],
        dim: int,
        kernel: int,
        pooling: str,
        activation: str,
        batch_norm: str,
        dropout: float,
        output: str,
        normalize: bool,
    ) -> None:
        super().__init__()
        if len(shape) != 3:
            raise InputError("a convolutional network takes images", remedy="use the mlp")
        if kernel % 2 == 0:
            raise InputError(f"is {kernel}, but has to be odd", key="kernel")
        self.normalize = normalize
        between = {"activation": activation, "batch_norm": batch_norm, "dropout": 0.0}
        sides, widths = [tuple(shape[1:])], [shape[0], *channels]
        down: list[nn.Module] = []
        for before, after in zip(widths, channels, strict=False):
            stride = 2 if pooling == "stride" else 1
            conv = nn.Conv2d(before, after, kernel, stride=stride, padding=kernel // 2)
            down += hidden(conv, nn.BatchNorm2d(after), **between)  # type: ignore[arg-type]
            if pooling != "stride":
                down.append(POOLINGS[pooling](2, ceil_mode=True))
            sides.append(((sides[-1][0] + 1) // 2, (sides[-1][1] + 1) // 2))
        self.folded = (channels[-1], *sides[-1])
        flat = channels[-1] * sides[-1][0] * sides[-1][1]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Dropout(dropout), nn.Linear(flat, dim))
        up: list[nn.Module] = [
            nn.Linear(dim, flat),
            ACTIVATIONS[activation](),
            nn.Unflatten(1, self.folded),
        ]
        for level in reversed(range(len(channels))):
            # A transposed convolution of stride 2 gives 2·side - 1; one more where the side was even.
            extra = (1 - sides[level][0] % 2, 1 - sides[level][1] % 2)
            back = nn.ConvTranspose2d(
                channels[level],
                widths[level],
                kernel,
                stride=2,
                padding=kernel // 2,
                output_padding=extra,
            )
            norm = nn.BatchNorm2d(widths[level])
            up += hidden(back, norm, **between) if level else [back]  # type: ignore[arg-type]
        self.decoder = nn.Sequential(*up, OUTPUTS[output]())

    def encode(self, x: Tensor) -> Tensor:
        """Return the embedding: (b, dim)."""
        z: Tensor = self.encoder(x)
        return functional.normalize(z, dim=1) if self.normalize else z

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction: (b, c, h, w)."""
        image: Tensor = self.decoder(z)
        return image

    def encoder_parameters(self) -> Iterable[nn.Parameter]:
        """Return the encoder's weights."""
        return self.encoder.parameters()
