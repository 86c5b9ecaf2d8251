"""Bootstrap resamples of scores, and their intervals: what they would be on other rows drawn alike.

Resample i draws the same rows, by position, in every run with as many rows. So the resamples of two
scores on the same rows can be subtracted one by one, and what makes a row hard for both cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray, Moments, StoredRows
from clusterforge.numerics.arrays import blocks, evenly
from clusterforge.numerics.moments import ClusterRows

Values = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Interval = tuple[float, float] | None

LEVEL = 0.95
CLUSTERS = 300  # whose moments are resampled
MOMENTS_WORK = 20_000_000_000  # rows times dimensions times resamples: seconds
TABLE_WORK = 2_000_000_000  # cells times the shorter side (a matching) times resamples: seconds
_CHUNK = 4_000_000
POISSON = 1_000_000  # rows from which on each is drawn by itself
_QUANTILES = (np.arange(1 << 16) + 0.5) / (1 << 16)
_SHARES = np.cumsum([np.exp(-1) / math.factorial(i) for i in range(9)])
_POISSON = np.searchsorted(_SHARES, _QUANTILES).astype(np.float32)
_DEFINED = 0.9  # share of the resamples in which a score must be defined


def draws(rows: int, resamples: int, width: int = 1) -> Iterator[Weights]:
    """Yield how often each row is drawn in some resamples: float32 (r, rows).

    Of more than 1,000,000 rows, each is drawn by itself, as often as a Poisson variable of mean 1 says:
    as many rows as there are, but for one in a thousand, in a tenth of the time.

    Parameters
    ----------
    width
        The most numbers that are computed of one resample, which bounds r.
    """
    rng = np.random.default_rng(0)
    step = max(1, _CHUNK // max(rows, width))
    if rows > POISSON:
        for _ in range(resamples):
            yield _POISSON[rng.integers(0, len(_POISSON), rows, dtype=np.uint16)][None]
        return
    for start in range(0, resamples, step):
        drawn = (rng.integers(0, rows, rows) for _ in range(min(step, resamples - start)))
        yield np.stack([np.bincount(one, minlength=rows) for one in drawn]).astype(np.float32)


@dataclass(frozen=True)
class OneLess:
    """The tables of classes and clusters that leaving out one row can give.

    Parameters
    ----------
    tables
        Yields them, some at a time: int64 (m, classes, clusters).
    times
        How many of the rows that are left out one by one give each: int64, one for each table. All rows are,
        or some, evenly spaced among them in the order of cells, where all would take long.
    rows
        How many rows the whole table holds.
    """

    tables: Callable[[], Iterator[IntArray]]
    times: IntArray
    rows: int


@dataclass(frozen=True)
class Resampler:
    """What a score rests on, of resampled rows.

    Parameters
    ----------
    of
        From weights float32 (r, n) to means float64 (r,), tables int64 (r, classes, clusters) or
        moments.
    width
        Numbers in one resample of it.
    one_less
        The same with one row left out; None where that is not needed, or would take long.
    """

    of: Callable[[Weights], Any]
    width: int = 1
    one_less: OneLess | None = None


def of_rows(values: npt.NDArray[np.floating]) -> Resampler:
    """Resample the mean of values (n,), nan for rows that are not part of it."""
    known = ~np.isnan(values)
    parts = np.stack([np.where(known, values, 0), known], axis=1, dtype=np.float64)  # (n, 2)

    def means(weights: Weights) -> Values:
        sums = weights @ parts
        with np.errstate(invalid="ignore"):
            return np.asarray(sums[:, 0] / sums[:, 1])

    return Resampler(means)


def of_tables(truth: IntArray, labels: IntArray, kept: Flags, resamples: int) -> Resampler | None:
    """Resample the table of classes and clusters of the rows that are kept.

    Parameters
    ----------
    truth, labels
        int64 (n,).
    kept
        bool (n,).

    Returns
    -------
    Resampler or None
        None where there are no rows, or so many cells that it would take long.
    """
    if not kept.any():
        return None
    classes, row = np.unique(truth[kept], return_inverse=True)
    clusters, column = np.unique(labels[kept], return_inverse=True)
    shape = (len(classes), len(clusters))
    cells, cell = np.unique(row * shape[1] + column, return_inverse=True)
    size = shape[0] * shape[1]
    if size * min(shape) * resamples > TABLE_WORK:
        return None

    def tables(weights: Weights) -> IntArray:
        counts = np.zeros((len(weights), size), dtype=np.int64)
        for i, weight in enumerate(weights[:, kept]):
            counts[i, cells] = np.bincount(cell, weight, minlength=len(cells))
        return counts.reshape(-1, *shape)

    there = np.bincount(cell, minlength=len(cells))

    most = max(1, TABLE_WORK // (size * min(shape)))
    if len(cells) > most:
        spaced = evenly(len(cell), most)
        out, times = np.unique(np.sort(cell)[spaced], return_counts=True)
    else:
        out, times = np.arange(len(cells)), there

    def one_less() -> Iterator[IntArray]:
        for places in blocks(len(out), values=max(1, _CHUNK // size)):
            some = cells[out[places]]
            counts = np.zeros((len(some), size), dtype=np.int64)
            counts[:, cells] = there
            counts[np.arange(len(some)), some] -= 1
            yield counts.reshape(-1, *shape)

    return Resampler(tables, size, OneLess(one_less, times, len(cell)))


def jackknife(values: Values, times: IntArray, rows: int) -> float:
    """Return the standard deviation of a score, by leaving out each row; nan where one is undefined.

    Of a table with few rows in many cells, resamples lie too close together: a cell that happens to be
    empty is empty in all of them. Leaving out rows errs the other way (Efron and Stein, The jackknife
    estimate of variance, Annals of Statistics, 1981).

    Parameters
    ----------
    values
        The score without one row: float64 (m,).
    times
        For how many of the rows that were left out: int64 (m,).
    rows
        Of how many rows the score is.
    """
    mean = (times * values).sum() / times.sum()
    return float(np.sqrt((rows - 1) * (times * (values - mean) ** 2).sum() / times.sum()))


def widened(values: Values, deviation: float) -> Values:
    """Return resamples as far from their mean as a standard deviation says, if they are less far."""
    known = values[np.isfinite(values)]
    own = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    if not own or not deviation > own:
        return values
    mean = known.mean()
    return np.asarray(mean + (values - mean) * (deviation / own))


def of_moments(
    points: FloatArray, labels: IntArray, kept: Flags, resamples: int
) -> Resampler | None:
    """Resample the moments of clusters of the rows that are kept.

    Parameters
    ----------
    points
        float32 (n, d).
    labels
        int64 (n,).
    kept
        bool (n,).

    Returns
    -------
    Resampler or None
        None beyond 300 clusters, where n times d times resamples exceeds 2e10, and of rows in a file.
    """
    clusters, d = len(np.unique(labels[kept])), points.shape[1]
    if not 0 < clusters <= CLUSTERS or kept.sum() * d * resamples > MOMENTS_WORK:
        return None
    if isinstance(points, StoredRows):
        return None
    rows = ClusterRows(points[kept], labels[kept])

    def moments(weights: Weights) -> Moments:
        return rows.resampled(weights[:, kept])

    return Resampler(moments, clusters * d)


def interval(
    values: Values, value: float, low: float | None = None, high: float | None = None
) -> Interval:
    """Return the middle 95 % of a score's resamples, less their bias.

    A resample holds copies of rows, which lie at no distance from each other and share their class.
    So scores of few rows per cluster come out too good in all resamples. Their mean less the score
    estimates by how much, and is taken off.

    Parameters
    ----------
    values
        float64 (resamples,); nan is an undefined one.
    value
        The score.
    low, high
        The range of the score, None where it has no bound.
    """
    ends = percentile(values)
    if ends is None:
        return None
    found = np.clip(np.array(ends) - (float(np.nanmean(values)) - value), low, high)
    return float(found[0]), float(found[1])


def percentile(values: Values) -> Interval:
    """Return the middle 95 % of a score's resamples, (low, high); None if too few are defined."""
    known = values[np.isfinite(values)]
    if not len(values) or len(known) < _DEFINED * len(values):
        return None
    # Of 200 values, one more lies below the least 2.5 % with that share, not with 3 % as by default.
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="weibull")
    return float(low), float(high)
