"""``clusterforge.plugins()``: what there is to write into a recipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from clusterforge.errors import InputError, nearest
from clusterforge.registry.registry import Plugin, Registry
from clusterforge.specs import ALL_TYPES, Kind


@dataclass(frozen=True)
class PluginInfo:
    """What is known of a plugin before anything heavy is imported.

    Parameters
    ----------
    kind
        One of ``clusterforge.specs.Kind``.
    name
        Its name.
    use
        What a recipe writes to mean it: the name, or ``distribution:name``.
    summary
        One line.
    distribution, version
        Where it comes from.
    state
        ``ok``, ``duplicate`` or ``shadowed``, as :class:`clusterforge.registry.Plugin` says.
    """

    kind: Kind
    name: str
    use: str
    summary: str
    distribution: str
    version: str
    state: Literal["ok", "duplicate", "shadowed"]
    _plugin: Plugin = field(repr=False, compare=False)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its parameters.

        Raises
        ------
        PluginError
            Where the parameters of a plugin that is not ours can't be described.
        """
        try:
            return self._plugin.spec.params.model_json_schema()
        except Exception as error:  # a model that can't be built
            raise self._plugin.failed("its parameters can't be described", error) from error


def plugins(kind: Kind | None = None, *, registry: Registry | None = None) -> list[PluginInfo]:
    """Return every plugin, by kind and name; nothing heavy is imported.

    Parameters
    ----------
    kind
        Only those of this kind.
    registry
        The plugins; default: all that are installed.

    Raises
    ------
    InputError
        Where there is no such kind.
    """
    if kind is not None and kind not in ALL_TYPES:
        raise InputError(f"no kind is named {kind!r}", remedy=nearest(str(kind), ALL_TYPES))
    known = registry or Registry.installed()
    return [
        PluginInfo(
            plugin.spec.kind,
            plugin.spec.name,
            plugin.use,
            plugin.spec.summary,
            plugin.distribution.name,
            plugin.distribution.version,
            plugin.state,
            plugin,
        )
        for each in ALL_TYPES
        if kind in (None, each)
        for plugin in known.of(each)
    ]
