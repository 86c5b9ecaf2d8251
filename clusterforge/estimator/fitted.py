"""What a fitted estimator consists of: a resolved recipe, its encoders and one clusterer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from clusterforge.contracts import Context, Encoder, IntArray, Items, Points, State
from clusterforge.pipeline import compute, guard
from clusterforge.pipeline.apply import encoded
from clusterforge.pipeline.cluster import refuse_unpredicting, taken_up
from clusterforge.pipeline.data import with_classes
from clusterforge.pipeline.factory import build_encoder
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported, Named

CLUSTERER = "clusterer"


@dataclass
class Fitted:
    """Encoders and a clusterer on new rows; its parts are JSON values and states, never a pickle.

    Parameters
    ----------
    recipe
        The resolved recipe.
    clusterer
        The id of the one clusterer.
    classes
        Number of classes of the labels that were given, or None.
    registry
        The plugins.
    states
        State of each encoder by its stage's name, and of the clusterer; not needed where all of
        them are fitted here.
    live
        The fitted encoders and clusterer by the same names.
    """

    recipe: Recipe
    clusterer: str
    classes: int | None
    registry: Registry
    states: Mapping[str, State] = field(default_factory=dict)
    live: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, about: Mapping[str, Any], states: Mapping[str, State], registry: Registry
    ) -> Fitted:
        """Return the same again from its parts; nothing is loaded before it is needed."""
        recipe = resolve(read(about["recipe"]), registry)
        return cls(recipe, about["clusterer"], about["classes"], registry, states)

    def about(self) -> dict[str, Any]:
        """Return what ``of`` needs besides the states, as JSON values."""
        return {
            "recipe": self.recipe.given(),
            "clusterer": self.clusterer,
            "classes": self.classes,
        }

    def parts(self) -> dict[str, State]:
        """Return the states by name."""
        return {**self.states, **{name: part.state() for name, part in self.live.items()}}

    def __getstate__(self) -> dict[str, Any]:
        trusted = not isinstance(self.registry.python, Named)
        return {"about": self.about(), "states": self.parts(), "trusted": trusted}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Whoever unpickles has trusted the code already, but for one that was loaded without trust.
        names = Imported(finished=True) if state["trusted"] else Named()
        registry = Registry.installed().naming(names)
        vars(self).update(vars(Fitted.of(state["about"], state["states"], registry)))

    def points(self, items: Items) -> Points:
        """Return the embedding of rows."""
        resources = compute.choose(self.recipe.compute, self.recipe.file)
        chain = ((entry, partial(self._encoder, entry)) for entry in self.recipe.encoders)
        with compute.using(resources):
            return encoded(items, chain, self._context(resources), self.recipe.file)

    def predict(self, items: Items) -> IntArray:
        """Return the cluster of each row: int64 (n,).

        Raises
        ------
        InputError
            Where the clusterer can't label rows it has not seen.
        """
        entry = self.recipe.clusterer(self.clusterer)
        refuse_unpredicting(entry)
        points = self.points(items)
        resources = compute.choose(self.recipe.compute, self.recipe.file)
        with guard.calling(entry, self.recipe.file), compute.using(resources):
            if CLUSTERER not in self.live:
                self.live[CLUSTERER] = taken_up(self._resolved(entry), self.states[CLUSTERER])
            found = self.live[CLUSTERER].predict(points, self._context(resources))
            return guard.labels(found, len(points))

    def _encoder(self, entry: Entry) -> Encoder[Any]:
        if entry.stage not in self.live:
            made = build_encoder(self._resolved(entry), self.registry)
            made.restore(self.states[entry.stage])
            self.live[entry.stage] = made
        encoder: Encoder[Any] = self.live[entry.stage]
        return encoder

    def _resolved(self, entry: Entry) -> Entry:
        return with_classes(entry, self.classes, self.recipe.file)[0]

    def _context(self, resources: compute.Resources) -> Context:
        return Context(self.recipe.seed, resources.device, resources.precision, resources.threads)
