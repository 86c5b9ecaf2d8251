"""What a stage's result rests on besides the plugin's own parameters."""

from __future__ import annotations

from typing import Any

from clusterforge.contracts import Encoder
from clusterforge.models.build import network_encoder
from clusterforge.params import Params
from clusterforge.pipeline.contents import contents
from clusterforge.pipeline.keys import PluginCode
from clusterforge.registry import Plugin, Registry


def trained_with(plugin: Plugin, encoder: Encoder[Any], registry: Registry) -> dict[str, object]:
    """Return what a trained encoder's result rests on besides its parameters: losses, backbone."""
    network = network_encoder(plugin, encoder)
    if network is None:
        return {}
    parts: dict[str, object] = {
        "parts": [
            identity_with(found, found.spec.params.model_validate(use.own))
            for phase in network.params.phases
            for kind, use in phase.plugins()
            for found in (registry.find(kind, use.use),)
        ]
    }
    if network.params.backbone and network.backbone:
        below = registry.find("encoder", network.params.backbone.use)
        parts["backbone"] = [
            identity_with(below, network.backbone.params),
            trained_with(below, network.backbone, registry),
        ]
    return parts


def identity_with(plugin: Plugin, params: Params) -> object:
    """Return what tells a plugin's code, and the content of what its parameters name, from others."""
    return PluginCode.of(plugin), contents(params)
