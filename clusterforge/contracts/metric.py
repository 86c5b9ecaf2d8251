"""Metrics: a clustering in, a score out.

The smallest complete metric plugin::

    class Balance(Metric[BalanceParams]):
        def score(self, clustering):
            sizes = np.bincount(clustering.labels)
            if len(sizes) < 2:
                raise Undefined("one cluster only")
            return float(sizes.min() / sizes.max())

A metric that says what it rests on (``rests_on`` of its spec) gets intervals and paired tests, because
the core can resample that. The smallest one that rests on the table of clusters by classes::

    class MeanRecall(TableMetric[MeanRecallParams]):
        def of_tables(self, tables):
            sizes = tables.sum(axis=2)  # rows of each class; a resample may leave one without
            best = tables.max(axis=2) / np.maximum(sizes, 1)
            return best.sum(axis=1) / (sizes > 0).sum(axis=1)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal

import numpy as np
import numpy.typing as npt

from clusterforge.contracts.corpus import P
from clusterforge.errors import Undefined
from clusterforge.numerics.arrays import FloatArray, IntArray
from clusterforge.numerics.contingency import contingency
from clusterforge.numerics.moments import ClusterRows, Moments

Values = npt.NDArray[np.float64]

Noise = Literal["excluded", "cluster", "singletons"]


@dataclass(frozen=True)
class Clustering:
    """What a metric scores.

    Parameters
    ----------
    embedding
        float32 (n, d).
    labels
        int64 (n,); -1 (noise) occurs only where the metric's spec says ``noise = "raw"`` or
        ``"own"``.
    truth
        True labels int64 (n,) without -1, where the metric needs them.
    soft
        float32 (n, k): the encoder's own soft assignment, where there is one.
    device
        Where heavy arithmetic may run.
    """

    embedding: FloatArray
    labels: IntArray
    truth: IntArray | None = None
    soft: FloatArray | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class Score:
    """A value and how it was come by.

    Parameters
    ----------
    value
        The score, or None where it is undefined.
    exact
        False where it was estimated from a sample of the rows.
    reason
        Why it is undefined, or what an estimate rests on.
    values
        Float (n,), where the score is a mean over rows: the value of each row, nan for one that is
        not part of it. The score's interval comes from resampling them.
    influence
        Float (n,), where a row's value rests on other rows too: what each row adds to the mean, by its own
        value and through those of others. The interval then comes from resampling these; None: from the
        values. Their mean is the score.
    """

    value: float | None
    exact: bool = True
    reason: str | None = None
    values: npt.NDArray[Any] | None = field(default=None, repr=False, compare=False)
    influence: npt.NDArray[Any] | None = field(default=None, repr=False, compare=False)


class Metric(ABC, Generic[P]):
    """Base of metric plugins. The constructor stores its parameters."""

    def __init__(self, params: P) -> None:
        self.params = params

    @abstractmethod
    def score(self, clustering: Clustering) -> float | Score | Mapping[Noise, Score]:
        """Return the score; a mapping from treatment of noise where the spec says ``own``.

        Raises
        ------
        Undefined
            Where there is no score (one cluster only, say); the message is the reason.
        """


class TableMetric(Metric[P]):
    """A metric that is a function of the table of clusters by classes; it needs labels.

    Its spec says ``rests_on = "table"`` and ``needs_labels = True``.
    """

    @abstractmethod
    def of_tables(self, tables: IntArray) -> Values:
        """Score a stack of tables.

        Parameters
        ----------
        tables
            int64 (r, classes, clusters): rows in both. A resample may leave a class or a cluster
            without rows; it must score as if that were not in the table.

        Returns
        -------
        ndarray
            float64 (r,); nan where there is no score.
        """

    def score(self, clustering: Clustering) -> float:
        """Return the score of one clustering."""
        if clustering.truth is None or not len(clustering.truth):
            raise Undefined("no labelled rows")
        try:
            table = contingency(clustering.truth, clustering.labels).counts
        except ValueError as error:
            raise Undefined(str(error)) from error
        return _only(self.of_tables(table[None]))


class MomentMetric(Metric[P]):
    """A metric that is a function of sizes, centroids and spreads of clusters.

    Its spec says ``rests_on = "moments"``.
    """

    @abstractmethod
    def of_moments(self, moments: Moments) -> Values:
        """Score the clusters of r samples of the same rows.

        Parameters
        ----------
        moments
            Of k clusters in each sample. A resample may leave a cluster without rows (its size is 0);
            it must score as if there were no such cluster.

        Returns
        -------
        ndarray
            float64 (r,); nan where there is no score.
        """

    def score(self, clustering: Clustering) -> float:
        """Return the score of one clustering."""
        if reason := inseparable(clustering.labels):
            raise Undefined(reason)
        try:
            moments = ClusterRows(clustering.embedding, clustering.labels).moments()
        except ValueError as error:
            raise Undefined(str(error)) from error
        return _only(self.of_moments(moments))


def treat_noise(labels: IntArray, noise: Noise) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return labels under a treatment of noise.

    Parameters
    ----------
    labels
        int64 (n,), -1 for noise.

    Returns
    -------
    labels
        int64 (n,): without -1, but where the noise is ``excluded``.
    kept
        bool (n,): the rows that are scored.
    """
    noisy = labels < 0
    if noise == "excluded":
        return labels, ~noisy
    next_label = labels.max(initial=-1) + 1
    treated = labels.copy()
    treated[noisy] = next_label + (0 if noise == "cluster" else np.arange(int(noisy.sum())))
    return treated, np.ones_like(noisy)


def inseparable(labels: IntArray) -> str | None:
    """Say why clusters int64 (n,) have no separation to score, or None where they have.

    Scores of separation need at least two clusters and fewer clusters than rows.
    """
    clusters = len(np.unique(labels))
    if not len(labels):
        return "no rows are left"
    if clusters < 2:
        return "one cluster only"
    return "every row is a cluster of its own" if clusters == len(labels) else None


def _only(values: Values) -> float:
    value = float(np.asarray(values).item())
    if not np.isfinite(value):
        raise Undefined("it has no finite value for these clusters")
    return value
