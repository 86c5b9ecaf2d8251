"""Objectives: how good a trial is, without labels unless the recipe says so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from clusterforge.errors import RecipeError, nearest
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.fit import Fits
from clusterforge.pipeline.refit import Refits
from clusterforge.pipeline.score import metric_spec, metrics_of
from clusterforge.recipe import Recipe
from clusterforge.recipe.tables import Evaluation
from clusterforge.registry import Registry
from clusterforge.runs.records import HEADLINE, ScoreRecord
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue

REFITS, ROWS = 5, 2_000


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
        The scores of the trial.
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
            return ObjectiveValue(value=None, reason=found.reason or "no fit succeeded")
        return ObjectiveValue(value=min(agreements))


class MetricObjective(Objective):
    """A metric of the recipe on the train split, in the trial's own embedding."""

    def __init__(self, name: str, title: str, lower: bool, labels: bool, chooses: bool) -> None:
        about = "With the true labels." if labels else "In the trial's own embedding."
        self.record = ObjectiveRecord(
            name=name,
            title=title,
            direction="lower" if lower else "higher",
            labels=labels,
            chooses=chooses,
            about=about,
        )

    def value(self, judged: Judged) -> ObjectiveValue:
        """Return the headline score."""
        for score in judged.scores:
            place = (score.clusterer, score.metric, score.split, score.noise)
            if place == (judged.clusterer.entry.id, self.record.name, "train", HEADLINE):
                return ObjectiveValue(value=score.value, reason=score.reason)
        return ObjectiveValue(value=None, reason="it was not computed")


def objectives_of(recipe: Recipe, registry: Registry) -> list[Objective]:
    """Return the objectives that the recipe's ``[search]`` names, the first first.

    Raises
    ------
    RecipeError
        Where one is not known.
    """
    assert recipe.search is not None
    names = recipe.search.objective
    names = (names,) if isinstance(names, str) else names
    return [_objective(name, recipe, registry) for name in names]


def _objective(name: str, recipe: Recipe, registry: Registry) -> Objective:
    if name == "stability":
        return Stability(chooses=True)
    metrics = {entry.id: metric_spec(entry) for entry in metrics_of(recipe, registry)}
    spec = metrics.get(name)
    if spec is None or spec.direction == "none":
        known = [key for key, spec in metrics.items() if spec.direction != "none"]
        raise RecipeError(
            f"there is no objective {name!r}",
            key="search.objective",
            remedy=nearest(name, ["stability", *known]),
            file=recipe.file,
        )
    return MetricObjective(
        name, spec.title or name, spec.direction == "lower", spec.needs_labels, chooses=True
    )
