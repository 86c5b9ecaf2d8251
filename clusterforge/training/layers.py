"""A network's layers, for the report."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from clusterforge.contracts import Layer
from clusterforge.contracts.training import Inputs, Network
from clusterforge.training.backbone import can_decode


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
    try:
        with torch.no_grad():
            z = network.encode(rows.take(torch.arange(len(rows))))
            if can_decode(network):
                network.decode(z)
    finally:
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
