"""k-prototypes: means of numbers and modes of categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterforge.builtin.clusterers import KPrototypesParams
from clusterforge.clusterers.anchored import Described, drawn
from clusterforge.clusterers.how_many import Chosen, check_distinct, how_many, too_many
from clusterforge.contracts import (
    UNSEEN,
    Column,
    Context,
    Details,
    Points,
    State,
    columns_of,
    parts_of,
)
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.numerics.arrays import DoubleArray, IntArray, blocks

GAP = -2
SAMPLE_ROWS = 5000  # the number of clusters is looked for in so many


@dataclass(frozen=True)
class _Rows:
    """Scaled numbers, float64 (n, p), and codes of categories, int64 (n, q)."""

    numbers: DoubleArray
    codes: IntArray

    def __len__(self) -> int:
        return len(self.numbers)


class KPrototypes(Described[KPrototypesParams]):
    """Lloyd's iterations on the rows of the table itself, not on the embedding.

    The distance of a row to a prototype is the squared distance of its numbers, each scaled to
    variance 1, plus gamma for each category that is not the prototype's. A prototype is the mean of
    the numbers and the most frequent value of each category. A gap in a number stands at its mean;
    a gap in a category is a value of its own. The best of several starts, from rows drawn far from one
    another, is kept. New rows go to the nearest prototype.

    References
    ----------
    Huang 1998, doi:10.1023/A:1009769707641.
    """

    def fit(self, points: Points, context: Context) -> IntArray:
        """Cluster the rows of the table: int64 (n,)."""
        values, columns = _table(points)
        coded = np.array([column.kind in ("category", "yes-no") for column in columns])
        self._coded = coded.astype(np.int64)
        with np.errstate(invalid="ignore"):
            numbers = values[:, ~coded]
            count = np.maximum((~np.isnan(numbers)).sum(axis=0), 1)
            self._centre = np.nansum(numbers, axis=0) / count
            width = np.sqrt(np.nansum((numbers - self._centre) ** 2, axis=0) / count)
        self._width = np.where(width > 1e-12 * np.abs(self._centre), width, 1.0)
        rows = self._rows(values)
        chosen = self._how_many(rows, context)
        k, self._warnings = chosen.k, chosen.warnings
        if k > len(values):
            raise too_many(k, len(values), "row")
        check_distinct(np.hstack([rows.numbers, rows.codes]), k)
        rng = np.random.default_rng(context.seed)
        best = np.inf
        for start in range(self.params.restarts):
            centres, modes, cost = self._lloyd(rows, k, rng)
            if cost < best:
                best, self._centres, self._modes = cost, centres, modes
            context.progress(start + 1, self.params.restarts, "")
        self._details = Details({"cost": best}, chosen.choices)
        found = self._nearest(rows, self._centres, self._modes)[0]
        # Prototypes that are no row's nearest are left out, and numbers follow the first member.
        used, first = np.unique(found, return_index=True)
        order = used[np.argsort(first)]
        self._centres, self._modes = self._centres[order], self._modes[order]
        place = np.full(k, -1, dtype=np.int64)
        place[order] = np.arange(len(order))
        return place[found]

    def _how_many(self, rows: _Rows, context: Context) -> Chosen:
        """Return the number of clusters: "auto" looks at points as far from one another as rows are."""
        if self.params.n_clusters != "auto":
            return how_many(self.params, np.zeros((len(rows), 1), np.float32), context)
        picked = drawn(len(rows), SAMPLE_ROWS, context.seed)
        parts = [rows.numbers[picked]]
        for codes in rows.codes[picked].T:
            # An indicator for each category: two of them differ in two, each by half of gamma.
            indicators = codes[:, None] == np.unique(codes)
            parts.append(np.sqrt(self.params.gamma / 2) * indicators)
        return how_many(self.params, np.hstack(parts).astype(np.float32), context)

    def predict(self, points: Points, context: Context) -> IntArray:
        """Return the nearest prototype of each row: int64 (n,)."""
        values, _ = _table(points)
        if values.shape[1] != len(self._coded):
            raise InputError(
                f"rows have {count(values.shape[1], 'column')}; it was fitted on {len(self._coded):,}"
            )
        return self._nearest(self._rows(values), self._centres, self._modes)[0]

    def state(self) -> State:
        """Return prototypes: centres (k, p), modes (k, q), and how numbers are scaled."""
        return State(
            {
                "centres": self._centres,
                "modes": self._modes,
                "centre": self._centre,
                "width": self._width,
                "coded": self._coded,
            }
        )

    def restore(self, state: State) -> None:
        """Take up the prototypes."""
        arrays = state.arrays
        self._centres, self._modes = arrays["centres"], arrays["modes"]
        self._centre, self._width = arrays["centre"], arrays["width"]
        self._coded = arrays["coded"]

    def _rows(self, values: DoubleArray) -> _Rows:
        coded = self._coded.astype(bool)
        numbers = (values[:, ~coded] - self._centre) / self._width
        codes = values[:, coded]
        return _Rows(
            np.where(np.isnan(numbers), 0.0, numbers),
            np.where(np.isnan(codes), GAP, codes).astype(np.int64),
        )

    def _lloyd(
        self, rows: _Rows, k: int, rng: np.random.Generator
    ) -> tuple[DoubleArray, IntArray, float]:
        chosen = self._seeds(rows, k, rng)
        centres, modes = rows.numbers[chosen].copy(), rows.codes[chosen].copy()
        labels, cost = self._nearest(rows, centres, modes)
        for _ in range(self.params.max_iter):
            sizes = np.bincount(labels, minlength=k)
            far = np.argsort(-cost, kind="stable")
            for cluster, row in zip(np.flatnonzero(sizes == 0), far, strict=False):
                labels[row] = cluster  # a cluster that lost its rows takes the row that fits worst
            centres, modes = _prototypes(rows, labels, centres, modes)
            before = labels
            labels, cost = self._nearest(rows, centres, modes)
            if np.array_equal(before, labels):
                break
        return centres, modes, float(cost.sum())

    def _seeds(self, rows: _Rows, k: int, rng: np.random.Generator) -> list[int]:
        """Draw rows, each with a chance that grows with its distance to those before (k-means++)."""
        chosen = [int(rng.integers(len(rows)))]
        near = np.full(len(rows), np.inf)
        while len(chosen) < k:
            last = chosen[-1:]
            near = np.minimum(near, self._nearest(rows, rows.numbers[last], rows.codes[last])[1])
            total = near.sum()
            chance = near / total if total > 0 else None
            chosen.append(int(rng.choice(len(rows), p=chance)))
        return chosen

    def _nearest(
        self, rows: _Rows, centres: DoubleArray, modes: IntArray
    ) -> tuple[IntArray, DoubleArray]:
        """Return the nearest prototype of each row and its distance."""
        labels, cost = np.empty(len(rows), np.int64), np.empty(len(rows))
        for block in blocks(len(rows), len(centres) * (1 + rows.codes.shape[1])):
            numbers, codes = rows.numbers[block], rows.codes[block]
            away = np.zeros((len(numbers), len(centres)))
            for cluster, centre in enumerate(centres):
                away[:, cluster] = ((numbers - centre) ** 2).sum(axis=1)
            other = (codes[:, None, :] != modes) | (codes[:, None, :] == int(UNSEEN))
            away += self.params.gamma * other.sum(axis=2)
            labels[block] = away.argmin(axis=1)
            cost[block] = away.min(axis=1)
        return labels, cost


def _prototypes(
    rows: _Rows, labels: IntArray, centres: DoubleArray, modes: IntArray
) -> tuple[DoubleArray, IntArray]:
    """Return the mean and the modes of each cluster; one without rows stays."""
    centres, modes = centres.copy(), modes.copy()
    k = len(centres)
    sizes = np.bincount(labels, minlength=k)
    filled = sizes > 0
    sums = np.zeros_like(centres)
    np.add.at(sums, labels, rows.numbers)
    centres[filled] = sums[filled] / sizes[filled, None]
    for column, codes in enumerate(rows.codes.T):
        values, place = np.unique(codes, return_inverse=True)
        counts = np.zeros((k, len(values)), np.int64)
        np.add.at(counts, (labels, place), 1)
        modes[filled, column] = values[counts.argmax(axis=1)][filled]
    return centres, modes


def _table(points: Points) -> tuple[DoubleArray, tuple[Column, ...]]:
    items = None if points.items is None else parts_of(points.items).get("features")
    if items is None:
        raise InputError(
            "k-prototypes works on the rows of a table, not on an embedding",
            remedy="use it on a data set of features, or use kmeans",
        )
    values = np.asarray(items.take(np.arange(len(items))), dtype=np.float64)
    if np.isinf(values).any():
        raise InputError("rows hold infinity", remedy="drop or fill them in the data set")
    return values, columns_of(items) or tuple(Column("") for _ in range(values.shape[1]))
