"""A validated recipe: plugin tables as entries, the fixed tables as they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from clusterforge.errors import InputError, nearest
from clusterforge.params import DerivedParams, Params
from clusterforge.phases import TrainedParams
from clusterforge.recipe.tables import (
    EDITS,
    NONE,
    SINGLE,
    Compute,
    Evaluation,
    Layers,
    Profile,
    Search,
)
from clusterforge.registry import Plugin
from clusterforge.specs import ClustererSpec, EncoderSpec, Part, Spec
from clusterforge.validation import validated

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Entry:
    """One plugin of a recipe with its validated parameters.

    Parameters
    ----------
    table
        Its place in the recipe: ``dataset``, ``encoder.1``.
    id
        The entry's name, unique among entries of its kind.
    plugin
        What ``use`` names.
    params
        The validated parameters.
    layers
        Of a clusterer: whether, or into how many groups, the tree over its clusters is cut.
    """

    table: str
    id: str
    plugin: Plugin
    params: Params
    layers: Layers = True
    reads: Part | None = None

    def spec(self, kind: type[S]) -> S:
        """Return the plugin's spec, which the recipe's readers know to be of this kind."""
        spec = self.plugin.spec
        assert isinstance(spec, kind)
        return spec

    def build(self) -> Any:
        """Return a new object of the plugin, of its kind's contract, with these parameters."""
        return self.plugin.load()(self.params)

    @property
    def stage(self) -> str:
        """Name of the entry in messages and in the run folder: ``encoder.1.triplet``."""
        return f"{self.table}.{self.id}"

    @property
    def address(self) -> str:
        """Its kind and id, wherever it stands among its kind: ``encoder.triplet``."""
        return f"{self.table.partition('.')[0]}.{self.id}"

    def given(self) -> dict[str, Any]:
        """Return the table as it would be written in a recipe, paths made absolute."""
        own = self.params.model_dump(mode="json", exclude_unset=True)
        return {
            "use": self.plugin.use,
            **self._name,
            **({} if self.layers is True else self._layers),
            **self._reads,
            **own,
        }

    def with_values(self, values: Mapping[str, Any], folder: Path) -> Entry:
        """Return the entry with other values of some keys; paths are relative to a folder.

        Raises
        ------
        InputError
            Where a value is not one that its key can have.
        """
        if not values:
            return self
        own = {**self.params.model_dump(mode="json", exclude_unset=True), **values}
        params = validated(type(self.params), own, place=self.table, file=None, folder=folder)
        return replace(self, params=params)

    def moved_with(self, folder: Path) -> Entry:
        """Return the entry with the paths that files have by now which were moved together with a folder."""
        missing = {
            key: path
            for key, path in self.params.model_dump(mode="json", exclude_unset=True).items()
            if isinstance(path, str) and os.path.isabs(path) and not os.path.lexists(path)
        }
        return self.with_values({k: _moved_with(p, folder) for k, p in missing.items()}, folder)

    def paths(self) -> Iterator[str]:
        """Yield what the parameters name of files, folders and patterns of files."""
        for value in self.params.model_dump(mode="json").values():
            if isinstance(value, str) and os.path.isabs(value):
                yield value

    def full(self) -> dict[str, Any]:
        """Return the table with every default filled in."""
        layers = self._layers if self.table.startswith("clusterer.") else {}
        return {
            "use": self.plugin.qualified,
            **self._name,
            **layers,
            **self._reads,
            **self.values(),
        }

    def values(self) -> dict[str, Any]:
        """Return every parameter as JSON values, phases with what they take from the table."""
        params = self.params
        if isinstance(params, TrainedParams) and params.phase:
            params = params.model_copy(update={"phase": params.phases})
        return params.model_dump(mode="json")

    @property
    def _layers(self) -> dict[str, Any]:
        return {"layers": self.layers if isinstance(self.layers, bool) else [*self.layers]}

    @property
    def _reads(self) -> dict[str, str]:
        return {} if self.reads is None else {"reads": self.reads}

    @property
    def _name(self) -> dict[str, str]:
        # Where a kind stands once, an ``id`` is the plugin's own: the column of a data set's row ids.
        return {} if self.table in SINGLE else {"id": self.id}


@dataclass(frozen=True)
class Link:
    """An encoder in its place in the chain.

    Parameters
    ----------
    entry
        The encoder.
    below
        The positions of the encoders whose embeddings come in, next to one another; none for the first
        of a branch.
    reads
        The part of each row that its branch reads; None for the first.
    """

    entry: Entry
    below: tuple[int, ...]
    reads: Part | None


def before_neighbors(links: Sequence[Link]) -> int | None:
    """Return the encoder below the first that keeps neighbours alone, of those that lead to the last.

    None where no encoder does, or nothing is below it.
    """
    at, found = len(links) - 1, None
    while len(links[at].below) == 1:
        if links[at].entry.spec(EncoderSpec).keeps == "neighbors":
            found = links[at].below[0]
        at = links[at].below[0]
    return found


def places_by_neighbors(links: Sequence[Link]) -> bool:
    """Tell whether an encoder that leads to the last keeps neighbours alone."""
    at = len(links) - 1
    while links[at].entry.spec(EncoderSpec).keeps != "neighbors":
        if len(links[at].below) != 1:
            return False
        at = links[at].below[0]
    return True


def stored_links(links: Sequence[Link]) -> frozenset[int]:
    """Return the encoders whose embeddings a run stores however cheap they are to make again.

    They are the last, and the one by whose embedding later rows are compared with those of the run.
    """
    before = before_neighbors(links)
    return frozenset({len(links) - 1} | (set() if before is None else {before}))


