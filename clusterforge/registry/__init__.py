"""The registry: finds plugin packages one at a time and knows every plugin by kind and name.

Enters: the metadata of what is installed, and names from a recipe. Leaves: a :class:`Registry` of
:class:`Plugin`, each with its spec and its distribution, and a :class:`Problem` for each package that can't
be used. It may import the contracts, hooks and specs, and nothing above them.
"""

from clusterforge.registry.blame import one_line
from clusterforge.registry.distributions import Distribution, Problem
from clusterforge.registry.first_import import cache_folder
from clusterforge.registry.hooks import Found, Tracker
from clusterforge.registry.registry import PREFIX, Plugin, Registry, package_hash

__all__ = [
    "PREFIX",
    "Distribution",
    "Found",
    "Plugin",
    "Problem",
    "Registry",
    "Tracker",
    "cache_folder",
    "one_line",
    "package_hash",
]
