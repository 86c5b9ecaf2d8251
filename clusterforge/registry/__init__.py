"""The registry: finds plugin packages one at a time and knows every plugin by kind and name."""

from clusterforge.registry.discovery import (
    Distribution,
    Found,
    Problem,
    Watcher,
    discover,
    one_line,
)
from clusterforge.registry.registry import PREFIX, Plugin, Registry, package_hash

__all__ = [
    "PREFIX",
    "Distribution",
    "Found",
    "Plugin",
    "Problem",
    "Registry",
    "Watcher",
    "discover",
    "one_line",
    "package_hash",
]
