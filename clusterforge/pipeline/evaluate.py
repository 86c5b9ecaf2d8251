"""The stages that evaluate: ``evaluation.json``, intervals of the scores, values of rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.curation import Labelling
from clusterforge.evaluation.clusters import evaluate_clusters, silhouettes
from clusterforge.evaluation.contents import Embeddings, describe
from clusterforge.evaluation.curves import correct, coverage_curve
from clusterforge.evaluation.intervals import LEVEL, Interval
from clusterforge.evaluation.noise import noise_policies
from clusterforge.formats import are
from clusterforge.models.answers import confidence
from clusterforge.pipeline.chance import Chance
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.encode import EncoderStage
from clusterforge.pipeline.keys import PluginCode, digest
from clusterforge.pipeline.refit import Refits
from clusterforge.pipeline.resampling import Resampling
from clusterforge.pipeline.score import Scoring
from clusterforge.pipeline.stages import Stage
from clusterforge.runs import files
from clusterforge.runs.files import MEMBERSHIP
from clusterforge.runs.records import (
    HEADLINE,
    ClusteringEvaluation,
    CoverageCurve,
    Evaluation,
    EvaluationSettings,
    NoisePolicy,
    Record,
    ScoreRecord,
    SplitContents,
    SplitEvaluation,
)
from clusterforge.specs import MetricSpec
from clusterforge.storage.atomic import write_array

STAGE, DATA = "evaluation", "evaluation.data"
DATA_FOLDER = "_data"  # no clusterer's id begins so

Scores = Sequence[ScoreRecord]


class _Evaluated(Record):
    """What the stage of a clusterer leaves: its evaluation, and the interval of each of its scores."""

    evaluation: ClusteringEvaluation
    intervals: tuple[tuple[float, float] | None, ...]


class _Contents(Record):
    """What the stage that reads the data leaves."""

    splits: dict[str, SplitContents]


class Evaluating:
    """Evaluates the clusterings of one run, after they are scored.

    Parameters
    ----------
    scoring
        What scored them; its values of rows are used again.
    """

    def __init__(self, scoring: Scoring) -> None:
        self.scoring, self.recipe, self.session = scoring, scoring.recipe, scoring.session
        self.encoded, self.data = scoring.encoded, scoring.encoded.data
        self.corpus = self.data.corpus
        self._found: dict[str, _Evaluated] = {}

    def run(
        self,
        clusterers: Sequence[ClustererStage],
        scores: Scores,
    ) -> tuple[Scores, Evaluation]:
        """Return the scores with ``low`` and ``high``, and the evaluation of each clustering."""
        asked = self.recipe.evaluation
        parts: dict[str, ClusteringEvaluation] = {}
        bounds: dict[tuple[str, str, str, str], Interval] = {}
        for clusterer in clusterers:
            name = clusterer.entry.id
            found = self._clusterer(clusterer, scores)
            parts[name] = found.evaluation
            bounds |= zip(map(_place, _own(scores, clusterer)), found.intervals, strict=True)
        evaluation = Evaluation(
            settings=EvaluationSettings(level=LEVEL, seed=self.recipe.seed, **asked.model_dump()),
            data=self._described(),
            clusterings=parts,
        )
        bounded = []
        for score in scores:
            low, high = bounds[_place(score)] or (None, None)
            bounded.append(score.model_copy(update={"low": low, "high": high}))
        return bounded, evaluation

    def _described(self) -> dict[str, SplitContents]:
        first = self._first_encoder()

        def work(where: Path) -> _Contents:
            splits = self.corpus.splits
            if first is None:
                return _Contents(splits=describe(self.corpus))
            own = Embeddings(first.entry.id, {name: first.embedding(name) for name in splits})
            contents = describe(self.corpus, own)
            first.release()
            return _Contents(splits=contents)

        # The code of the data set's plugin comes with a hash of ours.
        own = PluginCode.of(self.recipe.dataset.plugin)
        key = digest([DATA, self.data.key, own, first and first.key])
        stage = Stage(DATA, key, files.evaluation(DATA_FOLDER), _Contents, work)
        splits = self.session.do(stage).splits
        for name, of in splits.items():
            exact = of.duplicates.in_train or 0
            near = (of.near_duplicates.in_train or 0) if of.near_duplicates else 0
            if exact + near:
                both = f"copies ({exact:,}) or near copies ({near:,}) of rows"
                one = "a near copy of a row" if near else "a copy of a row"
                several = "near copies of rows" if near else "copies of rows"
                what = both if exact and near else one if exact + near == 1 else several
                self.session.warn(
                    f"{exact + near:,} of the {of.rows:,} rows of {name} {are(exact + near)} {what} of "
                    "train: its scores may be too good"
                )
        return splits

    def _first_encoder(self) -> EncoderStage | None:
        """Return the first encoder, where its embedding may show near copies.

        None where values and pixels say it themselves, and where training or neighbours move rows together.
        """
        first = self.encoded
        while first.below:
            first = first.below[0]
        spec = first.spec
        own = self.corpus.content != "table" and not (spec.trained or spec.cheap)
        return first if own and spec.keeps != "neighbors" else None

    def _clusterer(self, clusterer: ClustererStage, every: Scores) -> _Evaluated:
        if clusterer.entry.id not in self._found:
            self._found[clusterer.entry.id] = self._evaluated(clusterer, every)
        return self._found[clusterer.entry.id]

    def _untried(self, clusterer: ClustererStage, every: Scores) -> str:
        """Return why refits of what a clusterer works on say nothing of it; empty where they do.

        Then refits of the clusterer say nothing either, whatever they look like.
        """
        for base in clusterer.bases.values():
            reason = self._clusterer(base, every).evaluation.stability.reason
            if reason and not Refits(base, self.recipe.evaluation).refused:
                return f"{base.entry.id}, of which it is made, can't be: {reason}"
        return ""

    def _evaluated(self, clusterer: ClustererStage, every: Scores) -> _Evaluated:
        stage, scores = f"{STAGE}.{clusterer.entry.id}", _own(every, clusterer)
        asked = self.recipe.evaluation
        refits = Refits(clusterer, asked, self._untried(clusterer, every))
        chance = Chance(refits, asked.null_draws)

        def work(where: Path) -> _Evaluated:
            total, done = len(scores) + refits.count + chance.count, 0

            def advance() -> None:
                nonlocal done
                done += 1
                self.session.observer.progress(stage, min(done, total), total, "")

            resampling = Resampling(self.scoring, clusterer)
            resamples = resampling.of(scores, advance)
            write_array(where / "resamples.npy", resamples)
            intervals = resampling.intervals(scores, resamples)
            stability, each = refits.stability(advance)
            write_array(where / "train.stability.npy", each)
            evaluation = ClusteringEvaluation(
                noise=self._noise(clusterer),
                splits={
                    name: self._split(where, clusterer, name, labels, each)
                    for name in self.corpus.splits
                    if (labels := clusterer.labels(name)) is not None
                },
                stability=stability,
                prediction_strength=refits.strength(advance),
                chance=chance.test(advance),
            )
            return _Evaluated(evaluation=evaluation, intervals=intervals)

        place = files.evaluation(clusterer.entry.id)
        return self.session.do(Stage(stage, self.key(clusterer), place, _Evaluated, work))

    def key(self, clusterer: ClustererStage) -> str:
        """Return the content key of the evaluation of one clusterer."""
        return digest(
            {
                "stage": STAGE,
                "data": self.data.key,
                "clusterer": clusterer.key,
                "scores": self.scoring.key(clusterer),
                "asked": self.recipe.evaluation,
                "seed": self.recipe.seed,
                "threads": self.session.resources.threads,
            }
        )

    def _noise(self, clusterer: ClustererStage) -> tuple[NoisePolicy, ...]:
        labels, train = clusterer.labels("train"), self.corpus.train
        if labels is None or labels.min(initial=0) >= 0:
            return ()
        path = clusterer.folder / f"train.{MEMBERSHIP}.npy"
        rows = Labelling(
            ids=train.ids.astype(str),
            split="train",
            embedding=self.encoded.embedding("train"),
            labels=labels,
            texts=train.items if train.items.content == "text" else None,
            membership=np.load(path, allow_pickle=False) if path.is_file() else None,
        )
        return noise_policies(
            rows,
            train.labels if train.labelled else None,
            seed=self.recipe.seed,
            device=self.session.resources.device,
        )

    def _split(
        self,
        where: Path,
        clusterer: ClustererStage,
        name: str,
        labels: IntArray,
        stability: FloatArray,
    ) -> SplitEvaluation:
        split, points = self.corpus.splits[name], self.encoded.embedding(name)
        each = self._silhouettes(clusterer, name)
        if each is None:
            each = silhouettes(points, labels, 0, self.session.resources.device)
        write_array(where / f"{name}.silhouette.npy", each)
        truth = split.labels if split.labelled else None
        measured, kept = int((~np.isnan(each)).sum()), int((labels >= 0).sum())
        right = (
            np.full(len(labels), np.nan, np.float32) if truth is None else correct(truth, labels)
        )
        return SplitEvaluation(
            rows=len(labels),
            noise=len(labels) - kept,
            silhouette_rows=measured,
            exact=measured in (0, kept),
            clusters=evaluate_clusters(
                points,
                labels,
                each,
                stability if name == "train" else None,
                truth,
                self.corpus.label_names,
            ),
            coverage_curve=self._curve(clusterer, name, labels, truth, right, each),
        )

    def _silhouettes(self, clusterer: ClustererStage, split: str) -> FloatArray | None:
        """Return the rows' silhouettes that the metric has left, noise left out; None without."""
        for entry in self.scoring.metrics:
            if not entry.spec(MetricSpec).gives_silhouettes:
                continue
            path = self.session.folder / files.score_values(
                clusterer.entry.id, split, entry.id, HEADLINE
            )
            if path.is_file():
                values: FloatArray = np.load(path, allow_pickle=False)
                return values
        return None

    def _curve(
        self,
        clusterer: ClustererStage,
        split: str,
        labels: IntArray,
        truth: IntArray | None,
        right: FloatArray,
        silhouettes: FloatArray,
    ) -> CoverageCurve | None:
        path = clusterer.folder / f"{split}.{MEMBERSHIP}.npy"
        by, sure = files.SILHOUETTE, silhouettes
        if path.is_file():
            by, sure = MEMBERSHIP, confidence(np.load(path, allow_pickle=False), labels)
        covered = ~np.isnan(right)
        if truth is None or not covered.any():
            return None
        # Of a sample, the noise among all rows tells how much is not covered.
        measured = int((covered & ~np.isnan(sure)).sum())
        points = coverage_curve(
            right, sure, measured * float((truth >= 0).sum()) / float(covered.sum())
        )
        return CoverageCurve(by=by, points=points) if points else None


def _own(scores: Scores, clusterer: ClustererStage) -> list[ScoreRecord]:
    return [score for score in scores if score.clusterer == clusterer.entry.id]


def _place(score: ScoreRecord) -> tuple[str, str, str, str]:
    return score.clusterer, score.split, score.metric, score.noise
