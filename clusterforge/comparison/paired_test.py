"""Paired tests: the interval of the difference of two scores, over rows resampled once for both.

What makes a row hard for both clusterings cancels out, so two scores may differ for certain although
their own intervals overlap. How a metric is resampled follows from what it rests on, not from its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clusterforge.comparison.named_runs import NamedClustering
from clusterforge.comparison.overlap import NOISE, UNMATCHED
from clusterforge.comparison.shared_rows import SharedRows
from clusterforge.comparison.table_metrics import OfTables, Values
from clusterforge.contracts import IntArray
from clusterforge.evaluation.intervals import percentile
from clusterforge.numerics.contingency import hungarian
from clusterforge.runs import files
from clusterforge.runs.records import MetricRecord, ScoreRecord

Interval = tuple[float, float]
SEED = 0

MAX_CELLS = 5000
RESAMPLES = 500
CHUNK = 4_000_000
# Of fewer rows that differ, all on one side, a sign test is not sure at 95 % (2/2^5 > 0.05).
FEWEST = 6


@dataclass(frozen=True)
class PairedRows:
    """The rows of a split that two clusterings were scored on.

    Parameters
    ----------
    a, b
        The clusterings.
    split
        The split.
    at, to
        int64 (n,): where each row stands in the split of both runs.
    """

    a: NamedClustering
    b: NamedClustering
    split: str
    at: IntArray
    to: IntArray

    @classmethod
    def of(
        cls, a: NamedClustering, b: NamedClustering, split: str, shared: SharedRows
    ) -> PairedRows | None:
        """Return the rows of a split; None unless both hold the very same, and label all."""
        if not shared.splits[split].whole or not shared.splits[split].shared:
            return None
        at, to = shared.places[split]
        starts = [side.run.folder.assignments.rows(split).start for side in (a, b)]
        rows = cls(a, b, split, at - starts[0], to - starts[1])
        return rows if min(rows.first.min(), rows.second.min()) >= NOISE else None

    @cached_property
    def truth(self) -> IntArray:
        """int64 (n,): the class of each row, -1 where it is unknown."""
        assignments = self.a.run.folder.assignments
        return assignments.truth[assignments.rows(self.split)][self.at]

    @cached_property
    def first(self) -> IntArray:
        """int64 (n,): the cluster of each row in the first clustering."""
        return self.a.labels[self.a.run.folder.assignments.rows(self.split)][self.at]

    @cached_property
    def second(self) -> IntArray:
        """int64 (n,): the cluster of each row in the second clustering."""
        return self.b.labels[self.b.run.folder.assignments.rows(self.split)][self.to]

    def test(
        self, metric: MetricRecord, of_tables: OfTables | None, a: ScoreRecord, b: ScoreRecord
    ) -> Interval | None:
        """Return the 95 % interval of the second score less the first.

        It holds 0 where fewer than six rows differ. None where the metric can't be resampled from what
        the runs hold, or does not give these scores.

        Parameters
        ----------
        metric
            What the scores are by.
        of_tables
            Scores tables of classes and clusters, for a metric that rests on them.
        a, b
            The two scores.
        """
        noisy = bool(((self.first < 0) | (self.second < 0)).any())
        if noisy and (a.noise, b.noise) != ("cluster", "cluster"):
            return None
        if metric.rests_on == "rows":
            draws, moved = self._of_rows(metric, a, b)
        elif metric.rests_on == "table" and of_tables and self.tables:
            draws, moved = [of_tables(tables) for tables in self.tables], self.moved
        else:
            return None
        # A metric of this name may be another than the one that the runs used.
        for draw, score in zip(draws, (a, b), strict=False):
            if score.value is None or not np.isclose(draw[0], score.value, atol=1e-6):
                return None
        return _interval(draws[1] - draws[0], moved < FEWEST, metric) if draws else None

    @cached_property
    def moved(self) -> int:
        """How many rows are in another cluster than the one that theirs is matched to."""
        pairs = hungarian(self.first, self.second)
        mapped = np.array([pairs.get(label, UNMATCHED) for label in self.second.tolist()])
        return int((mapped != self.first).sum())

    @cached_property
    def tables(self) -> tuple[IntArray, IntArray] | None:
        """The tables of both clusterings; None for too many cells.

        Each int64 (1 + resamples, classes, clusters): the rows themselves, then each resample.
        """
        known = self.truth >= 0
        codes = [
            np.unique(values[known], return_inverse=True)[1]
            for values in (self.truth, self.first, self.second)
        ]
        sizes = [int(code.max(initial=-1)) + 1 for code in codes]
        cells, counts = np.unique(np.stack(codes), axis=1, return_counts=True)
        if not sizes[0] or max(len(counts), sizes[0] * max(sizes[1:])) > MAX_CELLS:
            return None
        # The tables of resampled rows are draws from a multinomial with the shares of the cells.
        shares = counts / counts.sum()
        drawn = np.random.default_rng(SEED).multinomial(counts.sum(), shares, size=RESAMPLES)
        both = np.vstack([counts[None], drawn])
        first, second = (_table(both, cells[0], cells[i], sizes[0], sizes[i]) for i in (1, 2))
        return first, second

    def _of_rows(
        self, metric: MetricRecord, a: ScoreRecord, b: ScoreRecord
    ) -> tuple[list[Values], int]:
        """Return the means of both over the rows and over each resample, and how many rows differ.

        Nothing where the runs hold no values of rows.
        """
        known = self.truth >= 0 if metric.labels else np.ones(len(self.at), bool)
        values = []
        for side, score, place in ((self.a, a, self.at), (self.b, b, self.to)):
            name = files.score_values(score.clusterer, self.split, score.metric, score.noise)
            if not side.run.folder.has(name):
                return [], 0
            of_known = side.run.folder.array(name)
            if len(of_known) != known.sum():
                return [], 0
            of_rows = np.full(len(known), np.nan)
            of_rows[np.sort(place[known])] = of_known
            values.append(of_rows[place])
        both = np.stack(values)[:, np.isfinite(values).all(axis=0)]
        rng, means = np.random.default_rng(SEED), [both.mean(axis=1, keepdims=True)]
        step = max(1, CHUNK // max(both.shape[1], 1))
        for start in range(0, RESAMPLES if both.shape[1] else 0, step):
            size = (min(step, RESAMPLES - start), both.shape[1])
            means.append(both[:, rng.integers(0, both.shape[1], size)].mean(axis=2))
        return list(np.concatenate(means, axis=1)), int((both[0] != both[1]).sum())


def _table(counts: IntArray, row: IntArray, column: IntArray, rows: int, columns: int) -> IntArray:
    cells = np.zeros((rows * columns, len(counts)), np.int64)
    np.add.at(cells, row * columns + column, counts.T)
    return cells.T.reshape(len(counts), rows, columns)


def _interval(gaps: Values, few: bool, metric: MetricRecord) -> Interval | None:
    """Return the middle 95 % of a difference's resamples, less their bias; the first is its value.

    Copies of rows flatter a clustering the more, the more clusters it has: the mean of the resamples
    less the difference estimates by how much.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentiles).
    """
    ends = percentile(gaps[1:])
    if ends is None:
        return None
    bias = float(np.nanmean(gaps[1:]) - gaps[0])
    largest = np.inf if metric.low is None or metric.high is None else metric.high - metric.low
    low, high = np.clip(np.array(ends) - bias, -largest, largest).tolist()
    return (min(low, 0.0), max(high, 0.0)) if few or ends[0] <= 0 <= ends[1] else (low, high)
