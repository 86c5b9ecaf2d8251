"""Profiles of a run: its clusterings against columns of the data that they were not made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from clusterforge.contracts import Corpus, IntArray
from clusterforge.errors import InputError
from clusterforge.explaining.metadata import Unusable, Values, values_of
from clusterforge.models.source_tables import Column, metadata, source_tables
from clusterforge.recipe import Entry, Recipe
from clusterforge.runs import RunFolder
from clusterforge.runs.profiled import Profiled
from clusterforge.runs.records import Profiles
from clusterforge.runs.source_rows import source_rows

KEY, OPTION = "profile.columns", "--columns"
Wanted = tuple[str, ...] | Literal["all"]


def profile_new(
    recipe: Recipe, corpus: Corpus, clusterings: Mapping[str, IntArray]
) -> tuple[Profiles, Profiled] | None:
    """Return the profiles that a recipe asks for; None where it asks for none.

    Parameters
    ----------
    recipe, corpus
        The recipe and its data.
    clusterings
        int64 (n,) for each clusterer, negative for noise and rows that it has not labelled.

    Raises
    ------
    InputError
        Where a column is not there, or the rows are clustered by it.
    """
    wanted = recipe.profile.columns
    if not wanted:
        return None
    tables = source_tables(recipe.dataset, corpus.source, recipe.file)
    if tables is None:
        raise _no_columns(KEY, recipe.file)
    place = source_rows(corpus).row
    clustered = (*corpus.columns, *corpus.feature_names)
    try:
        columns = metadata(tables, place, wanted, clustered, KEY)
    except InputError as error:
        raise error.within(file=recipe.file) from None
    values, skipped = usable(columns)
    return _profiles(values, skipped, clusterings), Profiled.of(values)


def profile_finished(
    folder: RunFolder, dataset: Entry, columns: Wanted, clusterer: str | None = None
) -> Profiles:
    """Return profiles of a finished run, which stays as it is.

    Parameters
    ----------
    folder
        The run.
    dataset
        Its data set, with the place where the data lie now.
    columns
        The columns; all that the run was not clustered by.
    clusterer
        Which one; default: all.

    Raises
    ------
    InputError
        As :func:`profile_new`, and where the data are not what they were.
    """
    data, file = folder.run.data, str(folder.path)
    tables = source_tables(dataset, data.source, file)
    if tables is None:
        raise _no_columns(OPTION, file)
    clustered = (*data.columns, *data.feature_names)
    try:
        found = metadata(tables, folder.source_rows.row, columns, clustered, OPTION)
    except InputError as error:
        raise error.within(file=file) from None
    chosen = folder.clusterer(clusterer) if clusterer is not None else None
    clusterings = folder.assignments.clusters
    return _profiles(*usable(found), {n: c for n, c in clusterings.items() if chosen in (None, n)})


def usable(columns: Mapping[str, Column]) -> tuple[dict[str, Values], dict[str, str]]:
    """Return the values of the columns that can be counted, and why the others can't."""
    values, skipped = {}, {}
    for name, column in columns.items():
        try:
            values[name] = values_of(column.values, untyped=column.untyped)
        except Unusable as reason:
            skipped[name] = str(reason)
    return values, skipped


def _profiles(
    values: Mapping[str, Values], skipped: dict[str, str], clusterings: Mapping[str, IntArray]
) -> Profiles:
    from clusterforge.explaining.profiles import profiles  # and with it scipy.stats: half a second

    return Profiles(
        clusterings={name: profiles(values, labels) for name, labels in clusterings.items()},
        skipped=skipped,
    )


def _no_columns(key: str, file: str | None) -> InputError:
    return InputError("the data have no columns of their own", key=key, file=file)


def column_names(columns: Any) -> Wanted:
    """Return columns as a profile takes them: names, or ``"all"``."""
    if columns == "all":
        return "all"
    return (columns,) if isinstance(columns, str) else tuple(columns)
