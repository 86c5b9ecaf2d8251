"""A finished run: its scores, embeddings and labels, and its models applied to new rows."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Clusterer,
    Context,
    Dataset,
    Encoder,
    FloatArray,
    IntArray,
    Items,
    Points,
    Split,
)
from clusterforge.errors import InputError, nearest
from clusterforge.pipeline import compute, guard
from clusterforge.pipeline.apply import as_items, encoded
from clusterforge.pipeline.cluster import (
    MEMBERSHIP,
    OUTLIER,
    layer_file,
    refuse_unpredicting,
    soft_answers,
    taken_up,
)
from clusterforge.pipeline.data import with_classes
from clusterforge.pipeline.factory import build_encoder
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.registry import PREFIX, Registry
from clusterforge.registry.python_names import Imported, Named
from clusterforge.specs import ClustererSpec
from clusterforge.storage.states import read_state

Answer = tuple[IntArray, dict[str, FloatArray | None]]


class LeftOut(UserWarning):
    """A clusterer that was not asked for by name can't be taken up here."""


class Run:
    """A finished run, opened from its folder.

    Parameters
    ----------
    folder
        The run's folder.
    registry
        The plugins; default: all that are installed.
    trust_python
        Whether what the recipe names as ``python:module:Class`` may be imported.
    """

    def __init__(
        self, folder: Path, registry: Registry | None = None, *, trust_python: bool = False
    ) -> None:
        self.folder = folder
        self._registry, self._trust_python = registry, trust_python

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @cached_property
    def info(self) -> dict[str, Any]:
        """What ``run.json`` says."""
        info: dict[str, Any] = self._json("run.json")
        return info

    @cached_property
    def scores(self) -> list[dict[str, Any]]:
        """Every score, as in ``run --json``."""
        scores: list[dict[str, Any]] = self._json("metrics.json")["scores"]
        return scores

    @cached_property
    def phases(self) -> list[dict[str, Any]]:
        """How k-means does on the input and after each phase of training, as in ``metrics.json``."""
        phases: list[dict[str, Any]] = self._json("metrics.json")["phases"]
        return phases

    @cached_property
    def evaluation(self) -> dict[str, Any]:
        """What ``evaluation.json`` tells of the data and of each clustering; empty without it."""
        there = (self.folder / "evaluation.json").is_file()
        evaluation: dict[str, Any] = self._json("evaluation.json") if there else {}
        return evaluation

    @cached_property
    def explanations(self) -> dict[str, Any]:
        """What ``explanations.json`` tells of each cluster; empty where the run has none."""
        there = (self.folder / "explanations.json").is_file()
        explanations: dict[str, Any] = self._json("explanations.json") if there else {}
        return explanations

    @cached_property
    def registry(self) -> Registry:
        """The plugins."""
        found = self._registry or Registry.installed()
        if self._trust_python:
            return found.naming(Imported(finished=True))
        return found if found.python else found.naming(Named())

    @cached_property
    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return resolve(read(self.folder / "recipe.toml"), self.registry)

    @property
    def labels_in_training(self) -> bool:
        """Whether true labels were used to train an encoder."""
        return bool(self.info["labels_in_training"])

    def score(
        self, metric: str, *, clusterer: str | None = None, split: str = "test"
    ) -> float | None:
        """Return one headline score: noise left out.

        Raises
        ------
        InputError
            Where the run has no such score.
        """
        for score in self.scores:
            if (
                score["metric"] == metric
                and score["split"] == split
                and score["noise"] == "excluded"
                and clusterer in (None, score["clusterer"])
            ):
                value: float | None = score["value"]
                return value
        known = {f"{s['metric']} of {s['clusterer']} on {s['split']}" for s in self.scores}
        wanted = f"{metric} of {clusterer or 'any clusterer'} on {split}"
        raise InputError(f"the run has no {wanted}", remedy=nearest(wanted, known))

    def embedding(self, split: str = "train") -> FloatArray:
        """Return the last encoder's embedding of a split: float32 (n, d)."""
        path = self._encoder_folder(len(self.recipe.encoders) - 1) / f"{split}.npy"
        return self._array(path, split)

    def labels(self, clusterer: str | None = None, split: str = "train") -> IntArray:
        """Return a clusterer's labels of a split: int64 (n,), -1 for noise."""
        return self._array(self._clusterer_folder(clusterer) / f"{split}.npy", split)

    def membership(self, clusterer: str | None = None, split: str = "train") -> FloatArray | None:
        """Return how far each row belongs to each cluster: float32 (n, k); None without."""
        return self._soft(MEMBERSHIP, clusterer, split)

    def outlier_scores(
        self, clusterer: str | None = None, split: str = "train"
    ) -> FloatArray | None:
        """Return how far each row is an outlier: float32 (n,) in [0, 1]; None without."""
        return self._soft(OUTLIER, clusterer, split)

    def layers(self, clusterer: str | None = None, split: str = "train") -> tuple[IntArray, ...]:
        """Return a clusterer's labelings of a split from fine to coarse, int64 (n,); often none."""
        folder = self._clusterer_folder(clusterer)
        self._array(folder / f"{split}.npy", split)
        found = takewhile(Path.is_file, (folder / layer_file(split, i) for i in count()))
        return tuple(self._array(path, split) for path in found)

    def cut(
        self,
        clusterer: str | None = None,
        *,
        n_clusters: int | None = None,
        height: float | None = None,
    ) -> dict[str, IntArray]:
        """Return the labels of every split by another cut of a clusterer's tree; the run stays.

        Parameters
        ----------
        clusterer
            Which one; default: the recipe's first.
        n_clusters, height
            How many clusters to leave, or up to which height merges count; one of the two.

        Raises
        ------
        InputError
            Where the clusterer has no tree, or there is no such cut.
        """
        entry = self.recipe.clusterer(clusterer)
        parts = {split: Points(self.embedding(split)) for split in self.info["data"]["splits"]}
        with guard.calling(entry, self.recipe.file), compute.using(self._resources):
            fitted = taken_up(self._resolved(entry), read_state(self._clusterer_folder(entry.id)))
            train, context = parts.pop("train"), self._context
            answer = fitted.cut(train, context, n_clusters=n_clusters, height=height)
            labels = {"train": guard.numbered(answer, len(train))}
            if entry.spec(ClustererSpec).predicts != "none":
                clusters = int(labels["train"].max(initial=-1)) + 1
                for split, points in parts.items():
                    found = fitted.predict(points, context)
                    labels[split] = guard.labels(found, len(points), clusters)
        return labels

    def encode(self, items: Items | Sequence[str] | npt.NDArray[Any]) -> FloatArray:
        """Return the embedding of new rows: float32 (n, d).

        Parameters
        ----------
        items
            Texts, a float table (n, d), uint8 images (n, height, width, channels), or Items.
        """
        return self._points(items).embedding

    def predict(
        self, items: Items | Sequence[str] | npt.NDArray[Any], clusterer: str | None = None
    ) -> IntArray:
        """Return the cluster of each new row: int64 (n,), -1 for noise.

        Parameters
        ----------
        items
            As in :meth:`encode`.
        clusterer
            Which one; default: the recipe's first.

        Raises
        ------
        InputError
            Where the clusterer can't label rows it has not seen.
        """
        return self._predict(self._points(items), clusterer)[0]

    def predict_all(self, items: Items | Sequence[str] | npt.NDArray[Any]) -> dict[str, IntArray]:
        """Return the cluster of each new row by every clusterer that can label new rows.

        One whose ``python:`` code may not be imported, or whose state could not be stored, is left
        out with a :class:`LeftOut` warning.

        Raises
        ------
        InputError
            Where all of them would be left out.
        """
        points = self._points(items)
        return {name: answer[0] for name, answer in self._by_all(points).items()}

    def predict_columns(
        self, items: Items | Sequence[str] | npt.NDArray[Any], clusterer: str | None = None
    ) -> dict[str, npt.NDArray[Any]]:
        """Return what is known of each new row, by column name.

        Parameters
        ----------
        items
            As in :meth:`encode`.
        clusterer
            Which one; default: every one that can label new rows, as in :meth:`predict_all`.

        Returns
        -------
        dict
            For each clusterer ``<id>``, the labels int64 (n,); where it knows, also
            ``<id>.confidence``, its membership of the cluster it gave (0 for noise), and
            ``<id>.outlier``: float32 (n,).
        """
        points = self._points(items)
        columns: dict[str, npt.NDArray[Any]] = {}
        if clusterer is None:
            found = self._by_all(points, soft=True)
        else:
            found = {clusterer: self._predict(points, clusterer, soft=True)}
        for name, (labels, soft) in found.items():
            columns[name] = labels
            membership, outlier = soft[MEMBERSHIP], soft[OUTLIER]
            if membership is not None:
                columns[f"{name}.confidence"] = confidence(membership, labels)
            if outlier is not None:
                columns[f"{name}.outlier"] = outlier
        return columns

    def read(self, path: str | Path, **columns: str) -> Split:
        """Read new rows from a file the way the run read its own.

        Parameters
        ----------
        path
            A csv, tsv, jsonl, parquet, txt or npy file, or a folder of images.
        columns
            Columns that are named otherwise there: ``text="body"``.

        Returns
        -------
        Split
            Its ``items`` go into :meth:`predict`, its ``ids`` name them.
        """
        from clusterforge.pipeline.new_rows import read_rows

        return read_rows(self, path, dict(columns))

    @property
    def _predicting(self) -> list[str]:
        entries = self.recipe.clusterers
        return [e.id for e in entries if e.spec(ClustererSpec).predicts != "none"]

    def _by_all(self, points: Points, *, soft: bool = False) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        left: list[InputError] = []
        for name in self._predicting:
            try:
                fitted = self._clusterer(name)
            except InputError as error:
                if not self.recipe.clusterer(name).plugin.use.startswith(PREFIX):
                    raise
                left.append(error)
            else:
                found[name] = self._labelled(name, fitted, points, soft=soft)
        if left and not found:
            raise left[0]
        for reason in left:
            warnings.warn(f"left out: {reason}", LeftOut, stacklevel=3)
        return found

    def _predict(self, points: Points, clusterer: str | None, *, soft: bool = False) -> Answer:
        return self._labelled(clusterer, self._clusterer(clusterer), points, soft=soft)

    def _clusterer(self, name: str | None) -> Clusterer[Any]:
        entry = self.recipe.clusterer(name)
        refuse_unpredicting(entry)
        with guard.calling(entry, self.recipe.file), compute.using(self._resources):
            return taken_up(self._resolved(entry), read_state(self._clusterer_folder(entry.id)))

    def _labelled(
        self, name: str | None, fitted: Clusterer[Any], points: Points, *, soft: bool
    ) -> Answer:
        entry = self.recipe.clusterer(name)
        with guard.calling(entry, self.recipe.file), compute.using(self._resources):
            labels = guard.labels(fitted.predict(points, self._context), len(points))
            return labels, soft_answers(fitted, points, labels, self._context) if soft else {}

    def _points(self, given: Items | Sequence[str] | npt.NDArray[Any]) -> Points:
        items = self._items(given)
        chain = (
            (entry, partial(self._encoder, index))
            for index, entry in enumerate(self.recipe.encoders)
        )
        with compute.using(self._resources):
            return encoded(items, chain, self._context, self.recipe.file)

    def _items(self, given: Items | Sequence[str] | npt.NDArray[Any]) -> Items:
        items = self._prepared(as_items(given))
        content = self.info["data"]["content"]
        if items.content != content:
            raise InputError(f"the run is of {content}, the new rows are {items.content}")
        shape = self.info["data"]["splits"]["train"]["shape"]
        if shape and items.shape and list(items.shape) != shape:
            raise InputError(
                f"a row of the run has shape {tuple(shape)}, a new row has {tuple(items.shape)}"
            )
        return items

    def _prepared(self, items: Items) -> Items:
        entry = self.recipe.dataset
        with guard.calling(entry, self.recipe.file):
            dataset: Dataset[Any] = entry.plugin.load()(entry.params)
            return dataset.prepare(items)

    @cached_property
    def _fitted(self) -> dict[int, Encoder[Any]]:
        return {}

    def _encoder(self, index: int) -> Encoder[Any]:
        if index not in self._fitted:
            encoder = build_encoder(self._resolved(self.recipe.encoders[index]), self.registry)
            encoder.restore(read_state(self._encoder_folder(index)))
            self._fitted[index] = encoder
        return self._fitted[index]

    def _resolved(self, entry: Entry) -> Entry:
        names = self.info["data"]["label_names"]
        return with_classes(entry, len(names) or None, self.recipe.file)[0]

    @cached_property
    def _resources(self) -> compute.Resources:
        return compute.choose(self.recipe.compute, self.recipe.file)

    @property
    def _context(self) -> Context:
        here = self._resources
        return Context(self.info["seed"], here.device, here.precision, here.threads)

    def _encoder_folder(self, index: int) -> Path:
        return self.folder / "encoders" / f"{index}-{self.recipe.encoders[index].id}"

    def _clusterer_folder(self, name: str | None) -> Path:
        return self.folder / "clusterers" / self.recipe.clusterer(name).id

    def _soft(self, what: str, clusterer: str | None, split: str) -> FloatArray | None:
        path = self._clusterer_folder(clusterer) / f"{split}.{what}.npy"
        if not path.is_file():
            self.labels(clusterer, split)  # raises where the split itself is not there
            return None
        return self._array(path, split)

    def _array(self, path: Path, split: str) -> npt.NDArray[Any]:
        if not path.is_file():
            known: Mapping[str, Any] = self.info["data"]["splits"]
            raise InputError(
                f"the run stores nothing for split {split!r}", remedy=nearest(split, known)
            )
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
        return array

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


def confidence(membership: FloatArray, labels: IntArray) -> FloatArray:
    """Return each row's membership of the cluster it was given, 0 for noise: float32 (n,)."""
    if not membership.shape[1]:
        return np.zeros(len(labels), dtype=np.float32)
    given = np.take_along_axis(membership, labels.clip(0)[:, None], axis=1)[:, 0]
    return np.where(labels >= 0, given, np.float32(0))
