"""What a phase asks of its network and its rows, before it begins."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from clusterforge.contracts.training import Loss, Network
from clusterforge.errors import InputError
from clusterforge.phases import Phase
from clusterforge.specs import LossSpec
from clusterforge.training import inputs
from clusterforge.training.backbone import can_decode
from clusterforge.training.parts import Part


def loss_spec(loss: Part[Loss[Any]]) -> LossSpec:
    """Return the spec of a loss."""
    assert isinstance(loss.plugin.spec, LossSpec)
    return loss.plugin.spec


def check(phase: Phase, specs: list[LossSpec], network: Network, rows: inputs.Examples) -> None:
    """Refuse a phase whose losses or batches its network can't serve.

    Raises
    ------
    InputError
        With what it lacks.
    """
    outputs: frozenset[str] = frozenset()
    if any(spec.needs_outputs for spec in specs):
        outputs = inputs.side_outputs(network, inputs.Subset(rows.inputs, torch.arange(2)))
    for spec in specs:
        if missing := sorted(spec.needs_outputs - outputs):
            raise InputError(
                f"loss {spec.name!r} needs {' and '.join(missing)} besides the embedding, but "
                f"{type(network).__name__}, the network of this encoder, returns "
                f"{' and '.join(sorted(outputs)) or 'nothing'}",
                key="phase",
                remedy="use an encoder whose network returns them",
            )
        if spec.needs_decoder and not can_decode(network):
            raise InputError(
                f"loss {spec.name!r} needs a decoder, and this encoder has none",
                key="phase",
                remedy="use an autoencoder, or pretrain_epochs if the encoder has it",
            )
    normed = any(isinstance(m, _BatchNorm) for m in network.modules())
    if phase.batch == 1 and normed:
        raise InputError(
            "batch normalisation needs more than one row per step",
            key="batch",
            remedy='make it at least 2, or set batch_norm = "none"',
        )
