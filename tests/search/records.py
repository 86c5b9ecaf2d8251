"""Records of sweeps made up, of any size, without running a trial."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pydantic import JsonValue

from clusterforge.runs.records import HEADLINE, MetricRecord, ScoreRecord, StageRecord
from clusterforge.search.correlation import against_labels
from clusterforge.search.pareto import best_trial, front
from clusterforge.search.records import (
    AxisRecord,
    ObjectiveRecord,
    ObjectiveValue,
    SweepRecord,
    TrialRecord,
)

HOSTILE: tuple[JsonValue, ...] = (
    "</script><script>alert(1)</script>",
    "a\u202eb\x07 {{ 7 * 7 }} & <b>",
    {"use": "autoencoder", "layers": [512, 256], "note": "'; rm -rf ~; '"},
    {"use": "autoencoder", "layers": [64]},
    ["x" * 300, 1, True],
    True,
)
K = AxisRecord(key="clusterer.0.n_clusters", values=(4, 6, 8, 10, 12))
LR = AxisRecord(key="encoder.1.lr", low=1e-4, high=1e-1, log=True)
DIM = AxisRecord(key="encoder.1.dim", values=(8, 16, 32, 64))
ANY = AxisRecord(key="encoder.0", values=HOSTILE)


def metric(title: str, order: int, labels: bool, lower: bool = False) -> MetricRecord:
    return MetricRecord(
        direction="lower" if lower else "higher",
        labels=labels,
        title=title,
        order=order,
        headline=True,
        rests_on="whole",
        grows_with_clusters=False,
        low=None,
        high=None,
    )


METRICS = {
    "ari": metric("ARI", 10, True),
    "silhouette": metric("Silhouette", 20, False),
    "davies-bouldin": metric("Davies-Bouldin", 30, False, lower=True),
}


def objective(name: str, title: str, lower: bool = False, labels: bool = False) -> ObjectiveRecord:
    return ObjectiveRecord(
        name=name,
        title=title,
        direction="lower" if lower else "higher",
        labels=labels,
        chooses=True,
        about="Measures something.",
    )


STABILITY = objective("stability", "stability")
ERROR = objective("error", "reconstruction error", lower=True)


def made(
    many: int,
    axes: Sequence[AxisRecord] = (K, LR),
    objectives: Sequence[ObjectiveRecord] = (STABILITY,),
    failed: Sequence[int] = (),
    undefined: Sequence[int] = (),
    labelled: bool = True,
    name: str = "made",
) -> tuple[SweepRecord, list[TrialRecord]]:
    """Return a sweep of so many trials; the first axis decides the objective, the others little."""
    rng = np.random.default_rng(0)
    trials = []
    for number in range(many):
        values: dict[str, JsonValue] = {}
        parts = []
        for place, axis in enumerate(axes):
            part = float(rng.random())
            parts.append(part)
            if place == 2 and part < 0.3:
                continue  # a key that not every trial sets
            if axis.values:
                values[axis.key] = axis.values[int(part * len(axis.values))]
            else:
                assert axis.low is not None
                assert axis.high is not None
                low, high = math.log(axis.low), math.log(axis.high)
                values[axis.key] = math.exp(low + part * (high - low))
        if number in failed:
            problem = f"clusterer.0: can't fit </b> {number % 2}"
            trials.append(
                TrialRecord(
                    number=number, values=values, state="failed", problem=problem, seconds=0.1
                )
            )
            continue
        good = float(1 - (parts[0] - 0.6) ** 2 - 0.05 * parts[-1] + 0.04 * rng.normal())
        found = {
            one.name: ObjectiveValue(value=None, reason="there are fewer than two clusters")
            if number in undefined
            else ObjectiveValue(value=good if not place else float(0.5 + parts[0] * rng.random()))
            for place, one in enumerate(objectives)
        }
        scores = {
            "ari": good - 0.3 + 0.1 * float(rng.random()),
            "silhouette": 0.5 * good,
            "davies-bouldin": 2 - good,
        }
        trials.append(
            TrialRecord(
                number=number,
                values=values,
                state="complete",
                objectives=found,
                scores=tuple(
                    ScoreRecord(
                        clusterer="kmeans",
                        split="train",
                        metric=metric,
                        noise=HEADLINE,
                        value=value,
                        rows=500,
                        coverage=1.0,
                    )
                    for metric, value in scores.items()
                    if labelled or not METRICS[metric].labels
                ),
                clusterer="kmeans",
                clusters=4 + int(8 * parts[0]),
                noise=0.0,
                details={"inertia": 100 * (2 - parts[0])},
                stages=(
                    StageRecord(stage="encoder.1.pca", key="0" * 64, reused=True, seconds=0.01),
                    StageRecord(stage="clusterer.0.kmeans", key="1" * 64, reused=False, seconds=2),
                ),
                seconds=float(1 + rng.random()),
                work=1.0,
                saved=0.5,
            )
        )
    best = best_trial(trials, objectives)
    assert best is not None
    return SweepRecord(
        clusterforge="0",
        id="made",
        name=name,
        description="",
        method="random",
        trials=many,
        size=None,
        objectives=tuple(objectives),
        metrics=METRICS,
        axes=tuple(axes),
        clusterer="kmeans",
        engine="local",
        workers=2,
        started="2026-11-28T10:00:00+00:00",
        finished="2026-11-28T10:10:00+00:00",
        seconds=600.0,
        saved=80.0,
        overhead=0.012,
        best=best.number,
        front=tuple(trial.number for trial in front(trials, objectives)),
        rows=500,
        labelled=labelled,
        against_labels=tuple(against_labels(trials, objectives, METRICS)),
    ), trials


def twelve() -> list[AxisRecord]:
    """Twelve axes: numbers, ranges, and values that mean harm."""
    more = [
        AxisRecord(key=f"encoder.{n}.some_parameter_{n}", values=tuple(range(n)))
        for n in range(2, 10)
    ]
    return [K, LR, DIM, ANY, *more]
