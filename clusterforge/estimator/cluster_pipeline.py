"""``ClusterPipeline``: a recipe as a scikit-learn estimator."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import numpy as np
import tomli_w
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted

from clusterforge.contracts import Corpus, FloatArray, IntArray, Points, Split
from clusterforge.errors import ClusterforgeError, InputError, RecipeError, unwritable
from clusterforge.estimator.fitting import (
    FitRows,
    are_texts,
    dataset_of,
    fit,
    frame_of_texts,
    items_of,
    rows_of_frame,
)
from clusterforge.estimator.overrides import as_lines, leaves
from clusterforge.models import Model, RowFormat
from clusterforge.models.frames import framed, is_frame
from clusterforge.models.model import PlainModel
from clusterforge.models.usable_rows import NO_EMBEDDING, NO_LABEL, UsableRows
from clusterforge.numerics.contingency import accuracy, contingency
from clusterforge.numerics.silhouette import silhouette_samples
from clusterforge.params import ARRAY, named
from clusterforge.pipeline.api import importing
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Named
from clusterforge.runs.manifest import is_complete, read_manifest, write_manifest
from clusterforge.runs.records import Record
from clusterforge.specs import EncoderSpec
from clusterforge.storage.atomic import write_array
from clusterforge.storage.states import read_state, write_state

ROWS = {"use": "python:clusterforge.estimator.no_dataset:NoDataset"}
ABSENT = "absent"  # what is saved in place of a path: the data are not read again
SAVED, LABELS, EMBEDDING, STATES = "pipeline.json", "labels.npy", "embedding.npy", "states"


class Saved(Record):
    """What ``save`` writes besides states and arrays: the recipe as TOML, with one clusterer."""

    recipe: str
    form: RowFormat
    classes: int | None
    n_features: int | None
    feature_names: tuple[str, ...] | None
    warnings: tuple[str, ...]
    of_dataset: bool


class EstimatorError(InputError, ValueError):
    """A user's error as scikit-learn raises it: a ValueError."""


