"""Metrics as objectives: in the trial's own embedding, in the common space, or with the true labels."""

from __future__ import annotations

from clusterforge.contracts import Noise, treat_noise
from clusterforge.errors import ClusterforgeError
from clusterforge.recipe import Entry
from clusterforge.runs.records import HEADLINE
from clusterforge.search.objectives.base import Judged, Objective, undefined
from clusterforge.search.objectives.common import rows_of
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue
from clusterforge.specs import MetricSpec

INPUT = "@input"


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

    def judge(self, judged: Judged) -> ObjectiveValue:
        """Return the score on the train split."""
        place = (judged.clusterer.entry.id, self.record.name, "train")
        scores = {
            score.noise: score
            for score in judged.scores
            if (score.clusterer, score.metric, score.split) == place
        }
        score = scores.get(noise_of(self.record.labels), scores.get(HEADLINE))
        if score is None:
            unlabelled = self.record.labels and judged.fits.data.classes is None
            return undefined("the data set has no labels" if unlabelled else "it was not computed")
        return ObjectiveValue(
            value=score.value, reason=score.reason if score.value is None else None
        )


class CommonMetric(Objective):
    """A metric without labels in the space that all trials have in common."""

    def __init__(self, entry: Entry, spec: MetricSpec, chooses: bool) -> None:
        self.entry = entry
        self.record = ObjectiveRecord(
            name=f"{entry.id}{INPUT}",
            title=f"{spec.title or entry.id} in the common space",
            direction="lower" if spec.direction == "lower" else "higher",
            labels=False,
            chooses=chooses,
            about="In the embedding before any encoder that the sweep varies or trains, on 2,000 rows.",
        )

    def judge(self, judged: Judged) -> ObjectiveValue:
        """Return the score on some rows of the train split, each noise row as a cluster of its own."""
        shown, kept = treat_noise(judged.labels[rows_of(judged.fits)], noise_of(False))
        scoring = judged.fits.scoring
        try:
            points = judged.common.embedding(judged.fits)[kept]
        except ClusterforgeError as error:
            return undefined(f"there is no common space: {error}")
        device = scoring.session.resources.device
        value = scoring.value(self.entry, points, shown[kept], None, device)
        return (
            undefined("it is not defined for these clusters")
            if value is None
            else ObjectiveValue(value=value)
        )


def noise_of(labels: bool) -> Noise:
    """Return how noise is treated by objectives with labels, and by others."""
    return "cluster" if labels else "singletons"
