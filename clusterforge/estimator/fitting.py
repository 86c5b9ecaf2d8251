"""X as items, and fitting: the stages of a run on rows in memory, in a folder that is thrown away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from clusterforge.contracts import Column, Corpus, FloatArray, IntArray, Items, Split, State, Table
from clusterforge.errors import InputError
from clusterforge.models import Model, RowFormat, compute
from clusterforge.models.classes import with_classes
from clusterforge.models.frames import arrow, frame_of
from clusterforge.models.model import part
from clusterforge.models.row_format import content_of, format_of, unmasked
from clusterforge.models.rows import as_items
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data, check_items
from clusterforge.pipeline.encode import chain_of
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.on_cluster import cluster_of
from clusterforge.pipeline.stages import Session
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import PREFIX, Registry
from clusterforge.storage.cache import Cache
from clusterforge.tables import described

LEAST = 2  # a clustering of one row says nothing
Done = tuple[Model, IntArray, FloatArray, list[str]]


def fit(
    recipe: Recipe,
    registry: Registry,
    clusterer: Entry,
    items: Items,
    form: RowFormat,
    y: Any,
    folder: Path,
    *,
    cache: bool,
) -> Done:
    """Fit the encoders and the clusterer.

    Parameters
    ----------
    recipe, registry, clusterer
        What to fit.
    items, form
        The rows, and what they look like.
    y
        A class for each row, or None; -1 is a row whose class is not known.
    folder
        Where the stages leave their files.
    cache
        Whether finished stages are shared.

    Returns
    -------
    model, labels, embedding, warnings
        Labels int64 (n,), embedding float32 (n, d).
    """
    check_items(recipe, items)
    data = Data.of(_corpus(items, y))

    def known(entry: Entry) -> Entry:
        try:
            return with_classes(entry, data.classes, recipe.file)[0]
        except InputError as error:
            raise InputError(
                error.problem, key=error.key, remedy=_wanted(y), file=error.file
            ) from None

    resources = compute.choose(recipe.compute, recipe.file)
    # An object of this session may know how to go on where its stored state does not.
    own = [*recipe.encoders, clusterer]
    shared = cache and not any(entry.plugin.use.startswith(PREFIX) for entry in own)
    session = Session(
        folder,
        Cache() if shared else None,
        Observer(),
        registry,
        resources,
        recipe.seed,
        recipe.file,
    )
    with compute.using(resources), cluster_of(recipe.compute, resources) as session.cluster:
        chain = chain_of(recipe.links, data, session, known)
        for stage in chain:
            if stage.labels and data.classes is None:
                raise InputError(
                    "it trains on labels, but there are none",
                    key=stage.entry.table,
                    remedy=_wanted(y),
                    file=recipe.file,
                )
        final = ClustererStage(known(clusterer), chain[-1], session, {})
        for stage in chain:
            stage.run()
        final.run()
        fitted = {part(stage.entry): stage.fitted() for stage in chain}
        labels, embedding = final.labels("train"), chain[-1].embedding("train")
        last = final.fitted()
    assert labels is not None
    model = Model(
        replace(recipe, clusterers=(clusterer,)),
        registry,
        form.model_copy(update={"shape": items.shape}),
        data.classes,
        no_state,
        fitted={**fitted, part(clusterer): last},
    )
    return model, labels, embedding, session.warnings


def _corpus(items: Items, y: Any) -> Corpus:
    if y is None:
        return Corpus({"train": Split("train", items)})
    values = np.asarray(y)
    if values.shape != (len(items),):
        raise InputError(f"y has shape {values.shape}, there are {len(items):,} rows")
    if values.dtype.kind == "f":  # measurements are no classes
        return Corpus({"train": Split("train", items)})
    unknown = values == -1 if values.dtype.kind in "iO" else np.zeros(len(values), dtype=bool)
    names, numbers = np.unique(values[~unknown].astype(str), return_inverse=True)
    labels = np.full(len(values), -1, dtype=np.int64)
    labels[~unknown] = numbers
    return Corpus({"train": Split("train", items, labels)}, tuple(names.tolist()))


def _wanted(y: Any) -> str:
    given = "" if y is None else f"; here it is {np.asarray(y).dtype}"
    return f"give fit a y of integers or strings{given}"


def no_state(entry: Entry) -> State:
    """Refuse: all parts are at hand."""
    raise KeyError(entry.stage)


def items_of(
    estimator: Any, X: Any, form: RowFormat | None = None, *, gaps: bool = False
) -> tuple[Items, RowFormat]:
    """Return rows as items, and what they look like.

    Parameters
    ----------
    estimator
        Learns the number and the names of a table's columns in ``fit``, and checks them afterwards.
    X
        Texts, images, Items, a data frame with any columns, or whatever scikit-learn takes for a table of
        numbers.
    form
        What the rows of ``fit`` looked like; None: this is ``fit``.
    gaps
        Whether a table may hold NaN.

    Raises
    ------
    InputError
        Where a column of a data frame is no feature.
    ValueError
        As scikit-learn raises it.
    """
    fitting, X = form is None, unmasked(X)
    form = form or format_of(X)
    content = content_of(X) if form.content == "table" else form.content
    if isinstance(X, Items) or content != "table":
        return as_items(X, form), form
    if form.features or (fitting and _of_several_kinds(X)):
        validate_data(estimator, X, reset=fitting, skip_check_array=True)
        if fitting:
            form = form.model_copy(update={"features": _features(X)})
        return as_items(X, form), form
    table = validate_data(
        estimator,
        X,
        reset=fitting,
        dtype=[np.float64, np.float32],
        order="C",
        ensure_all_finite="allow-nan" if gaps else True,
        ensure_min_samples=LEAST if fitting else 1,
    )
    return Table(table), form


def _of_several_kinds(X: Any) -> bool:
    """Return whether rows are a data frame whose columns are not all numbers."""
    frame = frame_of(X)
    return frame is not None and any(dtype.kind not in "biuf" for dtype in frame.dtypes)


def _features(X: Any) -> tuple[Column, ...]:
    frame = frame_of(X)
    assert frame is not None
    if len(frame) < LEAST:
        raise InputError(f"{len(frame)} rows are too few", remedy=f"give at least {LEAST}")
    table = arrow(frame)
    found = described(table, table.column_names)
    for name, why in found.left_out.items():
        raise InputError(
            f"column {name!r:.60} can't be a feature: {why.reason}",
            remedy="drop it from the data frame, or make it a pandas Categorical",
        )
    return found.columns
