"""What a phase names, in use: losses, a source of pairs, an augmentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from clusterforge.errors import ClusterforgeError, out_of_memory
from clusterforge.phases import Use
from clusterforge.registry import Plugin
from clusterforge.specs import Kind

T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """A plugin that the loop calls, only within ``with part as made``: what it raises bears its name."""

    plugin: Plugin
    made: T

    def __enter__(self) -> T:
        return self.made

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Turn an error of a plugin that is not ours into one that names it.

        Raises
        ------
        PluginError
            In place of what the plugin raised, unless it is for the user or memory is out.
        """
        if not isinstance(error, Exception) or isinstance(error, ClusterforgeError):
            return
        if not self.plugin.distribution.ours and not out_of_memory(error):
            raise self.plugin.failed("it failed", error) from error


MakePart = Callable[[Kind, Use], Part[Any]]
"""Gives the plugin of a kind that a phase names, with its parameters."""