class ClusterPipeline(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """The encoders of a recipe and one of its clusterers, on rows that are given to ``fit``.

    The recipe's metrics and report play no part; its data set says what the columns of a data frame are
    (``text``, ``features``, ``drop``, ``types``, ``label``, ``id``), how values are written, how texts are
    cleaned and what becomes of gaps. All rows are used: no sample or split is drawn. Nothing is left on
    disk, and finished stages are shared with runs only where ``cache`` asks for it.

    Parameters
    ----------
    recipe : str, Path or dict
        A TOML file, or its content; a data set is not needed, and of one that is there the files are not
        read. Where its plugin is not to be had, rows are taken as they are, and ``warnings_`` says so.
    clusterer : str, optional
        The id of the clusterer; default: the recipe's first.
    overrides : dict, optional
        Values in place of the recipe's: ``{"encoder.0.dim": 2}``.
    seed : int, optional
        Seed in place of the recipe's.
    cache : bool, default False
        Whether finished stages are taken from the cache and kept in it.
    trust_python : bool, default True
        Whether what the recipe names as ``python:module:Class`` may be imported. Your own recipe is
        trusted; of one that was loaded, ``load`` decides, and clones and copies keep to that.

    Attributes
    ----------
    labels_ : ndarray of shape (n,), int64
        Cluster of each row given to ``fit``; -1 for noise, and for rows that the data set leaves out
        (``missing = "drop"``). Copies that it leaves out have the cluster of their originals.
    embedding_ : ndarray of shape (n, d), float32
        Their embedding; nan for rows that are left out.
    n_features_in_ : int
        Columns of a table.
    feature_names_in_ : ndarray of str
        Their names, where they had some.
    warnings_ : list of str
        What data set, encoders and clusterer noticed.

    Examples
    --------
    >>> recipe = {"encoder": [{"use": "scale"}], "clusterer": [{"use": "kmeans", "n_clusters": 2}]}
    >>> ClusterPipeline.from_recipe(recipe).fit_predict([[0.0], [0.1], [9.0], [9.1]])
    array([...])
    """

    def __init__(
        self,
        recipe: str | Path | Mapping[str, Any] | None = None,
        *,
        clusterer: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        seed: int | None = None,
        cache: bool = False,
        trust_python: bool = True,
    ) -> None:
        self.recipe = recipe
        self.clusterer = clusterer
        self.overrides = overrides
        self.seed = seed
        self.cache = cache
        self.trust_python = trust_python

    @classmethod
    def from_recipe(
        cls,
        recipe: str | Path | Mapping[str, Any],
        clusterer: str | None = None,
        *,
        seed: int | None = None,
        cache: bool = False,
        **overrides: Any,
    ) -> ClusterPipeline:
        """Return an estimator for a recipe; the recipe is read by ``fit``.

        Parameters
        ----------
        recipe, clusterer, seed, cache
            As for the class.
        overrides
            Values in place of the recipe's, with ``__`` for a dot: ``encoder__0__dim=2``.
        """
        changes = {key.replace("__", "."): value for key, value in overrides.items()}
        return cls(recipe, clusterer=clusterer, overrides=changes or None, seed=seed, cache=cache)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; ``deep`` adds the values of the recipe: ``encoder__1__dim``."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep and isinstance(self.recipe, str | Path | Mapping):
            try:
                params |= dict(leaves(read(self.recipe).data))
            except ClusterforgeError:  # fit says what is wrong with it
                return params
            if isinstance(self.overrides, Mapping):  # else fit says what is wrong with them
                params |= {key.replace(".", "__"): v for key, v in self.overrides.items()}
        return params

    def set_params(self, **params: Any) -> ClusterPipeline:
        """Set parameters, or with ``__`` for a dot values of the recipe: ``encoder__1__dim=4``."""
        values = {key.replace("__", "."): value for key, value in params.items() if "__" in key}
        super().set_params(**{key: value for key, value in params.items() if "__" not in key})
        if values:
            self.overrides = {**(self.overrides or {}), **values}
        return self

    def fit(self, X: Any, y: Any = None) -> ClusterPipeline:
        """Fit the encoders, and cluster what they make of the rows.

        Parameters
        ----------
        X : array of shape (n, d), DataFrame, list of dicts, list of str, images (an array uint8
            (n, h, w[, c]), or a list of paths, PIL images and arrays of one size), or Items
            The rows.
        y : array of shape (n,), optional
            Classes, integers or strings; -1 is a row whose class is not known; default: the column that
            the recipe's data set calls ``label``, if the data frame has it. Read only where the recipe
            trains on labels or asks for ``"classes"``.

        Raises
        ------
        EstimatorError
            Where the recipe, or what it asks of these rows, is wrong.
        """
        with _as_value_error():
            X = framed(X)
            recipe, registry, rows, remarks = self._rows_of_dataset(X)
            entry = recipe.clusterer(self.clusterer)
        with _as_value_error():
            if rows is None:
                items, form = items_of(self, X, gaps=_takes_gaps(recipe))
                corpus = Corpus({"train": Split("train", items)}, remarks=remarks)
                rows = FitRows(corpus, form, len(items))
        with _as_value_error(), TemporaryDirectory(prefix="clusterforge-") as folder:
            done = fit(recipe, registry, entry, rows, y, Path(folder), cache=self.cache)
        self._model, self.labels_, self.embedding_, self.warnings_ = done
        self._n_features_out = self.embedding_.shape[1]
        return self

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> FloatArray:
        """Fit, and return the embedding of the same rows: float32 (n, d)."""
        return self.fit(X, y).embedding_

    def transform(self, X: Any) -> FloatArray:
        """Return the embedding of rows: float32 (n, d)."""
        with _as_value_error():
            usable, points = self._placed(X, NO_EMBEDDING)
            return usable.spread(points.embedding, np.nan)

    def predict(self, X: Any) -> IntArray:
        """Return the cluster of each row: int64 (n,), -1 for noise and for what can't be encoded.

        Raises
        ------
        EstimatorError
            Where the clusterer can't label rows it has not seen.

        Warns
        -----
        RowsLeftOut
            Where rows have no text, no image that can be read, or, of data frames that the recipe's data set
            reads, a gap that the encoders don't take.
        """
        with _as_value_error():
            usable, points = self._placed(X)
            return usable.spread(self._model.predict(points), -1)

    def score(self, X: Any, y: Any = None) -> float:
        """Return how good the clusters of rows are; higher is better.

        Parameters
        ----------
        X
            The rows.
        y : array of shape (n,), optional
            Their classes.

        Returns
        -------
        float
            With classes the accuracy: the share of rows whose cluster is matched to their class. Without,
            the mean silhouette, nan where there are fewer than two clusters; it can't compare parameters
            that change the embedding. nan where no row can be encoded.
        """
        with _as_value_error():
            usable, points = self._placed(X)
            labels = self._model.predict(points)
        if usable.items is None:
            return float("nan")
        if y is not None:
            known = np.asarray(y).astype(str)[usable.kept]
            classes = np.unique(known, return_inverse=True)[1]
            return float(accuracy(contingency(classes, labels).counts))
        kept = labels >= 0
        if not 2 <= len(np.unique(labels[kept])) < kept.sum():
            return float("nan")
        return float(silhouette_samples(points.embedding[kept], labels[kept]).mean())

    def save(self, folder: str | Path) -> None:
        """Write the fitted estimator into a folder that is absent or empty: no pickle.

        Raises
        ------
        EstimatorError
            Where the folder holds something.
        EnvironmentProblem
            Where it can't be written; nothing is left behind.
        """
        check_is_fitted(self)
        folder = Path(folder).absolute()
        try:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise EstimatorError(f"{folder} is not empty", remedy="name another folder")
            folder.parent.mkdir(parents=True, exist_ok=True)
            part = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
            try:
                self._write(part)
                part.chmod(0o755)
                if folder.exists():
                    folder.rmdir()
                part.rename(folder)
            finally:
                rmtree(part, ignore_errors=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def _write(self, folder: Path) -> None:
        model = self._model
        for name, state in model.states().items():
            (folder / STATES / name).mkdir(parents=True, exist_ok=True)
            write_state(folder / STATES / name, state)
        write_array(folder / LABELS, self.labels_)
        write_array(folder / EMBEDDING, self.embedding_)
        names = getattr(self, "feature_names_in_", None)
        recipe = model.recipe.given()
        recipe["dataset"] = _without_paths(model.recipe.dataset)
        Saved(
            recipe=tomli_w.dumps(recipe),
            form=model.form,
            classes=model.classes,
            n_features=getattr(self, "n_features_in_", None),
            feature_names=None if names is None else tuple(map(str, names)),
            warnings=tuple(self.warnings_),
            of_dataset=model.of_dataset,
        ).write(folder / SAVED)
        write_manifest(folder)

    @classmethod
    def load(cls, folder: str | Path, *, trust_python: bool = False) -> ClusterPipeline:
        """Return an estimator that was saved; its recipe is then the resolved one.

        Parameters
        ----------
        folder
            What ``save`` has written.
        trust_python
            Whether what its recipe names as ``python:module:Class`` may be imported, by ``fit`` too.

        Raises
        ------
        EstimatorError
            Where the folder holds no estimator, or a file is not what ``save`` wrote.
        """
        folder = Path(folder)
        if not is_complete(folder) or not (folder / SAVED).is_file():
            raise EstimatorError("holds no saved estimator", file=str(folder))
        with _as_value_error():
            manifest = read_manifest(folder)
        if wrong := manifest.damage(folder):
            raise EstimatorError(
                f"{wrong[0]} is missing or has changed since it was saved", file=str(folder)
            )
        with _as_value_error():
            saved = Saved.read(folder / SAVED)
            tables = tomllib.loads(saved.recipe)
            states = {place.name: read_state(place) for place in (folder / STATES).iterdir()}
            plain = PlainModel(
                tables, saved.form, saved.classes, states, trust_python, saved.of_dataset
            )
            model = Model.of(plain)
        loaded = cls(tables, clusterer=model.recipe.clusterers[0].id, trust_python=trust_python)
        loaded._model = model
        loaded.warnings_ = list(saved.warnings)
        loaded.labels_ = np.load(folder / LABELS, allow_pickle=False)
        loaded.embedding_ = np.load(folder / EMBEDDING, allow_pickle=False)
        loaded._n_features_out = loaded.embedding_.shape[1]
        if saved.n_features is not None:
            loaded.n_features_in_ = saved.n_features
        if saved.feature_names is not None:
            loaded.feature_names_in_ = np.array(saved.feature_names, dtype=object)
        return loaded

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def _placed(self, X: Any, becomes: tuple[str, str] = NO_LABEL) -> tuple[UsableRows, Points]:
        """Return which rows can be encoded, with a warning if some can't, and their points."""
        check_is_fitted(self)
        model, X = self._model, framed(X)
        if model.of_dataset or model.form.content != "table":
            return model.placed(X, becomes)
        items = items_of(self, X, model.form, gaps=_takes_gaps(model.recipe))[0]
        return UsableRows(items, (None,) * len(items)), model.points(items)

    def _rows_of_dataset(self, X: Any) -> tuple[Recipe, Registry, FitRows | None, tuple[str, ...]]:
        """Return the recipe, and rows as its data set reads a data frame; else None, and a remark."""
        texts = are_texts(X)
        if texts or is_frame(X):
            try:
                recipe, registry = self._resolved(of_dataset=True)
                dataset = dataset_of(recipe)
            except ClusterforgeError as error:
                recipe, registry = self._resolved()  # which refuses what is wrong outside of it
                remark = f"rows are taken as they are, not as [dataset] says: {error}"
                return recipe, registry, None, (remark,)
            own = recipe.dataset.plugin.use != ROWS["use"]
            frame = frame_of_texts(X, recipe.dataset) if texts else X
            rows = (
                rows_of_frame(self, recipe, dataset, frame) if own and frame is not None else None
            )
            if rows is not None:
                return recipe, registry, rows, ()
        return *self._resolved(), None, ()

    def _resolved(self, *, of_dataset: bool = False) -> tuple[Recipe, Registry]:
        if self.recipe is None:
            raise RecipeError("there is none", key="recipe", remedy="give a TOML file or a dict")
        for key, given, types in (
            ("recipe", self.recipe, str | Path | Mapping),
            ("overrides", self.overrides or {}, Mapping),
        ):
            if not isinstance(given, types):
                raise RecipeError(
                    f"can't be a {type(given).__name__}", key=key, remedy="give a dict"
                )
        tables, registry = importing(self.recipe, None)
        registry = registry if self.trust_python else registry.naming(Named())
        changes = dict(self.overrides or {})
        changes |= {} if self.seed is None else {"seed": self.seed}
        source = read(tables, as_lines(changes))
        own = source.data.get("dataset") if of_dataset else None
        tables = {**source.data, "dataset": ROWS if own is None else own}
        return resolve(replace(source, data=tables), registry), registry


def _without_paths(dataset: Entry) -> dict[str, Any]:
    """Return the table of a data set with names that say nothing in place of paths of this machine."""
    table, named_so = dataset.given(), {key for key, *_ in named(dataset.params)}
    for key, value in table.items():
        if isinstance(value, str) and (key in named_so or value.endswith(ARRAY)):
            path = Path(value)
            table[key] = f"{ABSENT}{path.suffix}" if path.is_absolute() else value
    return table


def _takes_gaps(recipe: Recipe) -> bool:
    return "mixed" in recipe.encoders[0].spec(EncoderSpec).takes


@contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise EstimatorError(
            error.problem, key=error.key, remedy=error.remedy, file=error.file
        ) from error
