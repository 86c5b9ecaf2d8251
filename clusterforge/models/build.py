"""Building encoders: a frozen one as it is, a trained one with its losses and its backbone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from clusterforge.contracts import Encoder
from clusterforge.phases import Phase, TrainedParams, Use
from clusterforge.recipe import Entry
from clusterforge.registry import Plugin, Registry
from clusterforge.specs import EncoderSpec, Kind, LossSpec, PairSourceSpec

if TYPE_CHECKING:
    from clusterforge.training import NetworkEncoder
    from clusterforge.training.parts import Part


def encoder_spec(entry: Entry) -> EncoderSpec:
    """Return the spec of an encoder entry."""
    assert isinstance(entry.plugin.spec, EncoderSpec)
    return entry.plugin.spec


def weights(entry: Entry, registry: Registry) -> str | None:
    """Return what the weights that an encoder, or its backbone, brings were trained on."""
    spec = encoder_spec(entry)
    backbone = entry.params.backbone if isinstance(entry.params, TrainedParams) else None
    if backbone:
        below = registry.find("encoder", backbone.use).spec
        return below.weights if isinstance(below, EncoderSpec) else None
    return spec.weights


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
    of_items = bool(plugin.spec.also_reads)
    make = partial(_part, registry=registry)
    return NetworkEncoder(built, make, backbone, of_items=of_items)


def _part(kind: Kind, use: Use, registry: Registry) -> Part[Any]:
    from clusterforge.training.parts import Part

    plugin = registry.find(kind, use.use)
    params = plugin.spec.params.model_validate(use.own)
    target = plugin.load()
    with Part(plugin, target) as made:
        return Part(plugin, made(params))


def network_encoder(plugin: Plugin, encoder: Encoder[Any]) -> NetworkEncoder | None:
    """Return an encoder as the one that the core trains; None where its plugin is not trained."""
    assert isinstance(plugin.spec, EncoderSpec)
    return cast("NetworkEncoder", encoder) if plugin.spec.trained else None


def uses_labels(entry: Entry, registry: Registry) -> bool:
    """Return whether an encoder needs the true labels in order to fit."""
    params = entry.params
    phases = params.phases if isinstance(params, TrainedParams) else ()
    specs = [registry.find(*named).spec for named in _named(phases)]
    return params.uses_labels or any(
        isinstance(spec, LossSpec | PairSourceSpec) and spec.needs_labels for spec in specs
    )


def parts(entry: Entry, registry: Registry) -> Iterator[Plugin]:
    """Yield the plugins that a trained encoder is made of besides its own: its backbone's and its phases'."""
    params = entry.params
    if isinstance(params, TrainedParams):
        if params.backbone:
            yield registry.find("encoder", params.backbone.use)
        for named in _named(params.phases):
            yield registry.find(*named)


def _named(phases: Iterable[Phase]) -> Iterator[tuple[Kind, str]]:
    return ((kind, use.use) for phase in phases for kind, use in phase.plugins())
