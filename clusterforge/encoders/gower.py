"""Gower's distance of mixed rows as an embedding, so that every clusterer can use it."""

from __future__ import annotations

import numpy as np

from clusterforge.builtin.frozen_encoders import GowerParams
from clusterforge.contracts import (
    UNSEEN,
    Column,
    Context,
    Encoder,
    FitReport,
    FloatArray,
    State,
    View,
    columns_of,
)
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.numerics.arrays import DoubleArray, blocks

SMALLEST_SHARE = 1e-9
BY_RANGE, BY_MATCH, BY_CLOCK = 0, 1, 2
ENOUGH = 0.9


class Gower(Encoder[GowerParams]):
    """Landmark scaling of Gower's distance: squared distances in the embedding are Gower's distances.

    d(x, y) is the mean over the columns that both rows have a value in: |x - y| divided by the range
    of the train rows (at most 1) for numbers, ordinals and dates, the share of half a day for times and
    of half a cycle for cycles, 0 or 1 for categories and yes/no. Some train rows are placed by classical
    scaling, all others, new ones too, by their distances to these. With as many dimensions as landmarks
    less one, and no gaps, the distances of landmarks are exact.

    References
    ----------
    Gower 1971, doi:10.2307/2528823. de Silva & Tenenbaum, Sparse multidimensional scaling using landmark
    points, 2004.
    """

    def fit(self, view: View, context: Context) -> None:
        """Choose landmarks and place them."""
        values = self._values(view)
        if not len(values) or not values.shape[1]:
            raise InputError(f"{len(values)} rows of {values.shape[1]} columns are too few")
        columns = columns_of(view.items) or tuple(Column("") for _ in range(values.shape[1]))
        self._kinds = np.array([_rule(column) for column in columns], dtype=np.int64)
        with np.errstate(invalid="ignore"):
            spread = np.array(
                [np.ptp(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0 for c in values.T]
            )
        self._range = np.where(spread > 0, spread, 1.0)
        periods = np.array([column.period for column in columns])
        self._range[periods > 0] = periods[periods > 0]
        many = min(self.params.landmarks, len(values))
        chosen = np.random.default_rng(context.seed).choice(len(values), many, replace=False)
        self._landmarks = values[np.sort(chosen)]
        squared = self._distances(self._landmarks)
        self._mean = squared.mean(axis=0)
        centred = -0.5 * (squared - self._mean - self._mean[:, None] + self._mean.mean())
        size, vectors = np.linalg.eigh(centred)
        order = np.argsort(-size)[: self.params.dim]
        order = order[size[order] > SMALLEST_SHARE * max(float(size.max()), SMALLEST_SHARE)]
        self._kept = float(size[order].sum() / max(size[size > 0].sum(), SMALLEST_SHARE))
        vectors = vectors[:, order]
        vectors *= np.where(
            vectors[np.abs(vectors).argmax(axis=0), np.arange(len(order))] < 0, -1.0, 1.0
        )
        self._axes = vectors / np.sqrt(size[order])
        if not len(order):  # equal rows lie in one point
            self._axes = np.zeros((many, 1))

    def encode(self, view: View, context: Context) -> FloatArray:
        """Return where the rows lie: float32 (n, at most dim)."""
        values = self._values(view)
        if values.shape[1] != len(self._kinds):
            raise InputError(
                f"rows have {values.shape[1]:,} columns; it was fitted on {len(self._kinds):,}"
            )
        result = np.empty((len(values), self._axes.shape[1]), np.float32)
        for block in blocks(len(values), len(self._landmarks)):
            result[block] = 0.5 * (self._mean - self._distances(values[block])) @ self._axes
        return result

    def _distances(self, rows: DoubleArray) -> DoubleArray:
        """Return Gower's distances to the landmarks: float64 (n, m)."""
        total = np.zeros((len(rows), len(self._landmarks)))
        count = np.zeros_like(total)
        for i, kind in enumerate(self._kinds):
            one, other = rows[:, i][:, None], self._landmarks[:, i][None, :]
            if kind == BY_MATCH:
                apart = (one != other) | (one == UNSEEN)
            else:
                apart = np.abs(one - other)
                apart /= self._range[i]
                whole = 2 * np.minimum(apart % 1, 1 - apart % 1)
                apart = whole if kind == BY_CLOCK else np.minimum(apart, 1)
            both = ~(np.isnan(one) | np.isnan(other))
            total += np.where(both, apart, 0)
            count += both
        # Rows that share no column with a value are as far apart as rows are on average.
        known: DoubleArray = np.divide(
            total, count, out=np.full_like(total, np.nan), where=count > 0
        )
        if np.isnan(known).any():
            known[np.isnan(known)] = np.nanmean(known) if (count > 0).any() else 0.0
        return known

    def _values(self, view: View) -> DoubleArray:
        values = view.exact_rows().astype(np.float64, copy=False)
        infinite = np.isinf(values).any(axis=1)
        if infinite.any():
            raise InputError(
                f"{int(infinite.sum()):,} rows hold infinity, the first is row {int(infinite.argmax()) + 1}",
                remedy="drop or fill them in the data set",
            )
        return values

    def report(self) -> FitReport:
        """Warn where the dimensions keep too little."""
        if self._kept >= ENOUGH:
            return FitReport()
        dimensions = count(self._axes.shape[1], "dimension")
        share = f"{self._kept:.0%} of the variance of Gower's distances"
        return FitReport((f"{share} is in {dimensions}; set dim to more",))

    def state(self) -> State:
        """Return landmarks (m, d), their mean distances (m,), axes (m, k), ranges and kinds (d,)."""
        return State(
            {
                "landmarks": self._landmarks,
                "mean": self._mean,
                "axes": self._axes,
                "range": self._range,
                "kinds": self._kinds,
            }
        )

    def restore(self, state: State) -> None:
        """Take up landmarks, axes and ranges."""
        arrays = state.arrays
        self._landmarks, self._mean = arrays["landmarks"], arrays["mean"]
        self._axes, self._range = arrays["axes"], arrays["range"]
        self._kinds = arrays["kinds"]
        self._kept = 1.0


def _rule(column: Column) -> int:
    if column.kind in ("category", "yes-no"):
        return BY_MATCH
    return BY_CLOCK if column.period else BY_RANGE
