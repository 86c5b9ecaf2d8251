"""A finished run: its scores, embeddings and labels, and its models applied to new rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
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
    Images,
    IntArray,
    Items,
    Points,
    Split,
    Table,
    Texts,
    View,
)
from clusterforge.errors import InputError, nearest
from clusterforge.pipeline import compute, guard
from clusterforge.pipeline.data import with_classes
from clusterforge.pipeline.factory import build_encoder
from clusterforge.recipe import Entry, Recipe, read, resolve
from clusterforge.registry import Registry
from clusterforge.storage.states import read_state


class Run:
    """A finished run, opened from its folder.

    Parameters
    ----------
    folder
        The run's folder.
    registry
        The plugins; default: all that are installed.
    """

    def __init__(self, folder: Path, registry: Registry | None = None) -> None:
        self.folder = folder
        self._registry = registry

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
    def registry(self) -> Registry:
        """The plugins."""
        return self._registry or Registry.installed()

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
        return self._predict(self._points(items), clusterer)

    def predict_all(self, items: Items | Sequence[str] | npt.NDArray[Any]) -> dict[str, IntArray]:
        """Return the cluster of each new row by every clusterer that can label new rows."""
        points = self._points(items)
        return {
            entry.id: self._predict(points, entry.id)
            for entry in self.recipe.clusterers
            if entry.plugin.spec.predicts != "none"  # type: ignore[attr-defined]
        }

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

    def _predict(self, points: Points, clusterer: str | None) -> IntArray:
        entry = self._clusterer_entry(clusterer)
        if entry.plugin.spec.predicts == "none":  # type: ignore[attr-defined]
            raise InputError(f"clusterer {entry.id!r} can't label rows it has not seen")
        with guard.calling(entry, self.recipe.file), compute.using(self._resources):
            fitted: Clusterer[Any] = entry.plugin.load()(self._resolved(entry).params)
            fitted.restore(read_state(self._clusterer_folder(entry.id)))
            return guard.labels(fitted.predict(points, self._context), len(points))

    def _points(self, given: Items | Sequence[str] | npt.NDArray[Any]) -> Points:
        items = self._items(given)
        embedding: FloatArray | None = None
        soft: FloatArray | None = None
        with compute.using(self._resources):
            for index, entry in enumerate(self.recipe.encoders):
                view = View(items, embedding)
                with guard.calling(entry, self.recipe.file):
                    encoder = self._encoder(index)
                    embedding = guard.embedding(encoder.encode(view, self._context), len(items))
                    soft = encoder.assign(embedding)
        assert embedding is not None
        return Points(embedding, soft)

    def _items(self, given: Items | Sequence[str] | npt.NDArray[Any]) -> Items:
        items: Items
        if isinstance(given, np.ndarray):
            if given.dtype == np.uint8 and given.ndim in (3, 4):
                items = Images(given if given.ndim == 4 else given[..., None])
            elif given.ndim == 2 and given.dtype.kind in "fiub":
                items = Table(np.ascontiguousarray(given, dtype=np.float32))
            else:
                raise InputError(f"new rows can't be {given.dtype} {given.shape}")
        elif isinstance(given, Items):
            items = given
        elif isinstance(given, str) or not all(isinstance(text, str) for text in given):
            raise InputError("new rows must be a list of texts, an array, or Items")
        else:
            items = Texts(list(given))
        items = self._prepared(items)
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

    def _clusterer_entry(self, name: str | None) -> Entry:
        entries = {entry.id: entry for entry in self.recipe.clusterers}
        if name is None:
            return self.recipe.clusterers[0]
        if name not in entries:
            raise InputError(f"the run has no clusterer {name!r}", remedy=nearest(name, entries))
        return entries[name]

    def _clusterer_folder(self, name: str | None) -> Path:
        return self.folder / "clusterers" / self._clusterer_entry(name).id

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
