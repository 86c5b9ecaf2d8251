"""Plugin packages to start from: what ``clusterforge new-plugin`` writes."""

from clusterforge.scaffold.package import NewPackage, new_package
from clusterforge.scaffold.request import KINDS

__all__ = ["KINDS", "NewPackage", "new_package"]
