"""The registry: finds plugin packages one at a time and knows every plugin by kind and name.

Enters: the metadata of what is installed, and names from a recipe. Leaves: a :class:`Registry` of
:class:`Plugin`, each with its spec and its distribution, and a :class:`Problem` for each package that can't
be used. It may import the contracts, hooks and specs, and nothing above them.
"""

from clusterforge.registry.blame import one_line as one_line
from clusterforge.registry.distributions import Distribution as Distribution
from clusterforge.registry.distributions import Problem as Problem
from clusterforge.registry.first_import import cache_folder as cache_folder
from clusterforge.registry.hooks import Found as Found
from clusterforge.registry.hooks import Tracker as Tracker
from clusterforge.registry.registry import PREFIX as PREFIX
from clusterforge.registry.registry import Plugin as Plugin
from clusterforge.registry.registry import Registry as Registry
from clusterforge.registry.registry import package_hash as package_hash
