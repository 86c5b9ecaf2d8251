"""Objectives: how good a trial is, without labels unless the recipe says so.

A fitted trial comes in (``Judged``); a value for each objective leaves, or the reason why there is none.
``named`` reads the names in ``[search]``; ``guards`` refuse clusterings and embeddings that would deceive
an objective. The room may import the pipeline and all below it.
"""

from clusterforge.search.objectives.base import Judged as Judged
from clusterforge.search.objectives.base import Objective as Objective
from clusterforge.search.objectives.combined import Combination as Combination
from clusterforge.search.objectives.common import CommonSpaces as CommonSpaces
from clusterforge.search.objectives.comparisons import compared as compared
from clusterforge.search.objectives.named import AnyObjective as AnyObjective
from clusterforge.search.objectives.named import needs_common as needs_common
from clusterforge.search.objectives.named import objectives_of as objectives_of
