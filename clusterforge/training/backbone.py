"""A pre-trained encoder below a network, trained with it end to end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import torch
from torch import Tensor, nn

from clusterforge.contracts import Layer
from clusterforge.contracts.training import Encoded, Inputs, Network


class WithBackbone(Network):
    """A network on top of another module; the reconstruction target is the module's output.

    Parameters
    ----------
    backbone
        Maps its own inputs to vectors (b, d).
    top
        Takes those vectors.

    Attributes
    ----------
    noise : float
        Share of the vectors' values set to zero while training.
    dropout : bool
        Whether the backbone's own dropout draws while training. Where random views of the rows are
        drawn, it need not: on a CPU it takes more time than the layers.
    """

    def __init__(self, backbone: nn.Module, top: Network) -> None:
        super().__init__()
        self.backbone, self.top = backbone, top
        self.noise, self.dropout = 0.0, True
        self._seen: tuple[Any, Tensor] | None = None

    def train(self, mode: bool = True) -> Self:
        """Set the mode of training, in the backbone only where its dropout draws."""
        super().train(mode)
        self.backbone.train(mode and self.dropout)
        return self

    def encode(self, x: Any) -> Tensor:
        """Return the top's embedding of the backbone's output: (b, dim)."""
        return self.top.encode(self._features(x))

    def forward(self, x: Any) -> Tensor | Encoded:
        """Return the top's embedding and side outputs."""
        seen: Tensor | Encoded = self.top(self._features(x))
        return seen

    def _features(self, x: Any) -> Tensor:
        features: Tensor = self.backbone(x)
        self._seen = (x, features.detach())
        if self.noise and self.training:
            features = features * (torch.rand_like(features) >= self.noise)
        return features

    def decode(self, z: Tensor) -> Tensor:
        """Return the reconstruction of the backbone's output: (b, d)."""
        return self.top.decode(z)

    def target(self, x: Any) -> Tensor:
        """Return the backbone's output without gradient: (b, d)."""
        if self._seen and self._seen[0] is x:
            return self._seen[1]
        with torch.no_grad():
            features: Tensor = self.backbone(x)
        return features

    def encoder_parameters(self) -> Iterable[nn.Parameter]:
        """Return the backbone's parameters and those of the top's encoder."""
        yield from self.backbone.parameters()
        yield from self.top.encoder_parameters()


def can_decode(network: Network) -> bool:
    """Return whether a network has a decoder."""
    if isinstance(network, WithBackbone):
        return can_decode(network.top)
    return type(network).decode is not Network.decode


def groups(
    network: Network, parameters: Iterable[nn.Parameter], factor: float
) -> list[tuple[list[nn.Parameter], float]]:
    """Return parameters with the factor of their learning rate: that of a backbone, and 1."""
    chosen = list(parameters)
    if not isinstance(network, WithBackbone):
        return [(chosen, 1.0)]
    below = set(map(id, network.backbone.parameters()))
    return [
        ([p for p in chosen if id(p) not in below], 1.0),
        ([p for p in chosen if id(p) in below], factor),
    ]


def describe(network: Network, rows: Inputs) -> tuple[Layer, ...]:
    """Return every layer in the order in which it runs; a backbone is one layer.

    Parameters
    ----------
    network
        The network, on the device of the rows.
    rows
        A few rows to send through it.
    """
    layers: dict[str, Layer] = {}

    def watch(name: str, module: nn.Module) -> Any:
        def note(_module: nn.Module, _inputs: Any, output: Any) -> None:
            shape = tuple(output.shape[1:]) if isinstance(output, Tensor) else ()
            count = sum(p.numel() for p in module.parameters())
            layers[name] = Layer(name, type(module).__name__, shape, count)

        return module.register_forward_hook(note)

    hooks = [watch(name, module) for name, module in _leaves(network)]
    network.eval()
    with torch.no_grad():
        z = network.encode(rows.take(torch.arange(len(rows))))
        if can_decode(network):
            network.decode(z)
    for hook in hooks:
        hook.remove()
    return tuple(layers.values())


def _leaves(network: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]]:
    leaves = []
    for name, child in network.named_children():
        path = f"{prefix}{name}"
        if path == "backbone" or not list(child.children()):
            leaves.append((path, child))
        else:
            leaves.extend(_leaves(child, f"{path}."))
    return leaves
