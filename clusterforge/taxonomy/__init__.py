"""Taxonomies: clusters whose ids, names and colours last from one generation to the next.

Enters: a finished run, and rows that came later. Leaves: a folder of generations, what became of each cluster
with a p-value under "nothing changed", and a page. May import everything below the command line but the
kit and the estimator.
"""

from clusterforge.taxonomy.editing import merge, rename
from clusterforge.taxonomy.following import Followed, follow
from clusterforge.taxonomy.records import KINDS, Change, Cluster, Generation, Taxonomy

__all__ = [
    "KINDS",
    "Change",
    "Cluster",
    "Followed",
    "Generation",
    "Taxonomy",
    "follow",
    "merge",
    "rename",
]
