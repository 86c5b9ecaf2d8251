"""X as items, and fitting: the stages of a run on rows in memory, in a folder that is thrown away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import validate_data

from clusterforge.contracts import (
    Column,
    Corpus,
    Dataset,
    FloatArray,
    IntArray,
    Items,
    State,
    Table,
)
from clusterforge.errors import InputError
from clusterforge.formats import are, count
from clusterforge.models import Model, RowFormat, compute
from clusterforge.models.classes import with_classes
from clusterforge.models.frames import arrow, as_table, frame_of, is_gap, is_series, plainly_typed
from clusterforge.models.guard import calling
from clusterforge.models.row_format import content_of, format_of, unmasked
from clusterforge.models.rows import as_items
from clusterforge.models.usable_rows import Answers
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.data import Data, check_items
from clusterforge.pipeline.encode import chain_of
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.on_cluster import cluster_of
from clusterforge.pipeline.records import data_record
from clusterforge.pipeline.stages import Session
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import PREFIX, Registry
from clusterforge.storage.cache import Cache
from clusterforge.tables import described

if TYPE_CHECKING:
    import pandas as pd

LEAST = 2  # a clustering of one row says nothing
Done = tuple[Model, IntArray, FloatArray, list[str]]


@dataclass(frozen=True)
class FitRows:
    """The rows that ``fit`` is given.

    Parameters
    ----------
    corpus
        Those that can be used.
    form
        What they look like.
    count
        How many there are with those that are left out.
    of_dataset
        Whether the data set of the recipe has read them.
    """

    corpus: Corpus
    form: RowFormat
    count: int
    of_dataset: bool = False

    def of_all(self, values: Answers, missing: float) -> Answers:
        """Return values of the rows that are used as values of all: copies have those of their originals."""
        every = np.full((self.count, *values.shape[1:]), missing, values.dtype)
        every[self.corpus.positions["train"]] = values
        for some in self.corpus.left_out:
            if some.same_as is not None:
                every[some.positions] = every[some.same_as]
        return every  # type: ignore[return-value]


def are_texts(X: Any) -> bool:
    """Tell whether rows are texts and nothing else, some perhaps missing."""
    if isinstance(X, Items):
        return False
    if is_series(X) or (isinstance(X, np.ndarray) and X.ndim == 1):
        return bool(X.dtype.kind in "OUT")
    return isinstance(X, list | tuple) and all(is_gap(one) or isinstance(one, str) for one in X)


def frame_of_texts(X: Any, dataset: Entry) -> pd.DataFrame | None:
    """Return texts as the column that a data set has for them; None where that has not one such column."""
    import pandas as pd

    column = dataset.params.model_dump().get("text")
    names = [column] if isinstance(column, str) else [*(column or ())]
    return pd.DataFrame({names[0]: list(X)}) if len(names) == 1 else None


def dataset_of(recipe: Recipe) -> Dataset[Any]:
    """Return the data set of a recipe.

    Raises
    ------
    ClusterforgeError
        Where its code can't be imported.
    """
    with calling(recipe.dataset, recipe.file):
        dataset: Dataset[Any] = recipe.dataset.build()
        return dataset


def rows_of_frame(
    estimator: Any, recipe: Recipe, dataset: Dataset[Any], frame: pd.DataFrame
) -> FitRows | None:
    """Return the rows of a data frame as the data set of the recipe reads its own.

    Parameters
    ----------
    estimator
        Learns the names of the columns that are features.
    recipe, dataset
        The recipe, and its data set.
    frame
        The rows.

    Returns
    -------
    FitRows or None
        None where the data set does not say what columns hold.

    Raises
    ------
    InputError
        Where a column is not there or holds what can't be used, or rows are too few.
    """
    entry = recipe.dataset
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    with calling(entry, recipe.file):
        corpus = dataset.read_table(as_table(frame, (), dataset.read_values))
    if corpus is None:
        return None
    if len(corpus.train) < LEAST:
        raise _too_few(len(corpus.train))
    form = RowFormat.of(data_record(Data.of(corpus)))
    if form.content == "table":
        used = list(dict.fromkeys(column.source for column in form.features))
        validate_data(estimator, frame[used], reset=True, skip_check_array=True)
    return FitRows(corpus, form, len(frame), of_dataset=True)


def fit(
    recipe: Recipe,
    registry: Registry,
    clusterer: Entry,
    rows: FitRows,
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
    rows
        The rows.
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
    items = rows.corpus.train.items
    check_items(recipe, items)
    data = Data.of(_labelled(rows, y))

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
        fitted = {stage.entry.address: stage.fitted() for stage in chain}
        labels, embedding = final.labels("train"), chain[-1].embedding("train")
        last = final.fitted()
    assert labels is not None
    model = Model(
        replace(recipe, clusterers=(clusterer,)),
        registry,
        rows.form.model_copy(update={"shape": items.shape}),
        data.classes,
        no_state,
        fitted={**fitted, clusterer.address: last},
        dataset=recipe.dataset if rows.of_dataset else None,
    )
    said = [*rows.corpus.remarks, *session.warnings]
    return model, rows.of_all(labels, -1), rows.of_all(embedding, np.nan), said


def _labelled(rows: FitRows, y: Any) -> Corpus:
    """Return the corpus with the classes of ``y``, those of its own where there is none."""
    if y is None:
        return rows.corpus
    values = np.asarray(y)
    if values.shape != (rows.count,):
        raise InputError(f"y has shape {values.shape}, there are {rows.count:,} rows")
    split = rows.corpus.train.unlabelled()
    if values.dtype.kind == "f":  # measurements are no classes
        return replace(rows.corpus, splits={"train": split}, label_names=())
    values = values[rows.corpus.positions["train"]]
    unknown = values == -1 if values.dtype.kind in "iO" else np.zeros(len(values), dtype=bool)
    names, numbers = np.unique(values[~unknown].astype(str), return_inverse=True)
    labels = np.full(len(values), -1, dtype=np.int64)
    labels[~unknown] = numbers
    split = replace(split, labels=labels)
    return replace(rows.corpus, splits={"train": split}, label_names=tuple(names.tolist()))


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
    if (frame := frame_of(X)) is not None:
        X = frame
        kinds = {type(name).__name__: name for name in frame.columns}
        if len(kinds) > 1 and "str" in kinds:
            listed = " and ".join(f"{name!r:.40}" for name in kinds.values())
            raise InputError(
                f"names of columns are of several kinds: {listed}",
                remedy="make all of them texts: frame.columns = frame.columns.astype(str)",
            )
        if all(isinstance(name, str) for name in frame.columns):
            X = plainly_typed(frame)
    if form.features or (fitting and _of_several_kinds(X)):
        validate_data(estimator, X, reset=fitting, skip_check_array=True)
        if fitting:
            form = form.model_copy(update={"features": _features(X)})
        return as_items(X, form), form
    try:
        table = validate_data(
            estimator,
            X,
            reset=fitting,
            dtype=[np.float64, np.float32],
            order="C",
            ensure_all_finite="allow-nan" if gaps else True,
            ensure_min_samples=LEAST if fitting else 1,
        )
    except ValueError as error:
        if "contains NaN" in str(error):
            raise InputError(
                "the table contains NaN, and no encoder of the recipe takes gaps",
                remedy="fill them in (sklearn.impute.SimpleImputer), or use the encoder table",
            ) from None
        if "could not convert string to float" not in str(error):
            raise
        raise InputError(
            f"the rows are not all numbers ({error})",
            remedy="give columns of several kinds as a data frame, and texts as a list of texts",
        ) from None
    return Table(table.astype(table.dtype.newbyteorder("="), copy=False)), form


def _too_few(rows: int) -> InputError:
    problem = f"{count(rows, 'row')} {are(rows)} too few"
    return InputError(problem, remedy=f"give at least {LEAST}")


def _of_several_kinds(X: Any) -> bool:
    """Return whether rows are a data frame whose columns are not all numbers."""
    frame = frame_of(X)
    return frame is not None and any(dtype.kind not in "biuf" for dtype in frame.dtypes)


def _features(X: Any) -> tuple[Column, ...]:
    frame = frame_of(X)
    assert frame is not None
    if len(frame) < LEAST:
        raise _too_few(len(frame))
    table = arrow(frame)
    found = described(table, table.column_names)
    for name, why in found.left_out.items():
        raise InputError(
            f"column {name!r:.60} can't be a feature: {why.reason}",
            remedy="drop it from the data frame, make it a pandas Categorical, or give the recipe a "
            "[dataset] that says what its columns are (features, drop, types, text)",
        )
    return found.columns
