"""Checks of encoders that the core trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.errors import ClusterforgeError
from clusterforge.models.build import build_encoder
from clusterforge.phases import Phase, TrainedParams
from clusterforge.recipe import Entry
from clusterforge.testing.check import Failure, NotApplicable, check, require
from clusterforge.testing.encoders import EncoderSubject
from clusterforge.testing.samples import sample

if TYPE_CHECKING:
    from clusterforge.training import NetworkEncoder

EPOCHS, BATCH = 30, 20
FALL = 0.01  # of the first epoch's loss


@check("encoder")
def network_built(subject: EncoderSubject) -> None:
    """The core trains and stores the parameters of the network that `build` returns."""
    _trained(subject)
    import torch

    from clusterforge.contracts.training import Network
    from clusterforge.training.inputs import rows_of

    if getattr(subject.params, "backbone", None):
        raise NotApplicable("what its network takes is the backbone's to say")
    device, plugin = torch.device("cpu"), subject.target(subject.params)
    view = subject.view(sample(subject.content))
    inputs = plugin.inputs(view, device) or rows_of(view, device, plugin.image_range())
    network = plugin.build(tuple(inputs.shape))
    require(isinstance(network, Network), f"build gave {type(network).__name__}, not a Network")
    require(list(network.parameters()), "its network has no parameters")
    z = network.eval().encode(inputs.take(torch.arange(4)))
    shape = tuple(z.shape)
    require(len(shape) == 2 and shape[0] == 4, f"4 rows are encoded to shape {shape}")


@check("encoder")
def phases_known(subject: EncoderSubject) -> None:
    """Phases name losses that are installed, with parameters that those losses have."""
    _trained(subject)
    require(isinstance(subject.params, TrainedParams), "its parameters build on no TrainedParams")
    phases = subject.params.own_phases()  # type: ignore[attr-defined]
    require(isinstance(phases, tuple) and phases, "own_phases() returns no tuple of phases")
    for phase in phases:
        require(isinstance(phase, Phase), f"own_phases() returns a {type(phase).__name__}")
        for kind, use in phase.plugins():
            try:
                plugin = subject.registry.find(kind, use.use)
                plugin.spec.params.model_validate(use.own)
            except (ClusterforgeError, ValueError) as error:
                raise Failure(f"phase {phase.title}: {error}") from error


@check("encoder")
def training_lowers_loss(subject: EncoderSubject) -> None:
    """A network that does not learn from its first phase has no path from loss to weights."""
    _trained(subject)
    subject.base  # noqa: B018 - it trains at all
    first = first_phase(subject, {"epochs": EPOCHS, "batch": BATCH})
    first.fit(subject.inputs(), subject.context)
    report = first.report()
    losses = [epoch.values.get("loss", np.nan) for epoch in report.history]
    require(bool(np.isfinite(losses).all()), "the loss is not finite")
    require(not report.warnings, "; ".join(report.warnings))
    start, end = losses[0], float(np.mean(losses[-5:]))
    require(
        end < start - FALL * abs(start),
        f"{len(losses)} epochs bring the loss from {start:.4g} to {end:.4g}",
    )


def _trained(subject: EncoderSubject) -> None:
    if not subject.spec.trained:
        raise NotApplicable("it is not trained in phases")


def first_phase(subject: EncoderSubject, changes: dict[str, Any]) -> NetworkEncoder:
    """Return the encoder with its first phase only, and changes to that."""
    made: Any = subject.make()
    phase = made.phases[0].model_copy(update={"patience": None, **changes})
    params = subject.params.model_copy(update={"phase": (phase,)})
    entry = Entry(subject.entry.table, subject.entry.id, subject.plugin, params)
    found: Any = build_encoder(entry, subject.registry)
    return found  # type: ignore[no-any-return]
