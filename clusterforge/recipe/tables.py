"""The fixed tables of a recipe, as models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, model_validator

from clusterforge.params import Field, LocalPath, Params, Unit
from clusterforge.specs import Part

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

DATASET, NAMER, PROJECTION = "dataset", "namer", "report.projection"
SINGLE = (DATASET, NAMER, PROJECTION)
NONE = "none"
EDITS = "edits"
MOST_TRIALS = 100_000


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


class EncoderTable(PluginTable):
    """A table that names an encoder."""

    reads: Part | None = Field(
        None,
        description="Part of each row that this encoder reads, in place of the embedding before it: a new "
        "branch. An encoder that joins ends all branches.",
    )


class ClustererTable(PluginTable):
    """A table that names a clusterer."""

    layers: Layers = Field(
        True,
        description="Groups of clusters, with their own names: true, if there are more than 12 "
        "clusters, at the most stable cuts of the tree over them; [10, 40]: these "
        "numbers of groups; false: none.",
    )


_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_BYTES = {"MB": 1e6, "GB": 1e9, "TB": 1e12, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40}


def _duration(text: str) -> str:
    return _canonical(text, _SECONDS, 'must be a time: "90s", "10min" or "2h"')


def _memory(text: str) -> str:
    return _canonical(text, _BYTES, 'must be a size: "500MB", "2GB", "1.5GiB"')


def _canonical(text: str, units: Mapping[str, float], problem: str) -> str:
    """Return a number and its unit without spaces, the unit as it is written here."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", text.lower(), re.ASCII)
    unit = {name.lower(): name for name in units}.get(found[2]) if found else None
    if found is None or unit is None or not float(found[1]):
        raise ValueError(problem)
    return found[1] + unit


Duration = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^\s*\d+(\.\d+)?\s*([sS]|[mM][iI][nN]|[hH])\s*$"}),
    AfterValidator(_duration),
]
"""A time: ``90s``, ``10min``, ``2h``."""
Memory = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^\s*\d+(\.\d+)?\s*[mMgGtT][iI]?[bB]\s*$"}),
    AfterValidator(_memory),
]
"""A size: ``500MB``, ``2GB``, ``1.5 GiB``; with spaces and in any case, too."""


def _measure(text: str, units: Mapping[str, float]) -> float:
    number = re.match(r"[\d.]+", text)
    assert number
    return float(number[0]) * units[text[number.end() :]]


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
    engine: Literal["local", "ray"] = Field(
        "local",
        description="ray: encoders that read texts or images and are not trained encode on a Ray "
        "cluster, and trials of a sweep run there.",
    )
    address: str | None = Field(
        None,
        min_length=1,
        description="Of the Ray cluster: auto, host:port; default: one is started here.",
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Blocks of rows, or trials, at the same time on the cluster; default: as many as "
        "it has room for.",
    )

    within: Duration | None = Field(
        None,
        description="Time that the run may take, as it is estimated beforehand: alternatives that cost less "
        "are chosen where they are needed, and each is said.",
    )
    memory: Memory | None = Field(
        None,
        description="Memory that the run may take, in the same way; none: what is free on this machine, and "
        "nothing is chosen.",
    )
    chosen: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Written by the run: what was chosen to stay within time and memory.",
    )

    @property
    def seconds(self) -> float | None:
        """The time that the run may take."""
        return None if self.within is None else _measure(self.within, _SECONDS)

    @property
    def bytes(self) -> float | None:
        """The memory that the run may take."""
        return None if self.memory is None else _measure(self.memory, _BYTES)

    @model_validator(mode="after")
    def _only_with_a_cluster(self) -> Self:
        for key, value in (("address", self.address), ("workers", self.workers)):
            if self.engine == "local" and value is not None:
                raise ValueError(f'{key} is for a cluster: it needs engine = "ray"')
        return self


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


