"""Scores: every metric on every clustering and split, with noise treated in the open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Clustering,
    FloatArray,
    IntArray,
    Metric,
    MomentMetric,
    Noise,
    Points,
    Score,
    Split,
    TableMetric,
    treat_noise,
)
from clusterforge.errors import ClusterforgeError, Undefined
from clusterforge.evaluation.intervals import Resampler, of_moments, of_rows, of_tables
from clusterforge.models import guard
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.identity import identity_with
from clusterforge.pipeline.keys import digest
from clusterforge.pipeline.stages import Session, Stage
from clusterforge.recipe import Entry, Recipe
from clusterforge.registry import Registry
from clusterforge.runs import files
from clusterforge.runs.records import HEADLINE, MetricRecord, Record, ScoreRecord
from clusterforge.specs import MetricSpec, RestsOn
from clusterforge.storage.atomic import write_array

NOISE: tuple[Noise, ...] = ("excluded", "cluster", "singletons")
NO_LABELS = "the split has no labels"


def metrics_of(recipe: Recipe, registry: Registry) -> tuple[Entry, ...]:
    """Return the metrics a recipe names, or else every metric whose parameters all have defaults."""
    return recipe.metrics or default_metrics(registry)


def default_metrics(registry: Registry) -> tuple[Entry, ...]:
    """Return every metric whose parameters all have defaults."""
    return tuple(
        Entry("metric", plugin.spec.name, plugin, plugin.spec.params())
        for plugin in registry.of("metric")
        if plugin.state == "ok"
        and not any(field.is_required() for field in plugin.spec.params.model_fields.values())
    )


def identities(metrics: Sequence[Entry]) -> list[tuple[object, ...]]:
    """Return what the scores by metrics depend on, for a content key."""
    return [
        (identity_with(entry.plugin, entry.params), entry.params, entry.id) for entry in metrics
    ]


def _for_phases(spec: MetricSpec) -> bool:
    bounded = spec.low is not None and spec.high is not None
    return bounded and spec.headline and spec.direction != "none" and not spec.needs_classes


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
        self, recipe: Recipe, encoded: EncoderStage, classes: int | None, session: Session
    ) -> None:
        self.recipe, self.encoded, self.classes = recipe, encoded, classes
        self.corpus, self.session, registry = encoded.corpus, session, session.registry
        self.metrics = metrics_of(recipe, registry)
        self.of_phases = tuple(
            entry for entry in default_metrics(registry) if _for_phases(entry.spec(MetricSpec))
        )

    def records(self, *, phases: bool) -> dict[str, MetricRecord]:
        """Return what readers of the scores need to know of the metrics.

        Parameters
        ----------
        phases
            Whether there are scores by phase as well, whose metrics the recipe need not name.
        """
        entries = (*(self.of_phases if phases else ()), *self.metrics)
        return {entry.id: MetricRecord.of(entry.id, entry.spec(MetricSpec)) for entry in entries}

    def value(
        self,
        entry: Entry,
        points: FloatArray,
        labels: IntArray,
        truth: IntArray | None,
        device: str,
    ) -> float | None:
        """Return one score of a clustering without noise; None where it has none."""
        if entry.spec(MetricSpec).needs_labels:
            if truth is None or not (known := truth >= 0).any():
                return None
            points, labels, truth = points[known], labels[known], truth[known]
        return self._call(entry, Clustering(points, labels, truth, None, device))[HEADLINE].value

    def run(self, clusterer: ClustererStage) -> tuple[ScoreRecord, ...]:
        """Return the scores of one clusterer on every split, computed once for their key."""
        stage = f"scores.{clusterer.entry.id}"
        total = len(self.metrics) * len(self.corpus.splits)

        def work(where: Path) -> _Scores:
            scores: list[ScoreRecord] = []
            for done, score in enumerate(self._scores(clusterer)):
                scores += score
                self.session.observer.progress(stage, min(done + 1, total), total, "")
            return _Scores(scores=tuple(scores))

        place = files.scores(clusterer.entry.id)
        return self.session.do(Stage(stage, self.key(clusterer), place, _Scores, work)).scores

    def key(self, clusterer: ClustererStage) -> str:
        """Return the content key of the scores of one clusterer."""
        return digest(
            {
                "clusterer": clusterer.key,
                "metrics": identities(self.metrics),
                "named": bool(self.recipe.metrics),
                "labels": {
                    name: None if split.labels is None else digest(split.labels.tolist())
                    for name, split in self.corpus.splits.items()
                },
                "id": clusterer.entry.id,
                "classes": self.classes,
            }
        )

    def _scores(self, clusterer: ClustererStage) -> Iterator[list[ScoreRecord]]:
        for name, split in self.corpus.splits.items():
            labels = clusterer.labels(name)
            if labels is None:
                continue
            points = self.encoded.points(name)
            for entry in self.metrics:
                spec = entry.spec(MetricSpec)
                if spec.needs_classes and self.classes is None and not self.recipe.metrics:
                    continue
                if spec.needs_labels and not split.labelled and not self.recipe.metrics:
                    continue
                found = list(self._score(entry, clusterer, split, points, labels))
                for noise, score, _, _ in found:
                    behind = (
                        (files.score_values, score.values),
                        (files.score_influence, score.influence),
                    )
                    for place, values in behind:
                        if values is not None:
                            path = place(clusterer.entry.id, name, entry.id, noise)
                            write_array(self.session.folder / path, values.astype(np.float32))
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
        clusterer: ClustererStage,
        split: Split,
        points: Points,
        labels: IntArray,
    ) -> Iterator[tuple[Noise, Score, int, float]]:
        spec, truth = entry.spec(MetricSpec), None
        if spec.needs_classes and (self.classes is None or not clusterer.spec.needs_head):
            if self.recipe.metrics:
                reason = "cluster numbers are not classes here"
                yield HEADLINE, Score(None, reason=reason), 0, 0.0
            return
        if spec.needs_labels:
            if split.labels is None or not split.labelled:
                yield HEADLINE, Score(None, reason=NO_LABELS), 0, 0.0
                return
            known = split.labels >= 0
            points, labels, truth = points.some(known), labels[known], split.labels[known]
        noisy, device = labels < 0, self.session.resources.device
        covered = 1.0 - float(noisy.mean()) if len(labels) else 0.0

        def measured(shown: IntArray, kept: npt.NDArray[np.bool_]) -> Mapping[Noise, Score]:
            clustering = Clustering(
                points.embedding[kept],
                shown[kept],
                truth[kept] if truth is not None else None,
                None if points.soft is None else points.soft[kept],
                device,
            )
            return self._call(entry, clustering)

        everything = np.ones(len(labels), dtype=bool)
        if spec.noise == "treated":
            for noise in NOISE if noisy.any() else (HEADLINE,):
                shown, kept = treat_noise(labels, noise)
                (score,) = measured(shown, kept).values()
                yield noise, score, int(kept.sum()), covered if noise == HEADLINE else 1.0
        elif spec.noise == "raw":
            (score,) = measured(labels, everything).values()
            yield HEADLINE, score, len(labels), 1.0
        else:
            for noise, score in measured(labels, everything).items():
                if noise == HEADLINE:
                    yield noise, score, int((~noisy).sum()), covered
                elif noisy.any():
                    yield noise, score, len(labels), 1.0

    def resampler(
        self, entry: Entry, split: str, noise: Noise, labels: IntArray, values: Path
    ) -> Resampler | None:
        """Return what a score rests on, to be resampled; None where that can't be done.

        Parameters
        ----------
        split, noise
            Of the score.
        labels
            int64 (n,): those of the clusterer.
        values
            The file of the score's values of rows, if it has any.
        """
        spec, truth = entry.spec(MetricSpec), self.corpus.splits[split].labels
        kept = np.ones(len(labels), dtype=bool)
        if spec.needs_labels and truth is not None:
            kept = truth >= 0
        if spec.noise == "treated":
            labels, scored = treat_noise(labels, noise)
            kept = kept & scored
        resamples = self.recipe.evaluation.resamples
        if spec.rests_on == "table" and truth is not None:
            return of_tables(truth, labels, kept, resamples)
        if spec.rests_on == "moments":
            return of_moments(self.encoded.embedding(split), labels, kept, resamples)
        if not values.is_file():
            return None
        of_row = np.full(len(labels), np.nan, dtype=np.float32)
        of_row[kept] = np.load(values, allow_pickle=False)
        return of_rows(of_row)

    def resampled(self, entry: Entry, drawn: Any) -> npt.NDArray[np.float64] | None:
        """Return a metric's scores of what :meth:`resampler` has drawn, float64 (r,).

        None where a metric that the recipe does not name has failed.
        """
        try:
            with guard.calling(entry, self.recipe.file):
                metric = entry.build()
                if isinstance(metric, TableMetric):
                    return guard.scores(metric.of_tables(drawn), len(drawn))
                if isinstance(metric, MomentMetric):
                    return guard.scores(metric.of_moments(drawn), len(drawn.sizes))
                return np.asarray(drawn, dtype=np.float64)
        except ClusterforgeError as error:
            self._may_fail(entry, error)
            return None

    def _may_fail(self, entry: Entry, error: ClusterforgeError) -> None:
        """Raise the error of a metric that the recipe names or that is ours."""
        if self.recipe.metrics or entry.plugin.distribution.ours:
            raise error

    def _call(self, entry: Entry, clustering: Clustering) -> Mapping[Noise, Score]:
        """Return the score of each treatment that the metric tells apart; an undefined one is null."""
        if not len(clustering.labels):
            return {HEADLINE: Score(None, reason="no rows are left")}
        try:
            with (
                guard.calling(entry, self.recipe.file),
                guard.unchanged(entry, clustering.embedding),
            ):
                metric: Metric[Any] = entry.build()
                rests_on = entry.spec(MetricSpec).rests_on
                _check_class(metric, rests_on)
                try:
                    answer = metric.score(clustering)
                except Undefined as error:
                    return {HEADLINE: Score(None, reason=str(error))}
                by_noise = answer if isinstance(answer, Mapping) else {HEADLINE: answer}
                rows = len(clustering.labels)
                return {noise: _checked(score, rows, rests_on) for noise, score in by_noise.items()}
        except ClusterforgeError as error:
            self._may_fail(entry, error)
            return {HEADLINE: Score(None, reason=str(error))}


def _check_class(metric: Metric[Any], rests_on: RestsOn) -> None:
    fits = {"table": isinstance(metric, TableMetric), "moments": isinstance(metric, MomentMetric)}
    if not fits.get(rests_on, True):
        base = "TableMetric" if rests_on == "table" else "MomentMetric"
        raise guard.WrongAnswer(
            f'its spec says rests_on = "{rests_on}", but its class is no {base}'
        )


def _checked(answer: Any, rows: int, rests_on: RestsOn) -> Score:
    score = answer if isinstance(answer, Score) else None
    if score is None:
        if isinstance(answer, bool) or not isinstance(answer, int | float | np.number):
            raise guard.WrongAnswer(f"a score must be a number, not {type(answer).__name__}")
        score = Score(float(answer))
    arrays = [values for values in (score.values, score.influence) if values is not None]
    if arrays and rests_on != "rows":
        raise guard.WrongAnswer(
            'it gives values of rows, but its spec does not say rests_on="rows"'
        )
    if score.influence is not None and score.values is None:
        raise guard.WrongAnswer("it gives what rows add to the mean, but not their values")
    for values in arrays:
        if (
            not isinstance(values, np.ndarray)
            or values.shape != (rows,)
            or values.dtype.kind != "f"
        ):
            raise guard.WrongAnswer(f"the values behind a score must be a float array ({rows},)")
        if bool((np.abs(values) > np.finfo(np.float32).max).any()):
            raise guard.WrongAnswer("the values behind a score must be finite as float32, or nan")
    if score.value is None:
        return Score(None, score.exact, score.reason)
    if not math.isfinite(score.value):
        return Score(None, score.exact, score.reason or f"the metric gave {score.value}")
    return replace(score, value=float(score.value))
