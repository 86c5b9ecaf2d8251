"""Taxonomies: clusters whose ids, names and colours last from one generation to the next.

Enters: a finished run, and rows that came later. Leaves: a folder of generations, what became of each cluster
with a p-value under "nothing changed", and a page. May import everything below the command line but the
kit and the estimator.
"""

from clusterforge.taxonomy.records import KINDS, Change, Cluster, Generation, Taxonomy

__all__ = [
    "KINDS",
    "Change",
    "Cluster",
    "Generation",
    "Taxonomy",
]
