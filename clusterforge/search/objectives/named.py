"""The objectives that a recipe names."""

from __future__ import annotations

from clusterforge.errors import RecipeError, nearest
from clusterforge.pipeline.score import metric_spec, metrics_of
from clusterforge.recipe import Recipe
from clusterforge.registry import Registry
from clusterforge.search.objectives.base import Objective
from clusterforge.search.objectives.metrics import MetricObjective
from clusterforge.search.objectives.refits import Stability
from clusterforge.specs import MetricSpec

OWN = {"stability": Stability}


def objectives_of(recipe: Recipe, registry: Registry) -> list[Objective]:
    """Return the objectives that the recipe's ``[search]`` names, those that choose first.

    Raises
    ------
    RecipeError
        Where one is not known, or named twice.
    """
    search = recipe.search
    assert search is not None
    names = (search.objective,) if isinstance(search.objective, str) else search.objective
    metrics = {entry.id: metric_spec(entry) for entry in metrics_of(recipe, registry)}
    metrics = {name: spec for name, spec in metrics.items() if spec.direction != "none"}
    also = search.also
    if also is None:
        also = tuple(name for name in _shown(metrics) if name not in names)
    objectives: list[Objective] = []
    for key, each in (("objective", names), ("also", also)):
        for name in each:
            if any(one.record.name == name for one in objectives):
                raise RecipeError(
                    f"names {name!r} twice",
                    key=f"search.{key}",
                    remedy="name it once",
                    file=recipe.file,
                )
            objectives.append(_objective(name, key, metrics, recipe.file))
    return objectives


def _shown(metrics: dict[str, MetricSpec]) -> list[str]:
    """Return what is shown where the recipe says nothing of it: what costs next to nothing."""
    internal = [name for name, spec in metrics.items() if not spec.needs_labels and spec.headline]
    return sorted(internal, key=lambda name: metrics[name].order)[:1]


def _objective(name: str, key: str, metrics: dict[str, MetricSpec], file: str | None) -> Objective:
    chooses = key == "objective"
    if name in OWN:
        return OWN[name](chooses)
    if name in metrics:
        return MetricObjective(name, metrics[name], chooses)
    raise RecipeError(
        f"there is no objective {name!r}",
        key=f"search.{key}",
        remedy=nearest(name, [*OWN, *metrics]),
        file=file,
    )
