"""Bootstrap intervals of scores, by percentiles: what they would be on other rows drawn alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped, unused-ignore]

from clusterforge.contracts import IntArray

Values = npt.NDArray[np.float64]
Interval = tuple[float, float] | None

LEVEL = 0.95
CELLS = 20_000  # of a table of classes and clusters; a matching on a larger one takes too long
_CHUNK = 4_000_000
_DEFINED = 0.9  # share of the resamples in which a score must be defined


def percentile(values: Values) -> Interval:
    """Return the middle 95 % of a score's resamples, (low, high); nan is an undefined one."""
    known = values[np.isfinite(values)]
    if not len(values) or len(known) < _DEFINED * len(values):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def unbiased(
    values: Values, value: float, low: float | None = None, high: float | None = None
) -> Interval:
    """Return the middle 95 % of a score's resamples, less their bias.

    A resample holds copies of rows, which lie at no distance from each other and share their class.
    So scores of few rows a cluster come out too good in all resamples. Their mean less the score
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
    found = percentile(values)
    if found is None:
        return None
    bias = float(np.nanmean(values)) - value
    ends = np.clip(np.array(found) - bias, low, high)
    return float(ends[0]), float(ends[1])


def of_mean(values: npt.NDArray[np.floating], resamples: int, seed: int) -> Interval:
    """Return the interval of a mean over rows.

    Parameters
    ----------
    values
        Float (n,); nan for rows that are not part of it.
    """
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return None
    rng, means = np.random.default_rng(seed), []
    for count in _chunks(resamples, len(known)):
        rows = rng.integers(0, len(known), (count, len(known)), dtype=np.int32)
        means.append(known[rows].mean(axis=1))
    return percentile(np.concatenate(means)) if means else None


def of_share(hits: int, rows: int, resamples: int, seed: int) -> Interval:
    """Return the interval of a share of rows: resampling rows is drawing from a binomial."""
    if not rows:
        return None
    drawn = np.random.default_rng(seed).binomial(rows, hits / rows, resamples)
    return percentile(drawn.astype(np.float64) / rows)


def resampled_labels(
    truth: IntArray, labels: IntArray, resamples: int, seed: int, *, alone: bool = False
) -> dict[str, Values] | None:
    """Return ``accuracy``, ``purity``, ``nmi`` and ``ari`` of every resample, float64 (resamples,).

    Scores of labels rest on the table of classes and clusters alone, and the table of resampled
    rows is a draw from a multinomial distribution with the shares of its cells: the same thing as
    drawing rows, at the cost of the cells.

    Parameters
    ----------
    truth, labels
        int64 (n,), ``truth`` without -1; a label of -1 is one like the others.
    alone
        Each row labelled -1 is a cluster of its own, and so is each copy of it.

    Returns
    -------
    dict or None
        None without rows, and where the table has more than 20,000 cells.
    """
    classes, row = np.unique(truth, return_inverse=True)
    clusters, column = np.unique(labels, return_inverse=True)
    shape = (len(classes), len(clusters))
    if not len(labels) or not resamples or shape[0] * shape[1] > CELLS:
        return None
    table = np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1])
    cells = np.flatnonzero(table)
    noise = np.flatnonzero(clusters == -1) if alone else np.zeros(0, dtype=np.int64)
    rng, found = np.random.default_rng(seed), []
    for count in _chunks(resamples, table.size):
        drawn = np.zeros((count, table.size), dtype=np.int64)
        drawn[:, cells] = rng.multinomial(len(labels), table[cells] / len(labels), count)
        tables = drawn.reshape(count, *shape)
        found.append(of_tables(np.delete(tables, noise, axis=2), tables[:, :, noise].sum(axis=2)))
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def of_tables(
    tables: npt.NDArray[np.int64], alone: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Score tables of classes and clusters.

    Parameters
    ----------
    tables
        int64 (r, classes, clusters): rows in both.
    alone
        int64 (r, classes): rows of a class that are each a cluster of their own.

    Returns
    -------
    dict
        ``accuracy``, ``purity``, ``nmi`` and ``ari``, float64 (r,) each.
    """
    n = (tables.sum(axis=(1, 2)) + alone.sum(axis=1)).astype(np.float64)
    of_class = tables.sum(axis=2) + alone
    of_cluster = tables.sum(axis=1)
    return {
        "accuracy": _matched(tables, alone) / n,
        "purity": (tables.max(axis=1, initial=0).sum(axis=1) + alone.sum(axis=1)) / n,
        "nmi": _nmi(tables, of_class, of_cluster, n),
        "ari": _ari(tables, of_class, of_cluster, n),
    }


def _matched(tables: npt.NDArray[np.int64], alone: npt.NDArray[np.int64]) -> Values:
    # A class may also be matched to one of its rows that stand alone.
    own = np.minimum(alone, 1)[:, :, None] * np.eye(tables.shape[1], dtype=np.int64)
    wide = np.concatenate([tables, own], axis=2)
    return np.array(
        [table[linear_sum_assignment(table, maximize=True)].sum() for table in wide],
        dtype=np.float64,
    )


def _xlogx(counts: npt.NDArray[np.int64]) -> Values:
    values = counts.astype(np.float64)
    total: Values = (values * np.log(np.maximum(values, 1))).reshape(len(values), -1).sum(axis=1)
    return total


def _nmi(
    tables: npt.NDArray[np.int64],
    of_class: npt.NDArray[np.int64],
    of_cluster: npt.NDArray[np.int64],
    n: Values,
) -> Values:
    # A row that stands alone adds 1 log 1 = 0 to the sums of clusters and of cells.
    a, b, joint = (_xlogx(counts) for counts in (of_class, of_cluster, tables))
    information = np.log(n) - (a + b - joint) / n
    entropy = 2 * np.log(n) - (a + b) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.minimum(2 * information / entropy, 1.0)
    tiny = 1e-12 * np.maximum(np.log(n), 1)
    return np.where(entropy <= tiny, 1.0, np.where(information <= tiny, 0.0, value))


def _ari(
    tables: npt.NDArray[np.int64],
    of_class: npt.NDArray[np.int64],
    of_cluster: npt.NDArray[np.int64],
    n: Values,
) -> Values:
    both, same_class, same_cluster = (
        (c * (c - 1.0) / 2).reshape(len(n), -1).sum(axis=1) for c in (tables, of_class, of_cluster)
    )
    pairs = np.maximum(n * (n - 1) / 2, 1)
    expected = same_class * same_cluster / pairs
    spread = (same_class + same_cluster) / 2 - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(spread) <= 1e-12 * pairs, 1.0, (both - expected) / spread)


def _chunks(resamples: int, width: int) -> Iterator[int]:
    step = max(1, _CHUNK // max(width, 1))
    for start in range(0, resamples, step):
        yield min(step, resamples - start)
