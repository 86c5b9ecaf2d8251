"""Fits beside the run's own: by other seeds, on resampled rows, and of the test rows alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, Points
from clusterforge.contracts.context import no_epochs, silent
from clusterforge.errors import InputError
from clusterforge.evaluation.agreement import (
    NOISE,
    UNKNOWN,
    overlap,
    prediction_strength,
    stability,
)
from clusterforge.models import guard
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.pipeline.cluster import ClustererStage
from clusterforge.pipeline.remedies import n_clusters
from clusterforge.pipeline.sample import sample
from clusterforge.recipe.tables import Evaluation
from clusterforge.runs.records import (
    Agreement,
    ClusterStrength,
    PredictionStrength,
    Stability,
    UnstableRow,
)

SHOWN = 50
SEEDS = 2**32
CARRIED = 0.8  # least adjusted Rand index at which a sample's clusters count as those of all rows
APART = 0.2  # of two such indices


class Refits:
    """Fits a clusterer again, on samples of at most ``evaluation.rows`` rows.

    A fit that fails, because the sample is too small for the parameters, say, is left out. Where the
    number of clusters is ``"auto"`` it is the number that the run has found. Where none is given,
    parameters may count rows (min_samples, min_cluster_size), and a sample, being sparser, may have
    other clusters for that reason alone: then its refits say nothing of the run, and are not told.

    Parameters
    ----------
    stage
        The clusterer.
    asked
        What the recipe asks for.
    below
        Why a clusterer that it works on can't be tried so; empty where it can, or there is none.
    """

    def __init__(self, stage: ClustererStage, asked: Evaluation, below: str = "") -> None:
        entry = stage.settled
        self.stage, self.encoded, self.entry, self.below = stage, stage.encoded, entry, below
        self.asked, self.seed = asked, stage.session.seed
        context = stage.session.context(f"evaluation.{entry.id}")
        self.context = replace(
            context, progress=silent, on_epoch=no_epochs, checkpoint=None, labels_only=True
        )
        self.failure = ""

    @property
    def refused(self) -> str | None:
        """Why the clusterer is not fitted again, or None."""
        if not self.asked.refits:
            return "evaluation.refits is 0"
        if self.stage.spec.needs_head:
            return "it is the head of an encoder, which is not trained again"
        labels = self.stage.labels("train")
        if self.stage.record.n_clusters == 1 and labels is not None and labels.min() >= 0:
            return "it put all rows into one cluster, and any fit that does agrees with it"
        return self.below or None

    @property
    def count(self) -> int:
        """How many fits there will be."""
        kinds = 2 if self.stage.spec.stochastic else 1
        return 0 if self.refused else kinds * self.asked.refits + 1

    def alone(self, m: int) -> tuple[IntArray, IntArray] | None:
        """Return m train rows and their clusters when they are fitted alone; None where all are."""
        n = len(self.stage.points("train"))
        if m >= n or n_clusters(self.entry) is not None:
            return None
        rows = sample(n, m, self.seed)
        fit = self.fit(self.stage.points("train").some(rows), self.seed)
        return None if fit is None else (rows, fit[1])

    def stability(self, told: Callable[[], None]) -> tuple[Stability, FloatArray]:
        """Return the clustering's stability, and that of each train row, float32 (n,)."""
        labels = self.stage.labels("train")
        assert labels is not None
        each = np.full(len(labels), np.nan, dtype=np.float32)
        rows = sample(len(labels), self.asked.rows, self.seed)
        reference = labels[rows]
        reason = self.refused or ("" if (reference >= 0).any() else "every row is noise")
        if reason:
            return Stability(reason=reason), each
        points = self.stage.points("train").some(rows)
        seeds = list(self._by_seed(points, told)) if self.stage.spec.stochastic else []
        settled = self.stage.bases and not any(map(_random, self.stage.bases.values()))
        if settled and seeds and all(np.array_equal(seeds[0], one) for one in seeds[1:]):
            seeds = []  # what is done to the other clusterings could depend on the seed, and does not
        bootstrap = list(self._by_rows(points, told))
        if not seeds and not bootstrap:
            return Stability(reason=f"no fit succeeded: {self.failure}"), each
        if sparser := self._sparser(reference, bootstrap):
            return Stability(reason=sparser), each
        each[rows] = stability(reference, [*seeds, *bootstrap])
        record = Stability(
            rows=len(rows),
            seeds=_agreements(reference, seeds),
            bootstrap=_agreements(reference, bootstrap),
            moving=int((each < 1).sum()),
            unstable=_least(each),
        )
        return record, each

    def _sparser(self, reference: IntArray, bootstrap: list[IntArray]) -> str | None:
        """Why refits differ from the run, where that is the sample's size and not chance: or None.

        They then agree with a fit of the sample much better than with the run.
        """
        alone = self.alone(len(reference)) if bootstrap else None
        labels = self.stage.labels("train")
        if alone is None or labels is None:
            return None
        ours, run = (_agreements(of, bootstrap) for of in (alone[1], reference))
        if ours is None or run is None or ours.mean - run.mean < APART:
            return None
        return other_clusters(
            len(reference), len(labels), float(ari(contingency(reference, alone[1]).counts))
        )

    def strength(self, told: Callable[[], None]) -> PredictionStrength:
        """Return whether the test rows, clustered alone, fall apart in the same way."""
        reason = self.refused
        given = None if reason else self.stage.labels("test")
        if given is None:
            there = "test" in self.encoded.corpus.splits
            why = "it can't label rows it has not seen" if there else "there is no test split"
            return PredictionStrength(reason=reason or why)
        rows = sample(len(given), self.asked.rows, self.seed)
        labels, alone = self.stage.labels("train"), self.alone(len(rows))
        if alone is not None and labels is not None:
            agreement = float(ari(contingency(labels[alone[0]], alone[1]).counts))
            if agreement < CARRIED:
                return PredictionStrength(reason=other_clusters(len(rows), len(labels), agreement))
        own = self.fit(self.stage.points("test").some(rows), self.seed)
        told()
        if own is None:
            return PredictionStrength(reason=f"the test rows alone: {self.failure}")
        found = prediction_strength(own[1], given[rows])
        if not found:
            return PredictionStrength(reason="the test rows alone have no cluster of two rows")
        names = overlap(own[1], given[rows])
        return PredictionStrength(
            value=min(found.values()),
            split="test",
            rows=len(rows),
            clusters=tuple(
                ClusterStrength(cluster=names.get(i), value=v) for i, v in found.items()
            ),
        )

    def _by_seed(self, points: Points, told: Callable[[], None]) -> Iterator[IntArray]:
        for i in range(self.asked.refits):
            fit = self.fit(points, (self.seed + 1 + i) % SEEDS)
            told()
            if fit is not None:
                yield fit[1]

    def _by_rows(self, points: Points, told: Callable[[], None]) -> Iterator[IntArray]:
        n = len(points)
        for i in range(self.asked.refits):
            drawn = np.sort(np.random.default_rng([self.seed, i]).integers(0, n, n))
            fit = self.fit(points.some(drawn), self.seed)
            told()
            if fit is None:
                continue
            labels = np.full(n, UNKNOWN, dtype=np.int64)
            labels[drawn] = fit[1]
            rest = np.flatnonzero(labels == UNKNOWN)
            predicted = self.predict(fit[0], points.some(rest)) if len(rest) else None
            if predicted is not None:
                labels[rest] = predicted
            yield labels

    def fit(self, points: Points, seed: int) -> tuple[Any, IntArray] | None:
        """Return a clusterer fitted on some rows and their labels; None where that fails."""

        def fit() -> tuple[Any, IntArray]:
            clusterer = self.stage.fresh(self.entry)
            labels = clusterer.fit(points, self.context.with_seed(seed))
            return clusterer, guard.labels(labels, len(points))

        found: tuple[Any, IntArray] | None = self._answer(fit)
        return found

    def predict(self, clusterer: Any, points: Points) -> IntArray | None:
        """Return what a clusterer that was fitted here says of other rows; None where it can't."""
        if self.stage.predicts == "none":
            return None

        def predict() -> IntArray:
            return guard.labels(clusterer.predict(points, self.context), len(points))

        labels: IntArray | None = self._answer(predict)
        return labels

    def _answer(self, ask: Callable[[], Any]) -> Any:
        """Return what a plugin answers, or None where it fails on these rows."""
        try:
            with warnings.catch_warnings(), guard.calling(self.entry, self.stage.file):
                warnings.simplefilter("ignore")
                return ask()
        except Exception as error:
            # Neither the recipe's file nor a remedy for it: nobody wrote these rows into a recipe.
            said = error.problem if isinstance(error, InputError) else str(error)
            self.failure = " ".join(said.split())[:200] or type(error).__name__
            return None


