"""What sets a cluster of table rows apart: its means, against those of all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clusterforge.contracts import IntArray, Items
from clusterforge.runs.records import FeatureMean, FeatureValue

SHOWN, IN_A_ROW = 12, 8
DIGITS = 4
BLOCK_VALUES = 8_000_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """Means of the columns, in each cluster and over all rows; a value that is no number is left out.

    Parameters
    ----------
    names
        The names of the columns.
    overall, sd
        float64 (d,): mean and standard deviation over all rows.
    means
        float64 (k, d): the mean in each cluster.
    """

    names: tuple[str, ...]
    overall: Floats
    sd: Floats
    means: Floats

    def strongest(self, cluster: int) -> IntArray:
        """Return the columns of a cluster by falling |z|, those without one left out."""
        z = np.abs(self.z(cluster)).round(DIGITS)  # ties go by column, not by the last bits
        order: IntArray = np.argsort(-np.where(np.isfinite(z), z, -1), kind="stable")
        return order[: int(np.isfinite(z).sum())]

    def z(self, cluster: int) -> Floats:
        """Return (mean of the cluster - overall mean) / standard deviation: float64 (d,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z: Floats = (self.means[cluster] - self.overall) / self.sd
        return z

    def of_cluster(self, cluster: int) -> tuple[FeatureMean, ...]:
        """Return name, mean, overall mean and z of the strongest columns."""
        z = self.z(cluster)
        return tuple(
            FeatureMean(
                name=self.names[c],
                mean=float(self.means[cluster, c]),
                overall=float(self.overall[c]),
                z=round(float(z[c]), DIGITS),
            )
            for c in self.strongest(cluster)[:SHOWN]
        )

    def of_row(self, values: npt.NDArray[Any], cluster: int) -> tuple[FeatureValue, ...]:
        """Return a row's values in the columns that are strongest in its cluster."""
        return tuple(
            FeatureValue(
                name=self.names[c], value=float(values[c]) if np.isfinite(values[c]) else None
            )
            for c in self.strongest(cluster)[:IN_A_ROW]
        )


def features(
    items: Items, code: IntArray, clusters: IntArray, names: Sequence[str] = ()
) -> Features:
    """Compute the means of the columns.

    Parameters
    ----------
    items
        The table.
    code
        int64 (n,): the position of the cluster of every row, -1 for noise.
    clusters
        Positions of the clusters that are wanted.
    names
        Names of the columns; default: "feature 0", "feature 1" …
    """
    assert items.shape is not None
    width, k = items.shape[0], len(clusters)
    place = np.full(int(code.max(initial=-1)) + 2, k, np.int64)  # the last one is for noise
    place[clusters] = np.arange(k)
    sums, counts = np.zeros((k + 1, width)), np.zeros((k + 1, width))
    squares, shift = np.zeros(width), np.zeros(width)
    step = max(1, BLOCK_VALUES // max(1, width))
    for start in range(0, len(items), step):
        rows = np.arange(start, min(start + step, len(items)))
        values = np.asarray(items.take(rows), dtype=np.float64)
        finite = np.isfinite(values)
        if not start:  # squares about a typical value keep their digits
            shift = np.where(finite, values, 0).sum(axis=0) / np.maximum(1, finite.sum(axis=0))
        values = np.where(finite, values - shift, 0)
        here = place[code[rows]]
        member = sparse.csr_matrix(
            (np.ones(len(rows)), (here, np.arange(len(rows)))), (k + 1, len(rows))
        )
        sums += np.asarray(member @ values)
        counts += np.asarray(member @ finite.astype(np.float64))
        squares += np.einsum("ij,ij->j", values, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = counts.sum(axis=0)
        overall = sums.sum(axis=0) / n
        spread = squares / n - overall**2
        sd = np.sqrt(np.where(spread > 1e-12 * squares / n, spread, 0))
        means = sums[:k] / counts[:k] + shift
    titles = tuple(names) if len(names) == width else tuple(f"feature {c}" for c in range(width))
    return Features(titles, overall + shift, sd, means)
