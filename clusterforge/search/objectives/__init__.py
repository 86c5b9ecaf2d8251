"""Objectives: how good a trial is, without labels unless the recipe says so.

A fitted trial comes in (``Judged``); a value for each objective leaves, or the reason why there is none.
``named`` reads the names in ``[search]``; ``guards`` refuse clusterings and embeddings that would deceive
an objective. The room may import the pipeline and all below it.
"""

from clusterforge.search.objectives.base import Judged, Objective
from clusterforge.search.objectives.common import CommonSpaces
from clusterforge.search.objectives.comparisons import Comparison, compared
from clusterforge.search.objectives.named import objectives_of

__all__ = ["CommonSpaces", "Comparison", "Judged", "Objective", "compared", "objectives_of"]
