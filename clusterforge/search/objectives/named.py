"""The objectives that a recipe names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clusterforge.errors import RecipeError, nearest
from clusterforge.pipeline.score import default_metrics, metrics_of
from clusterforge.recipe import Recipe
from clusterforge.registry import Registry
from clusterforge.search.objectives.base import Objective
from clusterforge.search.objectives.combined import BALANCED, Combination
from clusterforge.search.objectives.comparisons import AGREEMENT, Agreement, Comparison
from clusterforge.search.objectives.metrics import INPUT, CommonMetric, MetricObjective
from clusterforge.search.objectives.reconstruction import ReconstructionError
from clusterforge.search.objectives.refits import CrossValidation, Stability
from clusterforge.specs import EncoderSpec, MetricSpec

OWN: dict[str, Callable[[bool], Objective | Comparison]] = {
    "stability": Stability,
    "prediction-strength": CrossValidation,
    "reconstruction": ReconstructionError,
    AGREEMENT: Agreement,
}
AnyObjective = Objective | Comparison | Combination


def objectives_of(recipe: Recipe, registry: Registry) -> list[AnyObjective]:
    """Return the objectives that the recipe's ``[search]`` names, those that choose first.

    Raises
    ------
    RecipeError
        Where one is not known, or named twice.
    """
    search = recipe.search
    assert search is not None
    names = Names(recipe, registry)
    choosing = (search.objective,) if isinstance(search.objective, str) else search.objective
    also = search.also
    parts = names.parts if BALANCED in (*choosing, *(also or ())) else ()
    if also is None:
        also = tuple(name for name in names.cheap() if name not in choosing)
    also += tuple(part for part in parts if part not in (*choosing, *also))
    found: dict[str, AnyObjective | None] = {}
    for key, each in (("objective", choosing), ("also", also)):
        for name in each:
            if name in found:
                raise RecipeError(
                    f"names {name!r} twice",
                    key=f"search.{key}",
                    remedy="name it once",
                    file=recipe.file,
                )
            found[name] = None if name == BALANCED else names.objective(name, key)
    if BALANCED in found:
        records = [one.record for part in parts if (one := found[part]) is not None]
        found[BALANCED] = Combination(records, BALANCED in choosing)
    return [one for one in found.values() if one is not None]


def needs_common(objective: AnyObjective) -> bool:
    """Tell whether an objective has no value where the trials have no space in common."""
    alone = isinstance(objective, Combination) and not objective.record.comparative
    return alone or isinstance(objective, CommonMetric)


class Names:
    """What the objectives of a recipe may be called.

    Parameters
    ----------
    recipe
        A recipe with ``[search]``.
    registry
        The plugins.
    """

    def __init__(self, recipe: Recipe, registry: Registry) -> None:
        self.recipe = recipe
        entries = metrics_of(recipe, registry)
        self._metrics = {e.id: e for e in entries if e.spec(MetricSpec).direction != "none"}
        known = {entry.id: entry for entry in (*default_metrics(registry), *entries)}
        internal = [e for e in known.values() if not e.spec(MetricSpec).needs_labels]
        self._common = {
            f"{e.id}{INPUT}": e for e in internal if e.spec(MetricSpec).direction != "none"
        }
        self._silhouette = next(e.id for e in internal if e.spec(MetricSpec).gives_silhouettes)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what ``balanced`` is the mean of; of a study that can't wait, less."""
        assert self.recipe.search is not None
        waits = self.recipe.search.method in ("grid", "random")
        common = f"{self._silhouette}{INPUT}"
        return (common, AGREEMENT) if waits else (common,)

    def cheap(self) -> Iterator[str]:
        """Yield what is shown where the recipe says nothing of it: what costs next to nothing."""
        if self._silhouette in self._metrics:
            yield self._silhouette
        yield f"{self._silhouette}{INPUT}"
        if any(entry.spec(EncoderSpec).trained for entry in self.recipe.encoders):
            yield "reconstruction"

    def objective(self, name: str, key: str) -> Objective | Comparison:
        """Return the objective of a name.

        Raises
        ------
        RecipeError
            Where there is none.
        """
        chooses = key == "objective"
        if name in OWN:
            return OWN[name](chooses)
        if name in self._metrics:
            return MetricObjective(name, self._metrics[name].spec(MetricSpec), chooses)
        if name in self._common:
            return CommonMetric(self._common[name], self._common[name].spec(MetricSpec), chooses)
        raise RecipeError(
            f"there is no objective {name!r}",
            key=f"search.{key}",
            remedy=nearest(name, [BALANCED, *OWN, *self._metrics, *self._common]),
            file=self.recipe.file,
        )
