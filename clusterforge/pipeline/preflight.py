"""What ``run`` would refuse, as far as specs and the data set's ``peek`` tell it: nothing is loaded."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from clusterforge.contracts import Peek
from clusterforge.errors import EnvironmentProblem, InputError, nearest
from clusterforge.formats import count
from clusterforge.hub.lookup import places, without_hub
from clusterforge.models.build import parts, uses_labels
from clusterforge.models.classes import with_classes
from clusterforge.models.compute import choose
from clusterforge.models.guard import calling
from clusterforge.params import CountsClusters, Params, named
from clusterforge.phases import LossUse
from clusterforge.pipeline.data import check_content
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import PREFIX, Registry
from clusterforge.registry.distributions import missing_requirements


def check_paths(recipe: Recipe) -> None:
    """Check that the files and folders that parameters name are there.

    What a data set names is for its ``peek`` to check: it may be a pattern.

    Raises
    ------
    InputError
        For the first that is not.
    """
    for entry in recipe.entries:
        for key, value, mark, _ in named(entry.params):
            local = mark.what == "path" or value.startswith((".", "~", "/"))
            if entry is not recipe.dataset and local and not Path(value).expanduser().exists():
                raise InputError(
                    f"{value} does not exist", key=f"{entry.table}.{key}", file=recipe.file
                )


def absent_models(recipe: Recipe) -> Iterator[str]:
    """Say which models are nowhere on this machine, so that a run asks the Hub for them."""
    for entry in recipe.encoders:
        for key, value, what, revision in named(entry.params):
            if what.what == "model" and not any(places(value, revision, "model")):
                hint = without_hub(value).removesuffix("; else ")
                yield (
                    f"{entry.table}.{key}: {value} is in no mirror and no cache: a run asks the Hub"
                    f"{f' ({hint})' if hint else ''}"
                )


def check_packages(recipe: Recipe) -> None:
    """Check that what the packages of a recipe's plugins require is installed.

    Raises
    ------
    EnvironmentProblem
        For the first that is not.
    """
    for entry in recipe.entries:
        package = entry.plugin.distribution
        if not package.ours and (missing := missing_requirements(package.name)):
            command = shlex.join(["pip", "install", *(name.partition(" ")[0] for name in missing)])
            raise EnvironmentProblem(
                f"{entry.table}: {package} requires {' and '.join(missing)}, which is not "
                f"installed; {command}"
            )


def check_targets(recipe: Recipe, registry: Registry) -> None:
    """Import the classes of the recipe's plugins that are not ours, as a run does.

    Raises
    ------
    PluginError
        Where one can't be imported, or does not write what its spec promises.
    """
    for entry in recipe.entries:
        for plugin in (entry.plugin, *parts(entry, registry)):
            if not plugin.distribution.ours and not plugin.use.startswith(PREFIX):
                plugin.load()


def check_device(recipe: Recipe) -> None:
    """Check that a CUDA device that the recipe names is there.

    Raises
    ------
    InputError
        Where it is not.
    """
    if recipe.compute.device.startswith("cuda"):  # torch takes seconds to import
        choose(recipe.compute, recipe.file)


def peeked(recipe: Recipe) -> Peek | None:
    """Return what a look at the data tells without loading them; None where they are not here.

    Raises
    ------
    InputError
        Where they can't be what the recipe says.
    """
    entry = recipe.dataset
    with calling(entry, recipe.file):
        peek: Peek | None = entry.build().peek()
    return peek


def check_data(recipe: Recipe, registry: Registry, peek: Peek) -> None:
    """Check a recipe against what is known of its data.

    Raises
    ------
    InputError
        Where the first encoder does not take such rows, labels are needed and there are none, or
        there are fewer rows than clusters.
    """
    if peek.content:
        check_content(recipe, "embedding" if peek.embedded else peek.content, peek.features)
    for column in (
        recipe.profile.columns if peek.columns and recipe.profile.columns != "all" else ()
    ):
        if column not in (peek.columns or ()):
            raise InputError(
                f"the data have no column {column!r}",
                key="profile.columns",
                remedy=nearest(column, peek.columns or ()),
                file=recipe.file,
            )
    for entry in (*recipe.encoders, *recipe.clusterers):
        if peek.labelled is False:
            if uses_labels(entry, registry):
                raise no_labels(entry, recipe.file)
            with_classes(entry, None, recipe.file)
    check_peeked_counts(recipe, peek)


def check_peeked_counts(recipe: Recipe, peek: Peek) -> None:
    """Check that there are as many train rows as clusters, as far as a look at the data tells.

    Raises
    ------
    InputError
        Where there are fewer.
    """
    if (train := peek.rows.get("train")) is not None:
        check_counts(recipe, train)
    elif (most := peek.most.get("train")) is not None:
        check_counts(recipe, most, "at most ")


def check_counts(recipe: Recipe, rows: int, bound: str = "") -> None:
    """Check that there are as many train rows as clusters.

    Parameters
    ----------
    recipe
        The recipe.
    rows
        The train rows.
    bound
        What stands before that number where it is none of all that are used.

    Raises
    ------
    InputError
        Where there are fewer.
    """
    for entry in (*recipe.encoders, *recipe.clusterers):
        for key, wanted in _counts(entry.params, entry.table):
            if isinstance(wanted, int) and wanted > rows:
                raise InputError(
                    f"is {wanted:,}, but the train split has {bound}{count(rows, 'row')}",
                    key=key,
                    remedy="ask for fewer clusters",
                    file=recipe.file,
                )


def no_labels(entry: Entry, file: str | None) -> InputError:
    """Return what to raise where a stage trains on labels that the data set has not."""
    return InputError(
        "it trains on labels, but the data set has none",
        key=entry.table,
        remedy='name the column of labels (dataset.label), or use pairs = "neighbors"',
        file=file,
    )


def _counts(params: Params, place: str) -> Iterator[tuple[str, int | str | None]]:
    if isinstance(params, CountsClusters):
        yield f"{place}.n_clusters", params.n_clusters
    for part in _parts(params):
        if isinstance(part, LossUse) and "n_clusters" in part.own:
            yield f"{place}.{part.use}.n_clusters", part.own["n_clusters"]


def _parts(value: object) -> Iterator[Params]:
    """Yield the tables below parameters."""
    below = (
        value
        if isinstance(value, tuple)
        else dict(value).values()
        if isinstance(value, Params)
        else ()
    )
    for part in below:
        if isinstance(part, Params):
            yield part
        yield from _parts(part)
