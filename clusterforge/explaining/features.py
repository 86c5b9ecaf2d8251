"""What sets a cluster of table rows apart: means and shares, against those of all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clusterforge.contracts import Column, IntArray, Items, columns_of
from clusterforge.formats import number, share
from clusterforge.runs.records import FeatureMean, FeatureValue

SHOWN, IN_A_ROW = 12, 8
DIGITS = 4
BLOCK_VALUES = 8_000_000
MOST_VALUES = 30
DAY = 86_400
KNOWN = 0.1  # of a cluster's rows: what fewer have says nothing of it
NO_VALUE = "no value"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trait:
    """What is averaged: a column of numbers, or whether a column has a value.

    Parameters
    ----------
    at
        Its column.
    code
        The code of the value; nan for gaps; None for the numbers themselves.
    """

    at: int
    code: float | None = None


@dataclass(frozen=True)
class Features:
    """Means of the traits, in each cluster and over all rows; a value that is no number is left out.

    Parameters
    ----------
    columns
        The columns of the table.
    traits
        What is averaged.
    overall, sd
        float64 (d,): mean and standard deviation over all rows.
    means
        float64 (k, d): the mean in each cluster; nan where less than a tenth of its rows have a value.
    """

    columns: tuple[Column, ...]
    traits: tuple[Trait, ...]
    overall: Floats
    sd: Floats
    means: Floats

    def strongest(self, cluster: int) -> IntArray:
        """Return the traits of a cluster by falling |z|, those without one left out.

        Of a column that has two values, it is the one that the cluster has more often.
        """
        z = self.z(cluster).round(DIGITS)  # ties go by column, not by the last bits
        two = np.array([t.code is not None and self._values(t.at) == 2 for t in self.traits])
        usable = np.isfinite(z) & ~(two & (z < 0))
        order: IntArray = np.argsort(-np.where(usable, np.abs(z), -1), kind="stable")
        return order[: int(usable.sum())]

    def _values(self, at: int) -> int:
        codes = (trait.code for trait in self.traits if trait.at == at)
        return sum(code is not None and not np.isnan(code) for code in codes)

    def z(self, cluster: int) -> Floats:
        """Return (mean of the cluster - overall mean) / standard deviation: float64 (d,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z: Floats = (self.means[cluster] - self.overall) / self.sd
        return z

    def of_cluster(self, cluster: int) -> tuple[FeatureMean, ...]:
        """Return name, mean, overall mean and z of the strongest traits."""
        z = self.z(cluster)
        return tuple(
            FeatureMean(
                name=self.columns[self.traits[t].at].name,
                value=self._value(self.traits[t]),
                mean=float(self.means[cluster, t]),
                overall=float(self.overall[t]),
                mean_text=self._text(
                    self.traits[t], float(self.means[cluster, t]), float(self.sd[t])
                ),
                overall_text=self._text(self.traits[t], float(self.overall[t]), float(self.sd[t])),
                z=round(float(z[t]), DIGITS),
                kind=self.columns[self.traits[t].at].kind,
            )
            for t in self.strongest(cluster)[:SHOWN]
        )

    def _value(self, trait: Trait) -> str | None:
        if trait.code is None:
            return None
        written = self.columns[trait.at].written(trait.code)
        return NO_VALUE if written is None else str(written)

    def _text(self, trait: Trait, mean: float, sd: float) -> str:
        if trait.code is not None:
            return share(round(mean, 9))  # no share is a rounding error
        if self.columns[trait.at].kind == "date" and sd > DAY:
            mean = mean // DAY * DAY  # a time of day would say nothing
        written = self.columns[trait.at].written(mean)
        return written if isinstance(written, str) else number(mean)

    def of_row(self, values: npt.NDArray[Any], cluster: int) -> tuple[FeatureValue, ...]:
        """Return a row's values in the columns that are strongest in its cluster."""
        order = dict.fromkeys(self.traits[t].at for t in self.strongest(cluster))
        return tuple(
            FeatureValue(name=self.columns[c].name, value=self.columns[c].written(float(values[c])))
            for c in [*order][:IN_A_ROW]
        )


def features(items: Items, code: IntArray, clusters: IntArray) -> Features:
    """Compute the means of numbers and dates, and the shares of categories and gaps.

    Parameters
    ----------
    items
        The table.
    code
        int64 (n,): the position of the cluster of every row, -1 for noise.
    clusters
        Positions of the clusters that are wanted.
    """
    assert items.shape is not None
    columns = columns_of(items)
    columns = columns or tuple(Column(f"feature {c}") for c in range(items.shape[0]))
    traits = _traits(items, columns)
    width, k = len(traits), len(clusters)
    place = np.full(int(code.max(initial=-1)) + 2, k, np.int64)  # the last one is for noise
    place[clusters] = np.arange(k)
    sums, counts = np.zeros((k + 1, width)), np.zeros((k + 1, width))
    sizes = np.zeros((k + 1, 1))
    squares, shift = np.zeros(width), np.zeros(width)
    step = max(1, BLOCK_VALUES // max(1, width))
    for start in range(0, len(items), step):
        rows = np.arange(start, min(start + step, len(items)))
        values = _values(np.asarray(items.take(rows), dtype=np.float64), traits)
        finite = np.isfinite(values)
        if not start:  # squares about a typical value keep their digits
            shift = np.where(finite, values, 0).sum(axis=0) / np.maximum(1, finite.sum(axis=0))
        values = np.where(finite, values - shift, 0)
        here = place[code[rows]]
        member = sparse.csr_matrix(
            (np.ones(len(rows)), (here, np.arange(len(rows)))), (k + 1, len(rows))
        )
        sizes += np.asarray(member.sum(axis=1))
        sums += np.asarray(member @ values)
        counts += np.asarray(member @ finite.astype(np.float64))
        squares += np.einsum("ij,ij->j", values, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = counts.sum(axis=0)
        overall = sums.sum(axis=0) / n
        spread = squares / n - overall**2
        sd = np.sqrt(np.where(spread > 1e-12 * squares / n, spread, 0))
        means = sums[:k] / counts[:k] + shift
        means[counts[:k] < KNOWN * sizes[:k]] = np.nan
    return Features(columns, tuple(traits), overall + shift, sd, means)


def _traits(items: Items, columns: Sequence[Column]) -> list[Trait]:
    """Return what is averaged: numbers as they are, the most frequent values of others, and gaps."""
    counts = [np.zeros(len(column.categories), np.int64) for column in columns]
    gaps = np.zeros(len(columns), bool)
    step = max(1, BLOCK_VALUES // max(1, len(columns)))
    for start in range(0, len(items), step):
        block = np.asarray(items.take(np.arange(start, min(start + step, len(items)))))
        gaps |= np.isnan(block).any(axis=0)
        for c, column in enumerate(columns):
            if column.coded:
                codes = block[:, c][block[:, c] >= 0].astype(np.int64)
                counts[c] += np.bincount(codes, minlength=len(column.categories))
    traits = []
    for c, column in enumerate(columns):
        often = np.sort(np.argsort(-counts[c], kind="stable")[:MOST_VALUES])
        traits += [Trait(c, float(v)) for v in often] if column.coded else [Trait(c)]
        traits += [Trait(c, float("nan"))] if gaps[c] and len(columns) > 1 else []
    return traits


def _values(block: Floats, traits: Sequence[Trait]) -> Floats:
    """Return the value of each row in each trait: float64 (n, d)."""
    values = block[:, [trait.at for trait in traits]]
    for t, trait in enumerate(traits):
        own = values[:, t]
        if trait.code is None:
            continue
        if np.isnan(trait.code):
            values[:, t] = np.isnan(own)
        else:
            values[:, t] = np.where(np.isnan(own), np.nan, own == trait.code)
    return values
