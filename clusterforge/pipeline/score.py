"""Scores: every metric on every clustering and split, with noise treated in the open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Clustering, Corpus, IntArray, Metric, Noise, Points, Score
from clusterforge.errors import ClusterforgeError, Undefined
from clusterforge.pipeline import guard
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.compute import Resources
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.factory import identity_with
from clusterforge.pipeline.stages import Stages, digest
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import Registry
from clusterforge.runs.records import HEADLINE, MetricRecord, Record, ScoreRecord
from clusterforge.specs import MetricSpec
from clusterforge.storage.atomic import write_array

SCORES = "scores.json"
NO_LABELS = "the split has no labels"


def metric_spec(entry: Entry) -> MetricSpec:
    """Return the spec of a metric entry."""
    assert isinstance(entry.plugin.spec, MetricSpec)
    return entry.plugin.spec


def metrics_of(recipe: Recipe, registry: Registry) -> tuple[Entry, ...]:
    """Return the metrics a recipe names, or else every metric whose parameters all have defaults."""
    if recipe.metrics:
        return recipe.metrics
    return tuple(
        Entry("metric", plugin.spec.name, plugin, plugin.spec.params())
        for plugin in registry.of("metric")
        if plugin.state == "ok"
        and not any(field.is_required() for field in plugin.spec.params.model_fields.values())
    )


class _Scores(Record):
    """What the stage of a clusterer leaves."""

    scores: tuple[ScoreRecord, ...]


class Scoring:
    """Scores the clusterings of one run.

    Parameters
    ----------
    recipe
        Metrics named in it fail loudly; those that are computed because they apply are null with
        a reason where they fail.
    classes
        Number of classes where a cluster's number is a class, else None.
    """

    def __init__(
        self,
        recipe: Recipe,
        registry: Registry,
        corpus: Corpus,
        encoded: EncoderStage,
        classes: int | None,
    ) -> None:
        self.recipe, self.corpus, self.encoded, self.classes = recipe, corpus, encoded, classes
        self.metrics = metrics_of(recipe, registry)

    @property
    def records(self) -> dict[str, MetricRecord]:
        """What readers of the scores need to know of the metrics."""
        return {entry.id: MetricRecord.of(entry.id, metric_spec(entry)) for entry in self.metrics}

    def run(
        self, clusterer: ClustererStage, stages: Stages, resources: Resources
    ) -> tuple[ScoreRecord, ...]:
        """Return the scores of one clusterer on every split, computed once for their key."""
        stage = f"scores.{clusterer.entry.id}"
        folder = stages.folder / "scores" / clusterer.entry.id
        total = len(self.metrics) * len(self.corpus.splits)

        def work(where: Path) -> Mapping[str, Any]:
            scores: list[ScoreRecord] = []
            for done, score in enumerate(self._scores(clusterer, where, resources.device)):
                scores += score
                stages.observer.progress(stage, min(done + 1, total), total, "")
            _Scores(scores=tuple(scores)).write(where / SCORES)
            return {}

        stages.do(stage, self.key(clusterer), folder, work)
        return _Scores.read(folder / SCORES).scores

    def key(self, clusterer: ClustererStage) -> str:
        """Return the content key of the scores of one clusterer."""
        return digest(
            {
                "clusterer": clusterer.key,
                "metrics": [
                    [
                        identity_with(entry.plugin, entry.params),
                        entry.params.model_dump(mode="json"),
                        entry.id,
                    ]
                    for entry in self.metrics
                ],
                "named": bool(self.recipe.metrics),
                "labels": {
                    name: None if split.labels is None else digest(split.labels.tolist())
                    for name, split in self.corpus.splits.items()
                },
                "id": clusterer.entry.id,
                "classes": self.classes,
            }
        )

    def _scores(
        self, clusterer: ClustererStage, folder: Path, device: str
    ) -> Iterator[list[ScoreRecord]]:
        for name, split in self.corpus.splits.items():
            labels = clusterer.labels(name)
            if labels is None:
                continue
            points = self.encoded.points(name)
            for entry in self.metrics:
                spec = metric_spec(entry)
                if spec.needs_classes and self.classes is None and not self.recipe.metrics:
                    continue
                if spec.needs_labels and not split.labelled and not self.recipe.metrics:
                    continue
                known = split.labels >= 0 if split.labels is not None else None
                found = list(
                    self._score(entry, points, labels, split.labels, known, device, clusterer)
                )
                for noise, score, _, _ in found:
                    if score.values is not None:
                        path = folder / values_file(name, entry.id, noise)
                        write_array(path, score.values.astype(np.float32))
                yield [
                    ScoreRecord(
                        clusterer=clusterer.entry.id,
                        split=name,
                        metric=entry.id,
                        noise=noise,
                        value=score.value,
                        rows=n,
                        coverage=coverage,
                        exact=score.exact,
                        reason=score.reason,
                    )
                    for noise, score, n, coverage in found
                ]

    def _score(
        self,
        entry: Entry,
        points: Points,
        labels: IntArray,
        truth: IntArray | None,
        known: npt.NDArray[np.bool_] | None,
        device: str,
        clusterer: ClustererStage,
    ) -> Iterator[tuple[Noise, Score, int, float]]:
        spec = metric_spec(entry)
        if spec.needs_classes and (self.classes is None or not clusterer.spec.needs_head):
            if self.recipe.metrics:
                reason = "cluster numbers are not classes here"
                yield HEADLINE, Score(None, reason=reason), 0, 0.0
            return
        if spec.needs_labels:
            if known is None or not known.any():
                yield HEADLINE, Score(None, reason=NO_LABELS), 0, 0.0
                return
            points = Points(
                points.embedding[known], None if points.soft is None else points.soft[known]
            )
            labels, truth = labels[known], None if truth is None else truth[known]
        noisy = labels < 0
        covered = 1.0 - float(noisy.mean()) if len(labels) else 0.0

        def measured(kept: Any, shown: IntArray) -> Any:
            return self._call(
                entry,
                Clustering(
                    points.embedding[kept],
                    shown[kept],
                    truth[kept] if spec.needs_labels and truth is not None else None,
                    None if points.soft is None else points.soft[kept],
                    device,
                ),
            )

        everything = slice(None)
        if spec.noise == "raw":
            yield HEADLINE, measured(everything, labels), len(labels), 1.0
        elif spec.noise == "own":
            given = measured(everything, labels)
            if isinstance(given, Score):
                given = {HEADLINE: given}
            for noise, score in given.items():
                if noise == HEADLINE or noisy.any():
                    n = int((~noisy).sum()) if noise == HEADLINE else len(labels)
                    yield noise, score, n, covered if noise == HEADLINE else 1.0
        else:
            yield HEADLINE, measured(~noisy, labels), int((~noisy).sum()), covered
            if noisy.any():
                top = int(labels.max()) + 1
                yield (
                    "cluster",
                    measured(everything, np.where(noisy, top, labels)),
                    len(labels),
                    1.0,
                )
                alone = labels.copy()
                alone[noisy] = top + np.arange(int(noisy.sum()))
                yield "singletons", measured(everything, alone), len(labels), 1.0

    def _call(self, entry: Entry, clustering: Clustering) -> Any:
        """Return a Score, or a mapping of them; an undefined one is null with its reason."""
        if not len(clustering.labels):
            return Score(None, reason="no rows are left")
        try:
            with (
                guard.calling(entry, self.recipe.file),
                guard.unchanged(entry, clustering.embedding),
            ):
                try:
                    metric: Metric[Any] = entry.plugin.load()(entry.params)
                    given = metric.score(clustering)
                except Undefined as error:
                    return Score(None, reason=str(error))
                rows = len(clustering.labels)
                if isinstance(given, Mapping):
                    return {noise: _checked(score, rows) for noise, score in given.items()}
                return _checked(given, rows)
        except ClusterforgeError as error:
            if self.recipe.metrics or entry.plugin.distribution.ours:
                raise
            return Score(None, reason=str(error))


def values_file(split: str, metric: str, noise: str) -> str:
    """Return the file of the values of rows behind a score, float32 (n,)."""
    return f"{split}.{metric}.{noise}.npy"


def _checked(given: Any, rows: int) -> Score:
    score = given if isinstance(given, Score) else None
    if score is None:
        if isinstance(given, bool) or not isinstance(given, int | float | np.number):
            raise guard.WrongAnswer(f"a score must be a number, not {type(given).__name__}")
        score = Score(float(given))
    values = score.values
    if values is not None and (
        not isinstance(values, np.ndarray) or values.shape != (rows,) or values.dtype.kind != "f"
    ):
        raise guard.WrongAnswer(f"the values behind a score must be a float array ({rows},)")
    if values is not None and bool((np.abs(values) > np.finfo(np.float32).max).any()):
        raise guard.WrongAnswer("the values behind a score must be finite as float32, or nan")
    if score.value is None:
        return Score(None, score.exact, score.reason)
    if not math.isfinite(score.value):
        return Score(None, score.exact, score.reason or f"the metric gave {score.value}")
    return Score(float(score.value), score.exact, score.reason, values)
