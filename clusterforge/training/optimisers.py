"""The optimiser of a phase and its learning rate over the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

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
    learning = [
        (chosen, factor)
        for parameters, factor in groups
        if (chosen := [p for p in parameters if p.requires_grad])
    ]
    if not learning:
        return None
    make = partial(
        _KINDS[phase.optimizer.use],
        lr=phase.lr,
        weight_decay=phase.weight_decay,
        **phase.optimizer.model_dump(exclude={"use"}),
    )

    def tables() -> list[dict[str, object]]:
        return [{"params": p, "lr": phase.lr * f, "factor": f} for p, f in learning]

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
        group["lr"] = lr * group["factor"]
