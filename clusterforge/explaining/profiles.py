"""Clusters against columns that they were not made of: shares, lift, and tests with correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from clusterforge.contracts import IntArray
from clusterforge.explaining.metadata import Values
from clusterforge.runs.records import ClusterProfile, ColumnProfile, Test, ValueProfile

PERMUTATIONS = 2000
EXPECTED, SMALL_SHARE = 5, 0.2
"""The chi-square distribution fits where at most this share of cells expects fewer rows (Cochran)."""

Table = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Column:
    name: str
    values: Values
    table: Table  # (clusters, values)
    missing: int
    test: Test
    p: float
    effect: float
    cells: Floats  # p of each cell of the table


def profiles(
    columns: Mapping[str, Values], labels: IntArray, *, seed: int = 0
) -> tuple[ColumnProfile, ...]:
    """Return the profile of a clustering by each column, noise left out.

    Parameters
    ----------
    columns
        The values of n rows by the names of the columns.
    labels
        int64 (n,), negative for noise.
    seed
        Of the permutations.
    """
    clusters = int(labels.max(initial=-1)) + 1
    tested = [
        column
        for name, values in columns.items()
        if (column := _tested(name, values, labels, clusters, seed)) is not None
    ]
    if not tested:
        return ()
    whole = holm(np.array([column.p for column in tested]))
    # A column by itself: next to one that goes with the clusters, whose cells have all but no p, chance
    # in the cells of the others would pass for a discovery.
    cells = [
        stats.false_discovery_control(c.cells, axis=None).reshape(c.table.shape) for c in tested
    ]
    least = holm(np.array([of_cells.min() for of_cells in cells]))  # Simes (1986) for each column
    return tuple(
        _record(replace(column, p=float(p)), np.maximum(of_cells, floor))
        for column, p, of_cells, floor in zip(tested, whole, cells, least, strict=True)
    )


def holm(p: Sequence[float] | Floats) -> Floats:
    """Return p-values adjusted by Holm (1979): the chance of one false alarm among all of them.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    adjusted = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    result = np.empty_like(values)
    result[order] = np.minimum(adjusted, 1)
    return result


def _tested(
    name: str, values: Values, labels: IntArray, clusters: int, seed: int
) -> _Column | None:
    member = labels >= 0
    valued = member & (values.codes >= 0)
    rows, codes = labels[valued], values.codes[valued]
    table = np.zeros((clusters, len(values.names)), dtype=np.int64)
    np.add.at(table, (rows, codes), 1)
    used, varied = table.any(axis=1), table.any(axis=0)
    if used.sum() < 2 or varied.sum() < 2:
        return None
    dense = table[used][:, varied]
    test: Test = "chi-square"
    if values.numbers is not None:
        test = "kruskal-wallis"
        p, effect = _kruskal(values.numbers[valued], rows, np.flatnonzero(used))
    else:
        statistic, p, _, expected = stats.chi2_contingency(dense, correction=False)
        effect = float(np.sqrt(statistic / (dense.sum() * (min(dense.shape) - 1))))
        if (expected < EXPECTED).mean() > SMALL_SHARE:
            test, p = "permutation", _permuted(float(statistic), rows, codes, table.shape, seed)
    return _Column(
        name,
        values,
        table,
        int(member.sum() - valued.sum()),
        test,
        p,
        min(effect, 1),
        _cells(table),
    )


def _kruskal(numbers: Floats, rows: IntArray, used: IntArray) -> tuple[float, float]:
    """Return p of Kruskal and Wallis' test and epsilon squared."""
    groups = [numbers[rows == cluster] for cluster in used]
    statistic, p = stats.kruskal(*groups)
    return float(p), max(0.0, float(statistic) / (len(numbers) - 1))


def _permuted(
    statistic: float, rows: IntArray, codes: IntArray, shape: tuple[int, ...], seed: int
) -> float:
    """Return the share of random assignments whose chi-square is at least as large."""
    rng = np.random.default_rng(seed)
    sizes = np.bincount(rows, minlength=shape[0]), np.bincount(codes, minlength=shape[1])
    expected = np.outer(*sizes) / len(rows)
    weight = np.divide(1, expected, out=np.zeros_like(expected), where=expected > 0)
    as_large = 0
    for _ in range(PERMUTATIONS):
        cells = np.bincount(rows * shape[1] + rng.permutation(codes), minlength=shape[0] * shape[1])
        drawn = ((cells.reshape(shape) - expected) ** 2 * weight).sum()
        as_large += drawn >= statistic * (1 - 1e-12)
    return (1 + as_large) / (1 + PERMUTATIONS)


def _cells(table: Table) -> Floats:
    """Return for each cell p of the exact test that its cluster has the value as often as all rows."""
    total, of_value, of_cluster = table.sum(), table.sum(axis=0), table.sum(axis=1)
    drawn = stats.hypergeom(total, of_value[None, :], of_cluster[:, None])
    tail = np.minimum(drawn.cdf(table), drawn.sf(table - 1))
    p: Floats = np.clip(2 * tail, 0, 1)
    return p


def _record(column: _Column, cells: Floats) -> ColumnProfile:
    names, table = column.values.names, column.table
    overall = table.sum(axis=0) / table.sum()
    clusters = []
    for cluster, counts in enumerate(table):
        rows = int(counts.sum())
        values = tuple(
            ValueProfile(
                value=name,
                rows=int(count),
                share=count / rows,
                lift=count / rows / every,
                p=float(p),
            )
            for name, count, every, p in zip(names, counts, overall, cells[cluster], strict=True)
            if rows and every
        )
        clusters.append(ClusterProfile(cluster=cluster, rows=rows, values=values))
    return ColumnProfile(
        name=column.name,
        kind=column.values.kind,
        values=dict(zip(names, table.sum(axis=0).tolist(), strict=True)),
        missing=column.missing,
        test=column.test,
        p=min(column.p, 1.0),
        effect=column.effect,
        clusters=tuple(clusters),
    )
