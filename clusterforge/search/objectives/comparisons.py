"""Objectives that compare the trials with one another, when all have ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.pipeline.sample import sample
from clusterforge.search.folder import read_labels
from clusterforge.search.objectives.base import Objective, undefined
from clusterforge.search.objectives.combined import Combination
from clusterforge.search.pareto import value_of
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue, TrialRecord

ROWS, OTHERS = 1_000, 200
AGREEMENT = "agreement"
ALONE = "all trials have the same encoders and clusterer"


class Comparison(ABC):
    """One way to judge clusterings by other clusterings of the sweep."""

    record: ObjectiveRecord

    @abstractmethod
    def values(self, trials: Sequence[TrialRecord], folder: Path) -> dict[int, ObjectiveValue]:
        """Return how good each of some trials is, by number.

        Parameters
        ----------
        trials
            Complete ones that are not degenerate.
        folder
            The sweep's folder, with the clusters of some rows in each trial.
        """


class Agreement(Comparison):
    """How far a clustering is also found by trials with other encoders or another clusterer.

    What many different ways of looking at the data show is more likely to be in the data than what one of
    them shows. The value is the mean adjusted Rand index with such trials, among at most 200 of all. Trials
    that differ in a number of clusters alone say nothing: of those, the middle one agrees best.

    References
    ----------
    Strehl and Ghosh, "Cluster ensembles", JMLR 3, 2002, who choose the clustering that shares most with all.
    """

    def __init__(self, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name=AGREEMENT,
            title=AGREEMENT,
            direction="higher",
            labels=False,
            chooses=chooses,
            comparative=True,
            about="Mean adjusted Rand index with trials that have other encoders or another clusterer.",
        )

    def values(self, trials: Sequence[TrialRecord], folder: Path) -> dict[int, ObjectiveValue]:
        """Return the mean index of each trial, in [-0.5, 1]."""
        stored = {trial.number: read_labels(folder, trial.number) for trial in trials}
        if len({len(labels) for labels in stored.values()}) > 1:
            return dict.fromkeys(stored, undefined("the trials cluster different rows"))
        numbers = [*stored]
        rows = sample(len(stored[numbers[0]]), ROWS, 0)
        labels = [one[rows] for one in stored.values()]
        others = sample(len(trials), OTHERS, 0)
        indices = rand_indices(labels, [labels[other] for other in others])
        ways = np.unique([_way(trial) for trial in trials], return_inverse=True)[1]
        differs = ways[:, None] != ways[others]
        totals, counts = np.where(differs, indices, 0.0).sum(axis=1), differs.sum(axis=1)
        return {
            number: ObjectiveValue(value=float(total / count)) if count else undefined(ALONE)
            for number, total, count in zip(numbers, totals, counts, strict=True)
        }


def _way(trial: TrialRecord) -> str:
    """Return what names the encoders and the kind of clusterer of a trial."""
    encoders = [stage.key for stage in trial.stages if stage.stage.startswith("encoder.")]
    return f"{encoders[-1:]} {trial.clusterer}"


def compared(
    trials: Mapping[int, TrialRecord],
    objectives: Sequence[Objective | Comparison | Combination],
    folder: Path,
) -> dict[int, TrialRecord]:
    """Return trials with the values that rest on all of them.

    Parameters
    ----------
    trials
        All, by number.
    objectives
        All of them; those that need no comparison have their values.
    folder
        The sweep's folder.
    """
    done = dict(trials)
    for objective in objectives:
        if isinstance(objective, Comparison):
            usable = [t for _, t in sorted(done.items()) if _is_usable(t)]
            values = objective.values(usable, folder) if usable else {}
            done = {n: _with(trial, objective.record, values.get(n)) for n, trial in done.items()}
    for objective in objectives:
        if isinstance(objective, Combination) and objective.record.comparative:
            # A part that no trial has a value of says nothing of any.
            parts = [
                part
                for part in objective.parts
                if any(value_of(trial, part) is not None for trial in done.values())
            ]
            usable_parts = Combination(parts or objective.parts, objective.record.chooses)
            done = {
                n: _with(trial, objective.record, usable_parts.combined(trial.objectives))
                for n, trial in done.items()
            }
    return done


def _is_usable(trial: TrialRecord) -> bool:
    return trial.state == "complete" and trial.degenerate is None


def _with(
    trial: TrialRecord, objective: ObjectiveRecord, value: ObjectiveValue | None
) -> TrialRecord:
    """Return a trial with a value more; a degenerate one gets none."""
    if trial.state != "complete":
        return trial
    if not _is_usable(trial) or value is None:
        value = undefined(trial.degenerate or "it has no value")
    return trial.model_copy(update={"objectives": {**trial.objectives, objective.name: value}})


def rand_indices(labels: Sequence[IntArray], others: Sequence[IntArray]) -> DoubleArray:
    """Return the adjusted Rand index of each clustering with each of the others: float64 (m, r).

    Parameters
    ----------
    labels, others
        int64 (n,) each; noise, -1, is one cluster.
    """
    pairs = len(labels[0]) * (len(labels[0]) - 1) / 2
    columns = [np.unique(other, return_inverse=True)[1] for other in others]
    sums = np.array([_pairs(np.bincount(other)) for other in columns])  # within their clusters
    indices = np.empty((len(labels), len(others)))
    for row, own in enumerate(labels):
        clusters = np.unique(own, return_inverse=True)[1]
        alone = _pairs(np.bincount(clusters))
        clusters = clusters * (1 + max(int(other.max()) for other in columns))
        both = np.array([_pairs(np.bincount(clusters + other)) for other in columns])
        expected = alone * sums / pairs
        most = (alone + sums) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            index = (both - expected) / (most - expected)
        indices[row] = np.where(most == expected, 1.0, index)
    return indices


def _pairs(sizes: IntArray) -> float:
    """Return the pairs of rows within clusters of these sizes."""
    return float(sizes @ (sizes - 1)) / 2
