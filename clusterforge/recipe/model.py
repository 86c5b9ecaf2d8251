"""The parts of a recipe: the fixed tables as models, plugin tables as entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict

from clusterforge.errors import InputError, nearest
from clusterforge.params import DerivedParams, Field, LocalPath, Params, Unit
from clusterforge.phases import TrainedParams
from clusterforge.recipe.validation import validated
from clusterforge.registry import Plugin
from clusterforge.specs import ClustererSpec, Spec

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def _named(name: str) -> str:
    if not re.fullmatch(_NAME.rstrip("$"), name):
        raise ValueError("must be letters, digits, '.', '_' and '-', a letter or digit first")
    return name


Name = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra={"pattern": _NAME}),
    AfterValidator(_named),
]

S = TypeVar("S", bound=Spec)
DATASET, NAMER, PROJECTION = "dataset", "namer", "report.projection"
SINGLE = (DATASET, NAMER, PROJECTION)
NONE = "none"
DEFAULT_NAMER = "words"
EDITS, EDITED = "edits", "edited"


class SinglePluginTable(Params):
    """A table that names a plugin and stands once; every key but ``use`` is the plugin's own."""

    model_config = ConfigDict(extra="allow")

    use: str = Field(min_length=1, description="Name of the plugin, or distribution:name.")


class PluginTable(SinglePluginTable):
    """A table that names a plugin; every key but ``use`` and ``id`` is the plugin's own."""

    id: Name | None = Field(None, description="Name of this entry; default: the plugin's name.")


Layers = (
    bool | Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1, max_length=5)]
)
"""Whether the tree over clusters is cut by the run, or into how many groups."""


class ClustererTable(PluginTable):
    """A table that names a clusterer."""

    layers: Layers = Field(
        True,
        description="Groups of clusters, with their own names: true, if there are more than 12 "
        "clusters, at the most stable cuts of the tree over them; [10, 40]: these "
        "numbers of groups; false: none.",
    )


class Compute(Params):
    """Where and how the run computes."""

    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="auto (CUDA if available), cpu, cuda, cuda:1.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Precision of matrix products in networks; auto: bfloat16 if the processor has "
        "the instructions.",
    )
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads; default: the number of cores."
    )


def _zero_or(least: int) -> AfterValidator:
    def check(value: int) -> int:
        if 0 < value < least:
            raise ValueError(f"must be 0 or at least {least}")
        return value

    return AfterValidator(check)


def _not_true(value: Any) -> Any:
    if value is True:
        raise ValueError("must be text, a table or false")
    return value


class ReportTable(Params):
    """What the report shows."""

    projection: Annotated[str | bool | dict[str, Any], AfterValidator(_not_true)] = Field(
        "tsne",
        description="Encoder of the 2-D map: a name, a table with use, rows and parameters; "
        '"none" or false: no map.',
    )
    figures: bool = Field(
        False,
        description="Also draw figures for papers as PNG and SVG files. `clusterforge report "
        "--figures` draws them later.",
    )


class Evaluation(Params):
    """How far the scores can be trusted."""

    resamples: Annotated[int, _zero_or(20)] = Field(
        200,
        ge=0,
        le=10_000,
        description="Bootstrap resamples of the rows for each score's interval; 0: no intervals.",
    )
    refits: Annotated[int, _zero_or(2)] = Field(
        5,
        ge=0,
        le=100,
        description="Fits with other seeds, and the same number on resampled rows, for the "
        "stability of each clustering; 0: none.",
    )
    rows: int = Field(
        5000,
        ge=50,
        le=1_000_000,
        description="Maximum number of training rows for these fits.",
        json_schema_extra=Unit("rows"),
    )
    null_draws: Annotated[int, _zero_or(39)] = Field(
        39,
        ge=0,
        le=10_000,
        description="Samples of each kind of noise without clusters that are clustered in the same "
        "way, to show which clusters could be due to chance; at most 2,000 rows each; "
        "0: none.",
    )


class Profile(Params):
    """Columns of the data that the clusters are compared with afterwards."""

    columns: Literal["all"] | tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (),
        description="Columns that are not used for clustering, such as product or month: which of "
        'their values are more or less frequent in each cluster; "all": every other '
        "column.",
    )


class RecipeTables(Params):
    """The top level of a recipe."""

    name: Name | None = Field(None, description="Name of the run's folder; default: the file's.")
    description: str = Field("", description="What the recipe is for; shown in the report.")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of everything random in the run.")
    dataset: SinglePluginTable = Field(description="The data set.")
    encoder: Annotated[tuple[PluginTable, ...], Field(min_length=1, strict=False)] = Field(
        description="The chain of encoders, first to last."
    )
    clusterer: Annotated[tuple[ClustererTable, ...], Field(min_length=1, strict=False)] = Field(
        description="The clusterers; each clusters the last encoder's embedding."
    )
    metric: Annotated[tuple[PluginTable, ...], Field(strict=False)] = Field(
        (), description="The metrics; none: all that apply."
    )
    namer: SinglePluginTable = Field(
        SinglePluginTable(use=DEFAULT_NAMER),
        description='The namer of the clusters; use = "none": numbers only.',
    )
    edits: LocalPath | None = Field(
        None,
        description="File of edits that `clusterforge edit` or the report page wrote: they are "
        "applied to the first clusterer, and the result is listed before it as the "
        "clustering `edited`.",
    )
    evaluation: Evaluation = Field(Evaluation(), description="How far the scores can be trusted.")
    profile: Profile = Field(
        Profile(), description="Columns to compare the clusters with afterwards."
    )
    report: ReportTable = Field(ReportTable(), description="What the report shows.")
    compute: Compute = Field(Compute(), description="Device, precision and threads.")


class ProjectionRows(Params):
    """The keys of a projection table that are not its plugin's."""

    rows: int = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Rows of the map, a seeded sample of the train split.",
        json_schema_extra=Unit("rows"),
    )


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

    def spec(self, kind: type[S]) -> S:
        """Return the plugin's spec, which the recipe's readers know to be of this kind."""
        spec = self.plugin.spec
        assert isinstance(spec, kind)
        return spec

    @property
    def stage(self) -> str:
        """Name of the entry in messages and in the run folder: ``encoder.1.triplet``."""
        return f"{self.table}.{self.id}"

    def given(self) -> dict[str, Any]:
        """Return the table as it would be written in a recipe, paths made absolute."""
        own = self.params.model_dump(mode="json", exclude_unset=True)
        return {
            "use": self.plugin.use,
            **self._name,
            **({} if self.layers is True else self._layers),
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

    def full(self) -> dict[str, Any]:
        """Return the table with every default filled in."""
        layers = self._layers if self.table.startswith("clusterer.") else {}
        return {"use": self.plugin.qualified, **self._name, **layers, **self.values()}

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
    def _name(self) -> dict[str, str]:
        # Where a kind stands once, an ``id`` is the plugin's own: the column of a data set's row ids.
        return {} if self.table in SINGLE else {"id": self.id}


@dataclass(frozen=True)
class Projection:
    """The encoder of the 2-D map and how many rows it shows."""

    entry: Entry
    rows: int


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
        tables["report"] = {"projection": projection}
        if self.figures:
            tables["report"]["figures"] = True
        written: dict[str, Any] = _without_none(tables)
        return written


def bases(entry: Entry) -> tuple[str, ...]:
    """Return the ids of the clusterers that a clusterer works on; mostly none."""
    return entry.params.of if isinstance(entry.params, DerivedParams) else ()


def _without_none(value: Any) -> Any:
    """Drop keys without a value: TOML has no null."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