def _random(stage: ClustererStage) -> bool:
    """Tell whether a clusterer, or any that it is made of, depends on the seed."""
    if stage.bases:
        return any(map(_random, stage.bases.values()))
    return stage.spec.stochastic


def other_clusters(rows: int, of: int, agreement: float) -> str:
    """Say that rows alone have other clusters than all have."""
    return (
        f"clustered without the others, {rows:,} of the {of:,} train rows fall into other clusters "
        f"(ARI {agreement:.2f}), so refits of so many rows say nothing of this clustering"
    )


def _agreements(reference: IntArray, refits: list[IntArray]) -> Agreement | None:
    """Return the adjusted Rand index of each refit with the run, noise as one cluster."""
    if not refits:
        return None
    values = [
        float(ari(contingency(reference[known], labels[known]).counts))
        for labels in refits
        if (known := labels >= NOISE).any()
    ]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Agreement(ari=tuple(values), mean=float(np.mean(values)), sd=spread)


def _least(stability: FloatArray) -> tuple[UnstableRow, ...]:
    """Return the least stable rows, those of stability 1 left out."""
    rows = np.flatnonzero(stability < 1)
    rows = rows[np.argsort(stability[rows], kind="stable")][:SHOWN]
    return tuple(UnstableRow(row=int(row), stability=float(stability[row])) for row in rows)
