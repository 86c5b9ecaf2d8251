"""What an objective is, and what it looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.fit import Fits
from clusterforge.runs.records import ScoreRecord
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue


@dataclass(frozen=True)
class Judged:
    """What objectives look at: one clustering of a trial, and what it came from.

    Parameters
    ----------
    fits
        The encoders and clusterers of the trial, fitted.
    clusterer
        The one that is judged.
    scores
        The scores of the trial, by every treatment of noise.
    """

    fits: Fits
    clusterer: ClustererStage
    scores: Sequence[ScoreRecord]


class Objective(ABC):
    """One way to judge a clustering."""

    record: ObjectiveRecord

    @abstractmethod
    def value(self, judged: Judged) -> ObjectiveValue:
        """Return how good a clustering is; None, with the reason, where that is not defined."""


def undefined(reason: str) -> ObjectiveValue:
    """Return the value of a clustering that an objective can't judge."""
    return ObjectiveValue(value=None, reason=reason)
