"""Objectives that compare the trials with one another, once all have ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.numerics.arrays import DoubleArray
from clusterforge.pipeline.sample import sample
from clusterforge.search.folder import labels as labels_file
from clusterforge.search.objectives.base import undefined
from clusterforge.search.records import ObjectiveRecord, ObjectiveValue, TrialRecord

ROWS, OTHERS, FEWEST = 1_000, 200, 3


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
    """How far a clustering is also found by other trials: by other encoders, clusterers and parameters.

    What many different ways of looking at the data show is more likely to be in the data than what one of
    them shows. The value is the mean adjusted Rand index with the other trials, at most 200 of them.

    References
    ----------
    Strehl and Ghosh, "Cluster ensembles", JMLR 3, 2002, who choose the clustering that shares most with all.
    """

    def __init__(self, chooses: bool) -> None:
        self.record = ObjectiveRecord(
            name="agreement",
            title="agreement",
            direction="higher",
            labels=False,
            chooses=chooses,
            comparative=True,
            about="Mean adjusted Rand index with the clusterings of the other trials.",
        )

    def values(self, trials: Sequence[TrialRecord], folder: Path) -> dict[int, ObjectiveValue]:
        """Return the mean index of each trial, in [-0.5, 1]."""
        stored = {
            trial.number: np.load(folder / labels_file(trial.number), allow_pickle=False)
            for trial in trials
        }
        if len(stored) < FEWEST or len({len(labels) for labels in stored.values()}) > 1:
            few = "there are fewer than three trials to compare"
            reason = few if len(stored) < FEWEST else "the trials cluster different rows"
            return dict.fromkeys(stored, undefined(reason))
        numbers = [*stored]
        rows = sample(len(stored[numbers[0]]), ROWS, 0)
        labels = [one[rows].astype(np.int64) for one in stored.values()]
        others = sample(len(trials), OTHERS, 0)
        indices = rand_indices(labels, [labels[other] for other in others])
        indices[others, np.arange(len(others))] = np.nan  # each with itself
        means = np.nanmean(indices, axis=1)
        return {n: ObjectiveValue(value=float(v)) for n, v in zip(numbers, means, strict=True)}


class Ranks(Comparison):
    """The mean of a trial's ranks by several objectives: good in all beats best in one.

    Parameters
    ----------
    parts
        The objectives.
    """

    def __init__(self, name: str, parts: Sequence[ObjectiveRecord], chooses: bool) -> None:
        self.parts = parts
        titles = ", ".join(part.title for part in parts)
        self.record = ObjectiveRecord(
            name=name,
            title=name,
            direction="higher",
            labels=False,
            chooses=chooses,
            comparative=True,
            about=f"Mean over {titles} of the share of trials that are no better.",
        )

    def values(self, trials: Sequence[TrialRecord], folder: Path) -> dict[int, ObjectiveValue]:
        """Return the mean share of each trial, in [0, 1]; an objective without a value counts 0."""
        from scipy.stats import rankdata

        total = np.zeros(len(trials))
        for part in self.parts:
            gains = np.array([_gain(trial, part) for trial in trials])
            ranks = rankdata(gains, method="average") / max(1, len(trials))
            total += np.where(np.isfinite(gains), ranks, 0.0)
        total /= len(self.parts)
        return {
            t.number: ObjectiveValue(value=float(v)) for t, v in zip(trials, total, strict=True)
        }


def compared(
    trials: Mapping[int, TrialRecord], comparisons: Sequence[Comparison], folder: Path
) -> dict[int, TrialRecord]:
    """Return trials with the values that rest on all of them.

    Parameters
    ----------
    trials
        All, by number.
    comparisons
        In an order in which each follows those that it rests on.
    folder
        The sweep's folder.
    """
    done = dict(trials)
    for comparison in comparisons:
        complete = [done[n] for n in sorted(done) if done[n].state == "complete"]
        usable = [trial for trial in complete if trial.degenerate is None]
        values = comparison.values(usable, folder) if usable else {}
        for trial in complete:
            value = values.get(trial.number) or undefined(trial.degenerate or "it has no value")
            objectives = {**trial.objectives, comparison.record.name: value}
            done[trial.number] = trial.model_copy(update={"objectives": objectives})
    return done


def rand_indices(labels: Sequence[IntArray], others: Sequence[IntArray]) -> DoubleArray:
    """Return the adjusted Rand index of each clustering with each of the others: float64 (m, r).

    Parameters
    ----------
    labels, others
        int64 (n,) each; noise, -1, is one cluster.
    """
    n = len(labels[0])
    pairs = n * (n - 1) / 2
    starts, columns = [], 0
    members = np.zeros((n, sum(int(other.max(initial=-1)) + 2 for other in others)), np.float32)
    for other in others:
        starts.append(columns)
        members[np.arange(n), columns + other + 1] = 1
        columns += int(other.max(initial=-1)) + 2
    inside = _pairs(members.sum(axis=0, dtype=np.float64), starts)  # in a cluster of the others
    indices = np.empty((len(labels), len(others)))
    for row, own in enumerate(labels):
        clusters = np.unique(own, return_inverse=True)[1]
        order = np.argsort(clusters, kind="stable")
        counts = np.add.reduceat(
            members[order], np.flatnonzero(np.diff(clusters[order], prepend=-1)), axis=0
        )
        both = sum(_pairs(cluster.astype(np.float64), starts) for cluster in counts)
        alone = float(_pairs(np.bincount(clusters).astype(np.float64), [0])[0])
        expected = alone * inside / pairs
        range_ = (alone + inside) / 2 - expected
        with np.errstate(invalid="ignore", divide="ignore"):
            indices[row] = np.where(range_ == 0, 1.0, (both - expected) / range_)
    return indices


def _pairs(sizes: DoubleArray, starts: Sequence[int]) -> DoubleArray:
    """Return the pairs of rows within clusters, summed over the clusters of each clustering."""
    return np.add.reduceat(sizes * (sizes - 1) / 2, starts)


def _gain(trial: TrialRecord, objective: ObjectiveRecord) -> float:
    value = trial.objectives.get(objective.name)
    if value is None or value.value is None:
        return -np.inf
    return value.value if objective.direction == "higher" else -value.value
