"""Metrics as objectives: in the trial's own embedding, or with the true labels."""

from __future__ import annotations

from clusterforge.contracts import Noise
from clusterforge.runs.records import HEADLINE
from clusterforge.search.objectives.base import Judged, Objective, undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue
from clusterforge.specs import MetricSpec


class MetricObjective(Objective):
    """A metric of the recipe on the train split, in the trial's own embedding.

    Noise counts: as one cluster where there are true labels, else each row as a cluster of its own. So a
    clustering gains nothing by calling the difficult rows noise.
    """

    def __init__(self, name: str, spec: MetricSpec, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name=name,
            title=spec.title or name,
            direction="lower" if spec.direction == "lower" else "higher",
            labels=spec.needs_labels,
            chooses=chooses,
            about="With the true labels." if spec.needs_labels else "In the trial's own embedding.",
        )

    def value(self, judged: Judged) -> ObjectiveValue:
        """Return the score on the train split."""
        scores = {
            score.noise: score
            for score in judged.scores
            if (score.clusterer, score.metric, score.split)
            == (judged.clusterer.entry.id, self.record.name, "train")
        }
        score = scores.get(noise_of(self.record.labels), scores.get(HEADLINE))
        if score is None:
            return undefined("it was not computed")
        return ObjectiveValue(
            value=score.value, reason=None if score.value is not None else score.reason
        )


def noise_of(labels: bool) -> Noise:
    """Return how noise is treated by objectives with labels, and by others."""
    return "cluster" if labels else "singletons"
