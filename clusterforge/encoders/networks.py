"""Networks that the trained encoders share: fully connected ones and convolutional ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from clusterforge.builtin import trained_encoders as own
from clusterforge.contracts.training import Network
from clusterforge.errors import InputError

ConvDecoderParams = own.ConvAutoencoderParams | own.ClusterTrainingParams
ConvParams = ConvDecoderParams | own.StudentParams
POOLINGS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}
ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "elu": nn.ELU,
}
OUTPUTS: dict[str, type[nn.Module]] = {
    "linear": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


def hidden(
    linear: nn.Module,
    norm: nn.Module,
    params: own.MlpParams | own.ConvAutoencoderParams | own.StudentParams,
    dropout: float,
) -> list[nn.Module]:
    """Return one hidden layer: a linear map, its activation, and what stands around it."""
    layer = [linear, ACTIVATIONS[params.activation]()]
    if params.batch_norm != "none":
        layer.insert(1 if params.batch_norm == "before" else 2, norm)
    if dropout:
        layer.append(nn.Dropout(dropout))
    return layer


def stack(widths: Sequence[int], params: own.MlpParams) -> nn.Sequential:
    """Return linear layers of these widths, the last one without activation."""
    modules: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        linear, last = nn.Linear(before, after), number == len(widths) - 2
        norm = nn.BatchNorm1d(after)
        modules += [linear] if last else hidden(linear, norm, params, params.dropout)
    return nn.Sequential(*modules)


class Coder(Network):
    """A network whose embedding is what ``encoder`` gives, of length 1 where that is wanted."""

    encoder: nn.Sequential
    normalize: bool

    def encode(self, x: Tensor) -> Tensor:
        """Return the embedding: (b, dim)."""
        z: Tensor = self.encoder(x)
        return functional.normalize(z, dim=1) if self.normalize else z

    def encoder_parameters(self) -> Iterable[nn.Parameter]:
        """Return the encoder's weights."""
        return self.encoder.parameters()


class Unchanged(Coder):
    """Gives back what it gets, of length 1 where that is wanted."""

    replayable = True

    def __init__(self, normalize: bool) -> None:
        super().__init__()
        self.encoder, self.normalize = nn.Sequential(), normalize


class Mlp(Coder):
    """A head: rows (b, d) to embeddings (b, dim).

    Parameters
    ----------
    width
        d.
    params
        Layers and what stands between them.
    """

    replayable = True

    def __init__(self, width: int, params: own.MlpParams) -> None:
        super().__init__()
        self.normalize = params.normalize
        self.encoder = stack([width, *params.layers, params.dim], params)


class MlpAutoencoder(Mlp):
    """The same with a decoder, the encoder's mirror image.

    Parameters
    ----------
    output
        ``"linear"``, ``"sigmoid"`` or ``"tanh"``.
    """

    replayable = True

    def __init__(self, width: int, params: own.MlpParams, output: str = "linear") -> None:
        super().__init__(width, params)
        self.decoder = stack([params.dim, *reversed(params.layers), width], params)
        self.output = OUTPUTS[output]()

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction: (b, d)."""
        values: Tensor = self.output(self.decoder(z))
        return values


class Convolutions(Coder):
    """Images (b, c, h, w) to embeddings (b, dim) by convolutions.

    Parameters
    ----------
    shape
        (c, h, w), any size: every layer halves the sides and rounds up.
    params
        Channels of each convolution, their odd side, and what stands between them.
    pooling
        ``"stride"``, ``"max"`` or ``"average"``.
    """

    replayable = True

    def __init__(self, shape: Sequence[int], params: ConvParams, pooling: str = "stride") -> None:
        super().__init__()
        if len(shape) != 3:
            raise InputError("a convolutional network takes images", remedy="use the mlp")
        channels, kernel = params.channels, params.kernel
        if kernel % 2 == 0:
            raise InputError(f"is {kernel}, but must be odd", key="kernel")
        self.normalize = params.normalize
        self.sides = [tuple(shape[1:])]
        down: list[nn.Module] = []
        for before, after in zip((shape[0], *channels), channels, strict=False):
            stride = 2 if pooling == "stride" else 1
            conv = nn.Conv2d(before, after, kernel, stride=stride, padding=kernel // 2)
            down += hidden(conv, nn.BatchNorm2d(after), params, dropout=0.0)
            if pooling != "stride":
                down.append(POOLINGS[pooling](2, ceil_mode=True))
            height, width = self.sides[-1]
            self.sides.append(((height + 1) // 2, (width + 1) // 2))
        self.folded = (channels[-1], *self.sides[-1])
        self.flat = channels[-1] * self.sides[-1][0] * self.sides[-1][1]
        code = [nn.Flatten(), nn.Dropout(params.dropout), nn.Linear(self.flat, params.dim)]
        self.encoder = nn.Sequential(*down, *code)


class ConvNetwork(Convolutions):
    """The same with a decoder by transposed convolutions, the encoder's mirror image."""

    replayable = True

    def __init__(
        self, shape: Sequence[int], params: ConvDecoderParams, pooling: str = "stride"
    ) -> None:
        super().__init__(shape, params, pooling)
        channels, kernel = params.channels, params.kernel
        up = [nn.Linear(params.dim, self.flat), ACTIVATIONS[params.activation]()]
        up.append(nn.Unflatten(1, self.folded))
        widths = [shape[0], *channels]
        for level in reversed(range(len(channels))):
            # A transposed convolution of stride 2 gives 2·side - 1; one more where the side was even.
            extra = (1 - self.sides[level][0] % 2, 1 - self.sides[level][1] % 2)
            width, padding = widths[level], kernel // 2
            back = nn.ConvTranspose2d(channels[level], width, kernel, 2, padding, extra)
            up += hidden(back, nn.BatchNorm2d(width), params, dropout=0.0) if level else [back]
        self.decoder = nn.Sequential(*up, OUTPUTS[params.output]())

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction: (b, c, h, w)."""
        image: Tensor = self.decoder(z)
        return image
