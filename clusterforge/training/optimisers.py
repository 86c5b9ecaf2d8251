"""The optimiser of a phase and its learning rate over the steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from clusterforge.phases import Phase

_KINDS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}


def optimiser(
    phase: Phase, groups: Iterable[tuple[Iterable[nn.Parameter], float]]
) -> torch.optim.Optimizer | None:
    """Return the phase's optimiser, fused where torch can; None where nothing learns.

    Parameters
    ----------
    phase
        Its kind, weight decay and momentum.
    groups
        Parameters and the factor of their learning rate.
    """
    tables: list[dict[str, Any]] = [
        {"params": chosen, "lr": phase.lr * factor, "factor": factor}
        for parameters, factor in groups
        if (chosen := [p for p in parameters if p.requires_grad])
    ]
    if not tables:
        return None
    options: dict[str, Any] = {"lr": phase.lr, "weight_decay": phase.weight_decay}
    if phase.optimizer == "sgd":
        options["momentum"] = phase.momentum
    try:
        return _KINDS[phase.optimizer]([dict(table) for table in tables], fused=True, **options)
    except (RuntimeError, TypeError):  # a device or dtype without a fused kernel
        return _KINDS[phase.optimizer](tables, **options)


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
    With t the share of the steps after the warm-up that are done: cosine is (1 + cos πt)/2
    (Loshchilov and Hutter 2017, eq. 5, without restarts), linear is 1 - t. The warm-up multiplies by
    (step + 1)/warm-up steps.
    """
    warm = phase.warmup * steps
    factor = min(1.0, (step + 1) / warm) if warm else 1.0
    done = max(0.0, step - warm) / max(1.0, phase.epochs * steps - warm)
    if phase.schedule == "cosine":
        factor *= 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    elif phase.schedule == "linear":
        factor *= 1 - min(1.0, done)
    elif phase.schedule == "step":
        factor *= phase.step_factor ** (step // steps // phase.step_every)
    return factor


def set_lr(opt: torch.optim.Optimizer, lr: float) -> None:
    """Give every group of parameters its share of a learning rate."""
    for group in opt.param_groups:
        group["lr"] = lr * group["factor"]
