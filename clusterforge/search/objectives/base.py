"""What an objective is, and what it looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from clusterforge.contracts import IntArray
from clusterforge.errors import ClusterforgeError
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.fit import Fits
from clusterforge.runs.records import ScoreRecord
from clusterforge.search.objectives.common import CommonSpaces, rows_of
from clusterforge.search.objectives.guards import collapsed, trivial
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
    common
        The common space of the trials.
    """

    fits: Fits
    clusterer: ClustererStage
    scores: Sequence[ScoreRecord]
    common: CommonSpaces

    @cached_property
    def labels(self) -> IntArray:
        """The clusters of the train rows, int64 (n,), -1 for noise."""
        labels = self.clusterer.labels("train")
        assert labels is not None
        return labels

    @cached_property
    def degenerate(self) -> str | None:
        """Why no objective without labels may judge this trial, or None."""
        rows = rows_of(self.fits)
        try:
            common = self.common.embedding(self.fits)
        except ClusterforgeError:
            common = None
        embedding = self.fits.encoded.embedding("train")[rows]
        return trivial(self.labels) or collapsed(embedding, common)


class Objective(ABC):
    """One way to judge a clustering."""

    record: ObjectiveRecord

    def value(self, judged: Judged) -> ObjectiveValue:
        """Return how good a clustering is; None, with the reason, where that is not defined."""
        reason = None if self.record.labels else judged.degenerate
        return undefined(reason) if reason else self.judge(judged)

    @abstractmethod
    def judge(self, judged: Judged) -> ObjectiveValue:
        """Return how good a clustering is that is not degenerate."""


def undefined(reason: str) -> ObjectiveValue:
    """Return the value of a clustering that an objective can't judge."""
    return ObjectiveValue(value=None, reason=reason)
