"""Building encoders: a frozen one as it is, a trained one with its losses and its backbone."""

from __future__ import annotations

from typing import Any

from clusterforge.contracts import Encoder
from clusterforge.errors import InputError
from clusterforge.phases import LabelPairs, LossUse, Phase, TrainedParams
from clusterforge.pipeline.stages import plugin_identity, weights_digest
from clusterforge.recipe import Entry
from clusterforge.registry import Plugin, Registry
from clusterforge.specs import EncoderSpec, LossSpec


def encoder_spec(entry: Entry) -> EncoderSpec:
    """Return the spec of an encoder entry."""
    assert isinstance(entry.plugin.spec, EncoderSpec)
    return entry.plugin.spec


def build_encoder(entry: Entry, registry: Registry) -> Encoder[Any]:
    """Return an unfitted encoder for an entry whose parameters hold no ``"classes"`` any more."""
    return _build(entry.plugin, entry.params, registry)


def _build(plugin: Plugin, params: Any, registry: Registry) -> Encoder[Any]:
    built: Any = plugin.load()(params)
    assert isinstance(plugin.spec, EncoderSpec)
    if not plugin.spec.trained:
        frozen: Encoder[Any] = built
        return frozen
    from clusterforge.training import NetworkEncoder

    backbone = None
    if params.backbone:
        below = registry.find("encoder", params.backbone.use)
        backbone = _build(below, below.spec.params.model_validate(params.backbone.own), registry)
    return NetworkEncoder(built, lambda use: _loss(use, registry), backbone)


def _loss(use: LossUse, registry: Registry) -> tuple[LossSpec, Any]:
    plugin = registry.find("loss", use.use)
    assert isinstance(plugin.spec, LossSpec)
    return plugin.spec, plugin.load()(plugin.spec.params.model_validate(use.own))


def phases_of(encoder: Encoder[Any]) -> tuple[Phase, ...]:
    """Return the phases an encoder will be trained in; none for a frozen one."""
    return tuple(getattr(encoder, "phases", ()))


def uses_labels(entry: Entry, encoder: Encoder[Any], registry: Registry) -> bool:
    """Return whether an encoder needs the true labels in order to fit."""
    if entry.params.uses_labels:
        return True
    return any(
        isinstance(phase.pairs, LabelPairs)
        or any(_needs_labels(registry, loss) for loss in phase.loss)
        for phase in phases_of(encoder)
    )


def _needs_labels(registry: Registry, loss: LossUse) -> bool:
    spec = registry.find("loss", loss.use).spec
    return isinstance(spec, LossSpec) and spec.needs_labels


def identity(entry: Entry, encoder: Encoder[Any], registry: Registry) -> dict[str, Any]:
    """Return what an encoder's result rests on besides its parameters: weights, losses, backbone."""
    parts: dict[str, Any] = {}
    own = getattr(encoder, "identity", None)
    if callable(own):
        parts["weights"] = own()
    losses = {loss.use for phase in phases_of(encoder) for loss in phase.loss}
    parts["losses"] = [plugin_identity(registry.find("loss", name)) for name in sorted(losses)]
    if isinstance(entry.params, TrainedParams):
        if entry.params.weights:
            parts["start"] = weights_digest(entry.params.weights)
            if not parts["start"]:
                raise InputError(
                    f"there are no weights at {entry.params.weights}",
                    key="weights",
                    remedy="name a state.safetensors, or an encoder's folder of an earlier run",
                )
        below: Encoder[Any] | None = getattr(encoder, "backbone", None)
        if entry.params.backbone and below is not None:
            plugin = registry.find("encoder", entry.params.backbone.use)
            inner = Entry(entry.table, plugin.spec.name, plugin, below.params)
            parts["backbone"] = [plugin_identity(plugin), identity(inner, below, registry)]
    return parts
