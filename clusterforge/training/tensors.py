"""Weights and optimiser states as arrays and JSON, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from clusterforge.contracts import State


def module_state(module: nn.Module) -> State:
    """Return a module's weights and buffers as arrays."""
    return State({name: to_array(value) for name, value in module.state_dict().items()})


def load_module(module: nn.Module, arrays: Mapping[str, Any]) -> None:
    """Copy arrays into a module's weights and buffers.

    Raises
    ------
    KeyError, RuntimeError
        Where one is missing or has another shape.
    """
    with torch.no_grad():
        for name, value in module.state_dict().items():
            value.copy_(to_tensor(arrays[name]).reshape(value.shape))


def optimiser_state(optimiser: torch.optim.Optimizer) -> State:
    """Return what an optimiser has gathered: tensors as arrays, numbers as JSON."""
    arrays, meta = {}, {}
    for index, entries in optimiser.state_dict()["state"].items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                arrays[f"{index}.{name}"] = to_array(value)
            else:
                meta[f"{index}.{name}"] = value
    return State(arrays, meta)


def load_optimiser(optimiser: torch.optim.Optimizer, state: State) -> None:
    """Take up what :func:`optimiser_state` returned."""
    tensors = {key: to_tensor(value) for key, value in state.arrays.items()}
    entries: defaultdict[int, dict[str, object]] = defaultdict(dict)
    for key, value in {**state.meta, **tensors}.items():
        index, name = key.split(".", 1)
        entries[int(index)][name] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": dict(entries), "param_groups": groups})


def to_array(value: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    """Return a tensor as an array of its own; bfloat16 becomes float32, which holds it exactly."""
    value = value.detach().cpu()
    array: np.ndarray[Any, np.dtype[Any]] = (
        value.float() if value.dtype == torch.bfloat16 else value
    ).numpy()
    return np.array(array, order="C")


def to_tensor(array: Any) -> Tensor:
    """Return an array as a tensor of its own."""
    return torch.tensor(np.asarray(array))
