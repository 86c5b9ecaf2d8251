"""Fully connected networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from clusterforge.builtin.trained_encoders import MlpParams
from clusterforge.contracts.training import Network

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
    linear: nn.Module, norm: nn.Module, *, activation: str, batch_norm: str, dropout: float
) -> list[nn.Module]:
    """Return one hidden layer: a linear map, its activation, and what stands around it."""
    layer = [linear, ACTIVATIONS[activation]()]
    if batch_norm != "none":
        layer.insert(1 if batch_norm == "before" else 2, norm)
    if dropout:
        layer.append(nn.Dropout(dropout))
    return layer


def stack(widths: Sequence[int], params: MlpParams) -> nn.Sequential:
    """Return linear layers of these widths, the last one without activation."""
    modules: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        linear = nn.Linear(before, after)
        if number == len(widths) - 2:
            modules.append(linear)
            continue
        modules += hidden(
            linear,
            nn.BatchNorm1d(after),
            activation=params.activation,
            batch_norm=params.batch_norm,
            dropout=params.dropout,
        )
    return nn.Sequential(*modules)


class Mlp(Network):
    """A head: rows (b, d) to embeddings (b, dim).

    Parameters
    ----------
    width
        d.
    params
        Layers and what stands between them.
    """

    def __init__(self, width: int, params: MlpParams) -> None:
        super().__init__()
        self.normalize = params.normalize
        self.encoder = stack([width, *params.layers, params.dim], params)
        self.last: nn.Module | None = None

    def encode(self, x: Tensor) -> Tensor:
        """Return the embedding: (b, dim)."""
        z: Tensor = self.encoder(x)
        if self.last is not None:
            z = self.last(z)
        return functional.normalize(z, dim=1) if self.normalize else z


class MlpAutoencoder(Mlp):
    """The same with a decoder, the encoder's mirror image.

    Parameters
    ----------
    output
        ``"linear"``, ``"sigmoid"`` or ``"tanh"``.
    """

    def __init__(self, width: int, params: MlpParams, output: str = "linear") -> None:
        super().__init__(width, params)
        self.decoder = stack([params.dim, *reversed(params.layers), width], params)
        self.output = OUTPUTS[output]()

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction: (b, d)."""
        values: Tensor = self.output(self.decoder(z))
        return values

    def encoder_parameters(self) -> Iterable[nn.Parameter]:
        """Return the encoder's weights."""
        return self.encoder.parameters()
