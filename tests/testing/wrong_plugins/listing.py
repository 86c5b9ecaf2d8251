"""How a module lists its wrong plugins, by the check that has to catch each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from clusterforge.registry import Distribution, Plugin
from clusterforge.specs import Spec

HOOKS = "clusterforge.builtin"  # any that is light


@dataclass(frozen=True)
class Wrong:
    """A plugin and what the kit has to say of it: ``also`` fails too, because it can't but."""

    check: str
    plugin: Plugin
    also: frozenset[str] = frozenset()


class Listing:
    """The wrong plugins of one kind, made from the spec of a right one."""

    def __init__(self, right: Spec) -> None:
        self.right, self.wrong = right, list[Wrong]()

    def add(
        self, check: str, *, also: tuple[str, ...] = (), hooks: str = HOOKS, **spec: Any
    ) -> Callable[[type], type]:
        """Add a class that is wrong in one thing, or whose spec is."""

        def listed(cls: type) -> type:
            target = spec.pop("target", f"{cls.__module__}:{cls.__name__}")
            changed = replace(self.right, name=check, target=target, **spec)
            plugin = Plugin(changed, Distribution("wrong", "1", "wrong", hooks))
            self.wrong.append(Wrong(check, plugin, frozenset(also)))
            return cls

        return listed

    def spec(self, cls: type, check: str, **options: Any) -> None:
        """Add a right class with a wrong spec."""
        self.add(check, **options)(cls)
