"""A sweep that was checked before it begins: what it tries, and by what trials are judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterforge.errors import InputError, RecipeError
from clusterforge.pipeline.preflight import peeked
from clusterforge.recipe import Recipe, Source, resolve
from clusterforge.recipe.source import place_of, with_values
from clusterforge.recipe.tables import RecipeTables, Search
from clusterforge.registry import Registry
from clusterforge.search.closeness import SEED
from clusterforge.search.objectives import needs_common, objectives_of
from clusterforge.search.objectives.combined import BALANCED
from clusterforge.search.objectives.common import varies_data
from clusterforge.search.objectives.comparisons import AGREEMENT, ALONE
from clusterforge.search.reading import read_space
from clusterforge.search.space import PLACE
from clusterforge.search.study import chooser_of
from clusterforge.specs import EncoderSpec

ROOTS = {"dataset", "encoder", "clusterer", "seed"}  # of keys in which trials can differ


class Planned:
    """A sweep that was checked, before it has a folder.

    Parameters
    ----------
    source
        The recipe with ``[search]``; its threads are set.
    registry
        The plugins.

    Raises
    ------
    RecipeError
        Where the recipe, its search, or a value that can occur is not valid.
    """

    def __init__(self, source: Source, registry: Registry) -> None:
        self.source, self.registry = source, registry
        self.recipe: Recipe = resolve(source, registry)
        search = self.recipe.search
        if search is None:
            raise RecipeError(
                "there is nothing to search",
                key="search",
                remedy='add [search.space] with keys and values: "clusterer.0.n_clusters" = [5, 10]',
                file=source.file,
            )
        self.space = read_space(search.space, search.method == "grid", source.file)
        self.objectives = objectives_of(self.recipe, registry)
        records = [one.record for one in self.objectives]
        self.chooser = chooser_of(search, self.space, records, source.file)
        self._check_keys(search)
        self._check_values(search)
        self._check_budget(search)
        self._check_agreement()
        self._check_data()

    def _check_keys(self, search: Search) -> None:
        """Check that each key changes the trials, and that none undoes what another sets."""
        before: dict[tuple[str, ...], str] = {}
        for dimension in self.space.dimensions:
            parts = self._place(dimension.key, f"{PLACE}.{dimension.key}", before)
            for inner in dimension.everything():
                below = inner.key.removeprefix(dimension.key).split(".")[1:]
                before[*parts, *below] = inner.key
        if search.budget is not None:
            self._place(search.budget.key, "search.budget.key", before)

    def _place(
        self, key: str, stands: str, before: Mapping[tuple[str, ...], str]
    ) -> tuple[str, ...]:
        """Return the place that a key sets; ``stands`` is where the recipe names it."""
        if key.partition(".")[0] in RecipeTables.model_fields.keys() - ROOTS:
            remedy = "search keys of dataset, encoder or clusterer, or seed"
            raise self._wrong(stands, f"trials do not differ in {key!r}", remedy)
        try:
            place = place_of(self.source, key)
        except RecipeError:  # what has no place is for _check_values, which knows the tables tried
            place = tuple(key.split("."))
        for other, name in before.items():
            if other[: len(place)] == place:
                problem = "is there twice" if name == key else f"replaces what {name} sets"
                raise self._wrong(stands, problem, "leave one of them out")
        return place

    def _check_values(self, search: Search) -> None:
        """Resolve recipes in which every value that can occur is there once."""
        for values in self.space.cases():
            try:
                recipe = resolve(with_values(self.source, values), self.registry)
            except InputError as error:
                raise _in_space(error, values, self.source.file) from None
            try:
                recipe.clusterer(search.clusterer)
            except InputError as error:
                raise self._wrong("search.clusterer", error.problem, error.remedy) from None

    def _check_budget(self, search: Search) -> None:
        if search.budget is None:
            return
        for value in (search.budget.low, search.budget.high):
            try:
                resolve(with_values(self.source, {search.budget.key: value}), self.registry)
            except InputError as error:
                problem = f"{error.key or search.budget.key}: {error.problem}"
                raise self._wrong("search.budget", problem, error.remedy) from None

    def _check_agreement(self) -> None:
        """Check that trials can differ in their encoders or kind of clusterer where they have to agree."""
        random = any(entry.spec(EncoderSpec).stochastic for entry in self.recipe.encoders)
        same = all(
            key.startswith("clusterer.") and key.count(".") > 1 and not key.endswith(".use")
            if key != SEED
            else not random
            for key in self.space.axes()
        )
        if same and any(o.record.chooses and o.record.name == AGREEMENT for o in self.objectives):
            problem = f"{AGREEMENT} has no value, as {ALONE}"
            remedy = f'vary an encoder too, or choose by "{BALANCED}" or "stability"'
            raise self._wrong("search.objective", problem, remedy)

    def _check_data(self) -> None:
        """Check, as far as a look at the data tells it, that they are there and have the labels needed."""
        chosen = [one for one in self.objectives if one.record.chooses]
        if varies_data(self.space.axes()):
            for one in chosen:
                if needs_common(one):
                    problem = f"trials with other data have no space in common, which {one.record.name} needs"
                    remedy = 'choose by "stability", or a metric in each trial\'s own embedding'
                    raise self._wrong("search.objective", problem, remedy)
            return
        peek = peeked(self.recipe)
        for one in chosen:
            if peek is not None and peek.labelled is False and one.record.labels:
                problem = f"{one.record.name} compares with labels, and the data set has none"
                remedy = "name the column of labels (dataset.label), or leave the objective out"
                raise self._wrong("search.objective", problem, remedy)

    def _wrong(self, key: str, problem: str, remedy: str | None) -> RecipeError:
        return RecipeError(problem, key=key, remedy=remedy, file=self.source.file)


def prepared(source: Source, registry: Registry) -> tuple[Source, Planned]:
    """Return a recipe with the threads of a trial set, and the checked sweep."""
    compute = source.data.get("compute")
    threads = compute.get("threads") if isinstance(compute, Mapping) else None
    source = with_values(source, {"compute.threads": 1 if threads is None else threads})
    return source, Planned(source, registry)


def _in_space(error: InputError, values: Mapping[str, Any], file: str | None) -> InputError:
    """Return the error of a value with its place in ``[search.space]``."""
    key = error.key or next((k for k in values if repr(k) in error.problem), "")
    if key:  # a table that is not there is named without the keys below it
        key = next((k for k in values if k.startswith(f"{key}.")), key)
    place = next((k for k in values if key == k or key.startswith(f"{k}.")), None)
    if place is None:
        shown = ", ".join(f"{k} = {v!r:.40}" for k, v in values.items())
        return RecipeError(
            f"{error.problem} (with {shown})", key=error.key, remedy=error.remedy, file=file
        )
    return RecipeError(error.problem, key=f"{PLACE}.{key}", remedy=error.remedy, file=file)
