"""Weights and optimisers: how they step, and their states as arrays and JSON."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch import Tensor, nn

from clusterforge.contracts import State
from clusterforge.contracts.training import Network
from clusterforge.errors import InputError
from clusterforge.phases import Phase


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


FILE = "state.safetensors"
OWN = "network."


def warm_start(network: Network, place: Path) -> None:
    """Load a network's weights; those the network does not have are left out.

    Parameters
    ----------
    network
        The network, new.
    place
        A safetensors file, or a folder with ``state.safetensors``.

    Raises
    ------
    InputError
        Where there is no such file, or a weight is missing or has another shape.
    """
    file = place / FILE if place.is_dir() else place
    if not file.is_file():
        raise InputError(
            f"there are no weights at {file}",
            key="weights",
            remedy=f"name a {FILE}, or an encoder's folder of an earlier run",
        )
    try:
        stored = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} can't be read: {error}", key="weights") from None
    arrays = {key.removeprefix(OWN): value for key, value in stored.items()}
    for name, value in network.state_dict().items():
        if name not in arrays:
            raise InputError(
                f"{file} has no {name!r}",
                key="weights",
                remedy="give this encoder the parameters with which the weights were trained",
            )
        if tuple(arrays[name].shape) != tuple(value.shape):
            raise InputError(
                f"{name!r} is {_size(arrays[name].shape)} in {file} and {_size(value.shape)} here",
                key="weights",
                remedy="give this encoder the same layers and dim, on rows of the same shape",
            )
    load_module(network, arrays)


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"


def _plain(kind: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """Return a kind of optimiser without the wrappers that import torch's compiler, which takes a second."""
    of_all = torch.optim.Optimizer
    wrapped = (of_all.add_param_group, of_all.zero_grad, of_all.state_dict, of_all.load_state_dict)
    own = {method.__name__: inspect.unwrap(method) for method in wrapped}
    step = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), {**own, "step": step})


_KINDS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": _plain(torch.optim.Adam),
    "adamw": _plain(torch.optim.AdamW),
    "sgd": _plain(torch.optim.SGD),
}


def optimiser(
    phase: Phase,
    groups: Iterable[tuple[Iterable[nn.Parameter], float]],
    *,
    replayed: bool = False,
) -> torch.optim.Optimizer | None:
    """Return the phase's optimiser, fused where torch can; None where nothing learns.

    Parameters
    ----------
    phase
        Its kind, weight decay and momentum.
    groups
        Parameters and the factor of their learning rate.
    replayed
        Whether its steps are to be replayed: its learning rates are then tensors on the device.
    """
    learning = [
        (chosen, factor)
        for parameters, factor in groups
        if (chosen := [p for p in parameters if p.requires_grad])
    ]
    if not learning:
        return None
    kind = _KINDS[phase.optimizer.use]
    make = partial(
        kind,
        lr=phase.lr,
        **({"capturable": True} if replayed and phase.optimizer.use != "sgd" else {}),
        weight_decay=phase.weight_decay,
        **phase.optimizer.model_dump(exclude={"use"}),
    )

    def tables() -> list[dict[str, object]]:
        def rate(factor: float, device: torch.device) -> float | Tensor:
            return torch.tensor(phase.lr * factor, device=device) if replayed else phase.lr * factor

        return [{"params": p, "lr": rate(f, p[0].device), "factor": f} for p, f in learning]

    try:
        return make(tables(), fused=True)
    except (RuntimeError, TypeError):  # a device or dtype without a fused kernel
        return make(tables())


def lr_factor(phase: Phase, step: int, steps: int) -> float:
    """Return the factor of the learning rate before a step, apart from drops at a plateau.

    Parameters
    ----------
    step
        Number of the step in the phase, from 0.
    steps
        Steps in an epoch.

    Notes
    -----
    The warm-up multiplies the schedule's factor by (step + 1)/warm-up steps.
    """
    warm = phase.warmup * steps
    rise = min(1.0, (step + 1) / warm) if warm else 1.0
    done = max(0.0, step - warm) / max(1.0, phase.epochs * steps - warm)
    return rise * phase.schedule.at(min(1.0, done), step // steps)


def set_lr(opt: torch.optim.Optimizer, lr: float) -> None:
    """Give every group of parameters its share of a learning rate."""
    for group in opt.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(lr * group["factor"])
        else:
            group["lr"] = lr * group["factor"]
