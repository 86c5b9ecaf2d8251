"""Objectives by fits of the clusterer on other rows and by other seeds; the encoders stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterforge.contracts import IntArray, Points
from clusterforge.evaluation.agreement import prediction_strength
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.pipeline.refit import SEEDS, Refits
from clusterforge.pipeline.sample import sample
from clusterforge.recipe.tables import Evaluation
from clusterforge.search.objectives.base import Judged, Objective, undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue

REFITS, ROWS = 4, 2_000


class Stability(Objective):
    """Whether fits on resampled rows, each by another seed, find the same clusters."""

    def __init__(self, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name="stability",
            title="stability",
            direction="higher",
            labels=False,
            chooses=chooses,
            about="Mean adjusted Rand index with fits on resampled rows, each by another seed.",
        )

    def judge(self, judged: Judged) -> ObjectiveValue:
        """Return the mean agreement of the refits on the rows that they have, in [-0.5, 1]."""
        refits = Refits(judged.clusterer, Evaluation(refits=REFITS, rows=ROWS))
        if refits.refused:
            return undefined(refits.refused)
        rows = sample(len(judged.labels), ROWS, refits.seed)
        points, reference = judged.clusterer.points("train").some(rows), judged.labels[rows]
        agreements: list[float] = []
        for refit in range(REFITS):
            rng = np.random.default_rng([refits.seed, refit])
            drawn = np.unique(rng.integers(0, len(rows), len(rows)))
            fit = refits.fit(points.some(drawn), (refits.seed + 1 + refit) % SEEDS)
            if fit is not None:
                agreements.append(float(ari(contingency(reference[drawn], fit[1]).counts)))
        if not agreements:
            return undefined(f"no fit succeeded: {refits.failure}")
        return ObjectiveValue(value=float(np.mean(agreements)))


class CrossValidation(Objective):
    """Whether one half of the rows has the clusters that the other half has.

    Each half is clustered alone, and labels the other. A cluster's strength is the share of its pairs of
    rows that the clustering of the other half keeps together; the value is the mean over rows and halves, so
    that one weak cluster of many does not decide.

    References
    ----------
    Tibshirani and Walther, "Cluster validation by prediction strength", JCGS 14, 2005, who take the least
    strength of all clusters, which says little where there are many.
    """

    def __init__(self, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name="prediction-strength",
            title="prediction strength",
            direction="higher",
            labels=False,
            chooses=chooses,
            about="Share of the pairs of rows in a cluster that a clustering of other rows keeps together.",
        )

    def judge(self, judged: Judged) -> ObjectiveValue:
        """Return the mean strength, in [0, 1]."""
        refits = Refits(judged.clusterer, Evaluation(refits=REFITS, rows=ROWS))
        if refits.refused:
            return undefined(refits.refused)
        rows = sample(len(judged.labels), ROWS, refits.seed)
        points = judged.clusterer.points("train").some(rows)
        order = np.random.default_rng(refits.seed).permutation(len(rows))
        one, other = (points.some(np.sort(half)) for half in np.array_split(order, 2))
        fits = refits.fit(one, refits.seed), refits.fit(other, refits.seed)
        strengths: list[float] = []
        if fits[0] is not None and fits[1] is not None:
            strengths += _strength(refits, fits[0], one, fits[1][1], other)
            strengths += _strength(refits, fits[1], other, fits[0][1], one)
        if not strengths:
            return undefined(f"no half has clusters: {refits.failure or 'every row is noise'}")
        return ObjectiveValue(value=float(np.mean(strengths)))


def _strength(
    refits: Refits, fit: tuple[Any, IntArray], fitted: Points, own: IntArray, points: Points
) -> list[float]:
    """Return how far the clusters that some points have on their own are kept together by another fit."""
    from clusterforge.numerics.neighbors import knn  # brings torch, which the driver does without

    predicted = refits.predict(fit[0], points)
    if predicted is None:  # there is no rule for new rows: that of the nearest fitted one
        nearest, _ = knn(fitted.embedding, 1, queries=points.embedding, exclude_self=False)
        predicted = fit[1][nearest[:, 0]]
    by_cluster = prediction_strength(own, predicted)
    sizes = [int((own == cluster).sum()) for cluster in by_cluster]
    return [float(np.average([*by_cluster.values()], weights=sizes))] if sizes else []
