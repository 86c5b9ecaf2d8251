"""Where trials run: in this process, in processes of this machine, or on a Ray cluster.

An engine takes tasks and gives outcomes back in the order in which they end; it knows nothing of what was
chosen or why. The same task gives the same outcome on each of them.
"""

from clusterforge.search.engines.base import Ended, Engine, InProcess
from clusterforge.search.engines.local import LocalProcesses
from clusterforge.search.engines.ray import RayCluster

__all__ = ["Ended", "Engine", "InProcess", "LocalProcesses", "RayCluster"]
