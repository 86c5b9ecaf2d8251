"""Taxonomies: clusters whose ids, names and colours last from one generation to the next.

Enters: a finished run, and rows that came later. Leaves: a folder of generations, what became of each cluster
with a p-value under "nothing changed", and a page. May import everything below the command line but the
kit and the estimator.
"""

from clusterforge.taxonomy.records import KINDS as KINDS
from clusterforge.taxonomy.records import Change as Change
from clusterforge.taxonomy.records import Cluster as Cluster
from clusterforge.taxonomy.records import Generation as Generation
from clusterforge.taxonomy.records import Taxonomy as Taxonomy