@dataclass(frozen=True)
class Projection:
    """The encoder of the 2-D map, how many rows it shows, and how many of train it is fitted on."""

    entry: Entry
    rows: int
    fit_rows: int


@dataclass(frozen=True)
class Recipe:
    """A validated recipe: every name resolved, every parameter checked.

    ``metrics`` is empty where the recipe names none: then all that apply are computed. Without a
    ``namer``, clusters go by number.
    """

    file: str | None
    name: str
    description: str
    seed: int
    dataset: Entry
    encoders: tuple[Entry, ...]
    clusterers: tuple[Entry, ...]
    metrics: tuple[Entry, ...]
    namer: Entry | None
    projection: Projection | None
    compute: Compute
    evaluation: Evaluation
    profile: Profile
    figures: bool = True
    search: Search | None = None
    seeds: int = 1
    baselines: bool = False

    @property
    def links(self) -> tuple[Link, ...]:
        """The encoders, and which takes the output of which."""
        links: list[Link] = []
        ends: list[int] = []
        for number, entry in enumerate(self.encoders):
            if entry.spec(EncoderSpec).joins:
                links.append(Link(entry, tuple(ends), None))
                ends = []
            elif not number or entry.reads is not None:
                links.append(Link(entry, (), entry.reads))
            else:
                links.append(Link(entry, (ends.pop(),), links[-1].reads))
            ends.append(number)
        return tuple(links)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every plugin entry, in the order of the pipeline."""
        single = (self.namer, self.projection.entry if self.projection else None)
        rest = (entry for entry in single if entry)
        return (self.dataset, *self.encoders, *self.clusterers, *self.metrics, *rest)

    def clusterer(self, name: str | None) -> Entry:
        """Return the clusterer with an id; default: the first.

        Raises
        ------
        InputError
            Where there is none.
        """
        if name is None:
            return self.clusterers[0]
        entries = {entry.id: entry for entry in self.clusterers}
        if name not in entries:
            raise InputError(
                f"the recipe has no clusterer {name!r}",
                remedy=nearest(str(name), entries),
                file=self.file,
            )
        return entries[name]

    def by_dependence(self) -> Iterator[Entry]:
        """Yield the clusterers, each after those that it works on."""
        yielded: set[str] = set()
        waiting = list(self.clusterers)
        while waiting:
            ready = next(entry for entry in waiting if yielded.issuperset(bases(entry)))
            yield ready
            yielded.add(ready.id)
            waiting.remove(ready)

    def can_predict(self, entry: Entry) -> bool:
        """Tell whether a clusterer, and those that it works on, can label rows it has not seen."""
        if entry.spec(ClustererSpec).predicts == "none":
            return False
        return all(self.can_predict(self.clusterer(name)) for name in bases(entry))

    def given(self) -> dict[str, Any]:
        """Return the recipe as tables that can be run again from any folder."""
        own = {
            name: part.model_dump(mode="json", exclude_unset=True)
            for name, part in self._fixed.items()
        }
        return self._tables(Entry.given, own)

    def full(self) -> dict[str, Any]:
        """Return the recipe with every default filled in."""
        own = {name: part.model_dump(mode="json") for name, part in self._fixed.items()}
        return self._tables(Entry.full, own)

    @property
    def _fixed(self) -> dict[str, Params]:
        """The tables that name no plugin."""
        return {
            "evaluation": self.evaluation,
            "profile": self.profile,
            "compute": self.compute,
        }

    def _tables(self, table: Any, fixed: dict[str, dict[str, Any]]) -> dict[str, Any]:
        tables: dict[str, Any] = {"name": self.name, "seed": self.seed}
        if self.description:
            tables["description"] = self.description
        if self.seeds > 1:
            tables["seeds"] = self.seeds
        if self.baselines:
            tables["baselines"] = True
        tables |= {name: own for name, own in fixed.items() if own}
        tables |= {
            "dataset": table(self.dataset),
            "encoder": [table(entry) for entry in self.encoders],
            "clusterer": [table(entry) for entry in self.clusterers if entry.table != EDITS],
        }
        for entry in self.clusterers:
            if entry.table == EDITS:
                tables[EDITS] = entry.values()[EDITS]
        if self.metrics:
            tables["metric"] = [table(entry) for entry in self.metrics]
        tables["namer"] = table(self.namer) if self.namer else {"use": NONE}
        projection: Any = NONE
        if self.projection:
            projection = {**table(self.projection.entry), "rows": self.projection.rows}
            projection["fit_rows"] = self.projection.fit_rows
        tables["report"] = {"projection": projection}
        if self.figures:
            tables["report"]["figures"] = True
        written: dict[str, Any] = _without_none(tables)
        return written


def _moved_with(path: str, folder: Path) -> str:
    """Return where a path lies from a folder or one above it; itself where it is nowhere there."""
    ends = ("/".join(Path(path).parts[start:]) for start in range(1, len(Path(path).parts)))
    near = (above / end for end in ends for above in folder.absolute().parents)
    return next((str(found) for found in near if found.exists()), path)


def bases(entry: Entry) -> tuple[str, ...]:
    """Return the ids of the clusterers that a clusterer works on; mostly none."""
    return entry.params.of if isinstance(entry.params, DerivedParams) else ()


def _without_none(value: Any) -> Any:
    """Drop keys without a value: TOML has no null."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
