"""The objectives that a recipe names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clusterforge.errors import RecipeError, nearest
from clusterforge.pipeline.score import metric_spec, metrics_of
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import Registry
from clusterforge.search.objectives.base import Objective
from clusterforge.search.objectives.comparisons import Agreement, Comparison
from clusterforge.search.objectives.metrics import INPUT, CommonMetric, MetricObjective
from clusterforge.search.objectives.reconstruction import ReconstructionError
from clusterforge.search.objectives.refits import CrossValidation, Stability
from clusterforge.specs import EncoderSpec

OWN: dict[str, Callable[[bool], Objective | Comparison]] = {
    "stability": Stability,
    "prediction-strength": CrossValidation,
    "reconstruction": ReconstructionError,
    "agreement": Agreement,
}


def objectives_of(recipe: Recipe, registry: Registry) -> list[Objective | Comparison]:
    """Return the objectives that the recipe's ``[search]`` names, those that choose first.

    Raises
    ------
    RecipeError
        Where one is not known, or named twice.
    """
    search = recipe.search
    assert search is not None
    names = (search.objective,) if isinstance(search.objective, str) else search.objective
    metrics = {entry.id: entry for entry in metrics_of(recipe, registry)}
    metrics = {name: e for name, e in metrics.items() if metric_spec(e).direction != "none"}
    also = search.also
    if also is None:
        also = tuple(name for name in _shown(recipe, metrics) if name not in names)
    objectives: list[Objective | Comparison] = []
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


def _shown(recipe: Recipe, metrics: dict[str, Entry]) -> Iterator[str]:
    """Yield what is shown where the recipe says nothing of it: what costs next to nothing."""
    specs = {name: metric_spec(entry) for name, entry in metrics.items()}
    internal = [name for name, spec in specs.items() if not spec.needs_labels and spec.headline]
    for name in sorted(internal, key=lambda name: specs[name].order)[:1]:
        yield from (name, f"{name}{INPUT}")
    if any(entry.spec(EncoderSpec).trained for entry in recipe.encoders):
        yield "reconstruction"


def _objective(
    name: str, key: str, metrics: dict[str, Entry], file: str | None
) -> Objective | Comparison:
    chooses = key == "objective"
    if name in OWN:
        return OWN[name](chooses)
    if name in metrics:
        return MetricObjective(name, metric_spec(metrics[name]), chooses)
    common = {
        f"{name}{INPUT}": entry
        for name, entry in metrics.items()
        if not metric_spec(entry).needs_labels
    }
    if name in common:
        return CommonMetric(common[name], metric_spec(common[name]), chooses)
    raise RecipeError(
        f"there is no objective {name!r}",
        key=f"search.{key}",
        remedy=nearest(name, [*OWN, *metrics, *common]),
        file=file,
    )