class Budget(Params):
    """The value that ``halving`` makes larger from rung to rung."""

    key: str = Field(min_length=1, description="A number of the recipe: encoder.1.epochs.")
    low: int = Field(ge=1, description="Its value for all trials of the first rung.")
    high: int = Field(ge=2, description="Its value for the trials of the last rung.")
    factor: int = Field(
        3,
        ge=2,
        le=100,
        description="The best 1/factor of the trials of a rung are tried again with a budget that is "
        "factor times as large.",
    )


class Search(Params):
    """What `clusterforge sweep` tries."""

    space: dict[str, Any] = Field(
        description='The values to try, by key: "encoder.1.dim" = [32, 64], or '
        "{low = 1e-4, high = 1e-2, log = true}. A list may also hold whole tables, which may "
        "have such values of their own.",
    )
    method: Literal["grid", "random", "tpe", "halving"] = Field(
        "grid",
        description="grid: all combinations; random; tpe: values near the best so far; halving: many "
        "random ones on a small budget, the best of them on larger ones.",
    )
    trials: int | None = Field(
        None,
        ge=1,
        le=MOST_TRIALS,
        description="Number of trials; default: all combinations of a grid, else 50.",
    )
    within: Duration | None = Field(
        None, description="No trial begins that would not end within this time: 90s, 10min, 2h."
    )
    objective: Annotated[
        str | Annotated[tuple[str, ...], Field(min_length=1, max_length=3)], Field()
    ] = Field(
        "balanced",
        description="What the best trial is best in: an objective, a metric, or a list of up to three "
        "for the trials that none beats in all of them.",
    )
    also: Annotated[tuple[str, ...], Field(strict=False)] | None = Field(
        None,
        description="Objectives that are computed and shown, but do not choose; default: those that "
        "cost next to nothing.",
    )
    clusterer: Name | None = Field(
        None, description="Id of the clusterer that is judged; default: the first."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of the values that are tried.")
    ahead: int = Field(
        8,
        ge=1,
        le=1024,
        description="tpe: how many trials may run at the same time; the next one is chosen by the "
        "results of all trials but these, however many workers there are.",
    )
    budget: Budget | None = Field(None, description="halving: the value that grows.")


class RecipeTables(Params):
    """The top level of a recipe."""

    name: Name | None = Field(None, description="Name of the run's folder; default: the file's.")
    description: str = Field("", description="What the recipe is for; shown in the report.")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of everything random in the run.")
    seeds: int = Field(
        1,
        ge=1,
        le=100,
        description="Fit with so many seeds, from `seed` on: scores get mean, standard deviation and "
        "interval, and the run's own clustering is that of the seed which agrees best with the others.",
    )
    baselines: bool = Field(
        False,
        description="Also cluster without training, into as many clusters, to show what the network "
        "added: the features alone, PCA, TF-IDF for texts, spectral clustering, and those of packages.",
    )
    dataset: SinglePluginTable = Field(description="The data set.")
    encoder: Annotated[tuple[EncoderTable, ...], Field(min_length=1, strict=False)] = Field(
        description="The chain of encoders, first to last; several branches of them are joined."
    )
    clusterer: Annotated[tuple[ClustererTable, ...], Field(min_length=1, strict=False)] = Field(
        description="The clusterers; each clusters the last encoder's embedding."
    )
    metric: Annotated[tuple[PluginTable, ...], Field(strict=False)] = Field(
        (), description="The metrics; none: all that apply."
    )
    namer: SinglePluginTable | None = Field(
        None,
        description='The namer of the clusters; default: words; use = "none": numbers only.',
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
    search: Search | None = Field(
        None, description="What `clusterforge sweep` tries; `clusterforge run` ignores it."
    )
    compute: Compute = Field(Compute(), description="Device, precision and threads.")


class ProjectionRows(Params):
    """The keys of a projection table that are not its plugin's."""

    rows: int = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Rows of the map, a seeded sample of each split.",
        json_schema_extra=Unit("rows"),
    )
    fit_rows: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="Rows of the train split that the projection is fitted on. It places further rows, "
        "or, where it keeps neighbours alone (t-SNE, UMAP), they lie between their nearest fitted rows.",
        json_schema_extra=Unit("rows"),
    )
