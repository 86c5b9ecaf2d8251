"""Objectives: how good a trial is, without labels unless the recipe says so.

A fitted trial comes in (``Judged``); a value for each objective leaves, or the reason why there is none.
``named`` reads the names in ``[search]``; ``guards`` refuse clusterings and embeddings that would deceive
an objective. The room may import the pipeline and all below it.
"""

from clusterforge.search.objectives.base import Judged, Objective
from clusterforge.search.objectives.combined import Combination
from clusterforge.search.objectives.common import CommonSpaces
from clusterforge.search.objectives.comparisons import compared
from clusterforge.search.objectives.named import AnyObjective, needs_common, objectives_of

__all__ = [
    "AnyObjective",
    "Combination",
    "CommonSpaces",
    "Judged",
    "Objective",
    "compared",
    "needs_common",
    "objectives_of",
]
