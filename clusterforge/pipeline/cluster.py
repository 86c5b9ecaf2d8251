"""Clusterer stages: fit on the train split, label every other split by the clusterer's own rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.contracts import (
    Clusterer,
    ClusterLayer,
    Context,
    Details,
    FloatArray,
    IntArray,
    Points,
    State,
)
from clusterforge.errors import ClusterforgeError, InputError
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.params import CountsClusters
from clusterforge.pipeline import guard
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.encode import EncoderStage, MakeContext
from clusterforge.pipeline.stages import Stages, stage_key
from clusterforge.recipe import Entry
from clusterforge.runs.records import ClusteringRecord
from clusterforge.specs import ClustererSpec
from clusterforge.storage.atomic import write_array, write_json
from clusterforge.storage.states import read_state, write_state

DETAILS = "details.json"
HELD_OUT = 1_000
SAMPLE = 5_000
LAYOUT = 3  # 3: with typed details and layers
MEMBERSHIP, OUTLIER = "membership", "outlier"


class ClustererStage:
    """One clusterer, fitted, with its labels of every split."""

    def __init__(self, entry: Entry, file: str | None) -> None:
        self.entry, self.file = entry, file
        assert isinstance(entry.plugin.spec, ClustererSpec)
        self.spec = entry.plugin.spec
        with guard.calling(entry, file):
            entry.plugin.load()
        self.key = ""
        self.folder = Path()
        self.info: Mapping[str, Any] = {}
        self._context = Context()
        self._fitted: Clusterer[Any] | None = None

    def run(
        self,
        encoded: EncoderStage,
        stages: Stages,
        seed: int,
        resources: Resources,
        context: MakeContext,
    ) -> None:
        """Fit and label, unless this very stage is already there."""
        with guard.calling(self.entry, self.file):
            self.key = stage_key(
                self.entry,
                upstream=encoded.key,
                seed=seed if self.spec.stochastic else None,
                resources=resources,
                layout=LAYOUT,
            )
        self.folder = stages.folder / "clusterers" / self.entry.id
        self._context = context(self.entry.stage)
        self.info = stages.do(
            self.entry.stage, self.key, self.folder, lambda folder: self._fit(folder, encoded)
        )

    def fitted(self) -> Clusterer[Any]:
        """Return the clusterer, fitted here or restored from what an earlier fit has left."""
        if self._fitted is None:
            with guard.calling(self.entry, self.file):
                self._fitted = taken_up(self.entry, read_state(self.folder))
        return self._fitted

    @property
    def warnings(self) -> list[str]:
        """What the clusterer noticed while it was fitted."""
        return [f"{self.entry.stage}: {text}" for text in self.info.get("warnings", ())]

    def labels(self, split: str) -> IntArray | None:
        """Return the labels of a split, int64 (n,); None where it can't be labelled."""
        path = self.folder / f"{split}.npy"
        return np.load(path, allow_pickle=False) if path.is_file() else None

    @property
    def record(self) -> ClusteringRecord:
        """What ``metrics.json`` says of the clustering."""
        names = ("n_clusters", "predicts", "rule", "agreement", "sizes")
        details = Details.read(json.loads((self.folder / DETAILS).read_text("utf-8")))
        sizes = {
            split: {int(cluster): rows for cluster, rows in of.items()}
            for split, of in self.info["sizes"].items()
        }
        return ClusteringRecord(
            use=self.entry.plugin.spec.name,
            **{name: self.info[name] for name in names if name != "sizes"},
            sizes=sizes,
            details=details,
        )

    @property
    def found(self) -> int:
        """Number of clusters that have rows of the train split, noise not counted."""
        clusters: int = self.info["n_clusters"]
        return clusters

    def _fit(self, folder: Path, encoded: EncoderStage) -> Mapping[str, Any]:
        points = encoded.points("train")
        if self.spec.needs_head and points.soft is None:
            raise InputError(
                f"clusterer {self.spec.name!r} needs an encoder with a head of its own, and "
                f"{encoded.spec.name!r} has none",
                key=f"{self.entry.table}.use",
                remedy="give the encoder a phase whose loss has a head, or leave this clusterer out",
                file=self.file,
            )
        labels: dict[str, IntArray] = {}
        soft: dict[str, FloatArray | None] = {}
        layers: dict[str, tuple[IntArray, ...]] = {}
        given_to_all = [encoded.embedding(split) for split in encoded.corpus.splits]
        with (
            guard.calling(self.entry, self.file),
            guard.unchanged(self.entry, *given_to_all, points.soft),
        ):
            clusterer: Clusterer[Any] = self.entry.plugin.load()(self.entry.params)
            labels["train"] = self._fit_labels(clusterer.fit(points, self._context), len(points))
            clusters = None if self.spec.needs_head else int(labels["train"].max(initial=-1)) + 1
            if self.spec.predicts != "none":
                for split in encoded.corpus.splits:
                    if split != "train":
                        rows = encoded.points(split)
                        labels[split] = guard.labels(
                            clusterer.predict(rows, self._context), len(rows), clusters
                        )
            for split, given in labels.items():
                rows = points if split == "train" else encoded.points(split)
                found = soft_answers(clusterer, rows, given, self._context)
                soft |= {f"{split}.{what}": values for what, values in found.items()}
                layers[split] = self._layers(clusterer, rows, layers.get("train"))
            details = guard.details(clusterer.details())
            details = replace(details, layers=described(layers["train"]))
            write_json(folder / DETAILS, details.as_json())
            warnings = guard.lines(clusterer.warnings())
            write_state(folder, clusterer.state())
        self._fitted = clusterer
        for name, values in {**labels, **soft}.items():
            if values is not None:
                write_array(folder / f"{name}.npy", values)
        for split, labelings in layers.items():
            for number, values in enumerate(labelings):
                write_array(folder / layer_file(split, number), values)
        return {
            "plugin": self.entry.plugin.qualified,
            "params": self.entry.params.model_dump(mode="json"),
            "n_clusters": len(np.unique(labels["train"][labels["train"] >= 0])),
            "predicts": self.spec.predicts,
            "rule": self.spec.rule,
            "agreement": self._agreement(points),
            "warnings": warnings,
            "sizes": {split: _sizes(values) for split, values in labels.items()},
        }

    def _fit_labels(self, answer: object, rows: int) -> IntArray:
        check = guard.labels if self.spec.needs_head else guard.numbered
        return check(answer, rows)

    def _layers(
        self, clusterer: Clusterer[Any], rows: Points, fitted: tuple[IntArray, ...] | None
    ) -> tuple[IntArray, ...]:
        """Return the layers of rows: those of the fit, or of others, by the clusters of the fit."""
        answer = clusterer.layers(rows, self._context)
        if fitted is None:
            return guard.layers(answer, len(rows))
        if answer and len(answer) != len(fitted):
            raise guard.WrongAnswer(f"the fit has {len(fitted)} layers, new rows {len(answer)}")
        return tuple(
            guard.labels(labels, len(rows), int(known.max(initial=-1)) + 1)
            for labels, known in zip(answer, fitted, strict=False)
        )

    def _agreement(self, points: Points) -> float | None:
        """Return how far predicted labels of held-out rows are those of a fit that includes them.

        A sample of the train rows is clustered whole; then clustered without some rows, which are
        predicted. The figure is the adjusted Rand index of the two labellings of those rows.
        """
        if self.spec.predicts != "approximate" or len(points) < 50:
            return None
        rng = np.random.default_rng(0)
        rows = rng.permutation(len(points))[: SAMPLE + HELD_OUT]
        held = max(10, min(HELD_OUT, len(rows) // 5))
        whole, part = _subset(points, rows), _subset(points, rows[held:])
        try:
            with guard.calling(self.entry, self.file):
                together = self.entry.plugin.load()(self.entry.params).fit(whole, self._context)
                alone = self.entry.plugin.load()(self.entry.params)
                alone.fit(part, self._context)
                predicted = alone.predict(_subset(points, rows[:held]), self._context)
        except (ClusterforgeError, ValueError):  # the sample may be too small for the parameters
            return None
        with guard.calling(self.entry, self.file):
            together = guard.labels(together, len(rows))
            predicted = guard.labels(predicted, held)
        if max(together.max(), predicted.max()) < 0:
            return None  # all noise agrees on nothing
        return float(ari(contingency(together[:held], predicted).counts))


def layer_file(split: str, number: int) -> str:
    """Return the file of one layer of labels, counted from the finest: int64 (n,)."""
    return f"{split}.layer.{number}.npy"


def described(layers: Sequence[IntArray]) -> tuple[ClusterLayer, ...]:
    """Return each layer's number of clusters and of noise rows, and its clusters' parents."""
    found = []
    for number, labels in enumerate(layers):
        clusters = int(labels.max(initial=-1)) + 1
        parents: tuple[int, ...] = ()
        if number + 1 < len(layers):
            above = layers[number + 1]
            table = np.zeros((clusters, int(above.max(initial=-1)) + 2), dtype=np.int64)
            inside = labels >= 0
            np.add.at(table, (labels[inside], above[inside]), 1)  # noise is the last column
            shares = np.roll(table, 1, axis=1)
            parents = tuple(int(column) - 1 for column in shares.argmax(axis=1))
        found.append(ClusterLayer(clusters, int((labels < 0).sum()), parents))
    return tuple(found)


def taken_up(entry: Entry, state: State) -> Clusterer[Any]:
    """Return a clusterer as a fit has left it; the entry's ``"classes"`` already a number."""
    clusterer: Clusterer[Any] = entry.plugin.load()(entry.params)
    clusterer.restore(state)
    return clusterer


def n_clusters(entry: Entry) -> int | str | None:
    """Return the standard parameter of that name; None where the clusterer has none."""
    return entry.params.n_clusters if isinstance(entry.params, CountsClusters) else None


def refuse_unpredicting(entry: Entry) -> None:
    """See that a clusterer can label rows it has not seen.

    Raises
    ------
    InputError
        Where it can't.
    """
    assert isinstance(entry.plugin.spec, ClustererSpec)
    if entry.plugin.spec.predicts == "none":
        raise InputError(f"clusterer {entry.id!r} can't label rows it has not seen")


def soft_answers(
    clusterer: Clusterer[Any], points: Points, labels: IntArray, context: Context
) -> dict[str, FloatArray | None]:
    """Return membership float32 (n, k) and outlier scores float32 (n,), each None without."""
    return {
        MEMBERSHIP: guard.membership(clusterer.membership(points, context), labels),
        OUTLIER: guard.outlier_scores(clusterer.outlier_scores(points, context), len(points)),
    }


def _subset(points: Points, rows: IntArray) -> Points:
    return Points(points.embedding[rows], None if points.soft is None else points.soft[rows])


def _sizes(labels: IntArray) -> dict[str, int]:
    values, counts = np.unique(labels, return_counts=True)
    return {str(value): int(count) for value, count in zip(values, counts, strict=True)}
