"""Objectives by fits of the clusterer on other rows and by other seeds; the encoders stay as they are."""

from __future__ import annotations

from clusterforge.pipeline.refit import Refits
from clusterforge.recipe.tables import Evaluation
from clusterforge.search.objectives.base import Judged, Objective, undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue

REFITS, ROWS = 5, 2_000


class Stability(Objective):
    """Whether fits by other seeds and on resampled rows find the same clusters."""

    def __init__(self, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name="stability",
            title="stability",
            direction="higher",
            labels=False,
            chooses=chooses,
            about="Mean adjusted Rand index with fits by other seeds and on resampled rows.",
        )

    def value(self, judged: Judged) -> ObjectiveValue:
        """Return the mean agreement of the refits, in [-0.5, 1]."""
        refits = Refits(judged.clusterer, Evaluation(refits=REFITS, rows=ROWS))
        found, _ = refits.stability(lambda: None)
        agreements = [one.mean for one in (found.seeds, found.bootstrap) if one is not None]
        if found.reason or not agreements:
            return undefined(found.reason or "no fit succeeded")
        return ObjectiveValue(value=min(agreements))
