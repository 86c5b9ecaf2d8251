"""Curation: edits of a clustering that outlive the fit they were made on.

Enters: the rows of one clustering and a file of edits. Leaves: labels with the edits applied, what became
of each edit, and rules by which rows that were not there are labelled. May import contracts, numerics and
errors.
"""

from clusterforge.curation.apply import Curated, apply
from clusterforge.curation.changes import changed
from clusterforge.curation.edits import ClusterRef, Edit, Edits
from clusterforge.curation.labelling import Labelling, Outcome

__all__ = ["ClusterRef", "Curated", "Edit", "Edits", "Labelling", "Outcome", "apply", "changed"]
