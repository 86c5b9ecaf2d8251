"""What the encoder ``table`` makes of numbers, dates and categories: columns with a variance of 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.builtin.frozen_encoders import TableParams
from clusterforge.contracts import Column, IntArray
from clusterforge.numerics.arrays import BoolArray, DoubleArray

Arrays = dict[str, npt.NDArray[Any]]

KNOTS = 1001
NORMAL = 1.349  # quartiles of a normal distribution, in standard deviations
SECONDS = np.array([365.2425 * 86_400, 7 * 86_400, 86_400])  # of a year, a week and a day
MONDAY = np.array([0, -3 * 86_400, 0])  # 1970-01-01 was a Thursday
CYCLES = 3
FAR = 1e9
"""Widths from the centre at which numbers and dates that lie further away stand."""
DAY = 86_400


class _Learnt:
    """What is learnt of some columns: arrays, each an attribute."""

    prefix: str
    names: tuple[str, ...]

    def state(self) -> Arrays:
        """Return what was learnt."""
        return {f"{self.prefix}.{name}": getattr(self, name) for name in self.names}

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up what was learnt."""
        for name in self.names:
            setattr(self, name, arrays[f"{self.prefix}.{name}"])


class Numbers(_Learnt):
    """Numbers, ordinals and gaps in them.

    Centre and width are those of the values that are there; a gap stands at the centre. With
    ``quantile``, a value becomes the normal score of its rank among the train rows.
    """

    prefix = "numbers"
    names = ("columns", "centre", "width", "knots", "gap_columns", "gap_share")
    columns: IntArray
    centre: DoubleArray
    width: DoubleArray
    knots: DoubleArray
    gap_columns: IntArray
    gap_share: DoubleArray

    def __init__(self, params: TableParams) -> None:
        self.params = params

    def fit(self, values: DoubleArray, columns: IntArray) -> None:
        """Learn from rows (n, d) what stands in some of their columns."""
        self.columns = columns
        own = values[:, columns]
        gaps = np.isnan(own)
        share = gaps.mean(axis=0)
        holes = (share > 0) & (share < 1) & (self.params.gap_weight > 0)
        self.gap_columns, self.gap_share = columns[holes], share[holes]
        parts = [_fitted(c[~np.isnan(c)], self.params.scaling) for c in own.T]
        self.centre = np.array([part[0] for part in parts])
        self.width = np.array([part[1] for part in parts])
        knots = KNOTS if self.params.scaling == "quantile" else 0
        self.knots = np.array([part[2] for part in parts]).reshape(len(columns), knots)

    def encode(self, values: DoubleArray) -> list[DoubleArray]:
        """Return scaled values and indicators of gaps: float64 (n, ·) each."""
        own = values[:, self.columns]
        if self.params.scaling == "quantile":
            scores = _scores(self.knots.shape[1])
            ranked = [
                _interpolated(column, knots, scores)
                for column, knots in zip(own.T, self.knots, strict=True)
            ]
            own = np.array(ranked).reshape(len(self.columns), len(values)).T
        scaled = (own - self.centre) / self.width
        scaled = np.clip(np.nan_to_num(scaled), -FAR, FAR)
        indicator = np.isnan(values[:, self.gap_columns]) - self.gap_share
        deviation = np.sqrt(self.gap_share * (1 - self.gap_share))
        return [scaled, self.params.gap_weight * indicator / deviation]


def _fitted(known: DoubleArray, scaling: str) -> tuple[float, float, DoubleArray]:
    """Return centre, width and quantiles of the values of one column."""
    knots = np.zeros(0)
    if not len(known):
        return 0.0, 1.0, np.zeros(KNOTS if scaling == "quantile" else 0)
    centre, width = float(known.mean()), float(known.std())
    # What is left of a constant column is rounding, not spread.
    width = width if width > 1e-12 * abs(centre) else 0.0
    if scaling == "robust":
        low, centre, high = (float(q) for q in np.quantile(known, [0.25, 0.5, 0.75]))
        width = (high - low) / NORMAL or width
    elif scaling == "quantile":
        knots = np.quantile(known, np.linspace(0, 1, KNOTS))
        scored = _interpolated(known, knots, _scores(KNOTS))
        centre, width = float(scored.mean()), float(scored.std()) if width else 0.0
    return centre, width or 1.0, knots


def _scores(knots: int) -> DoubleArray:
    from scipy.special import ndtri

    scores: DoubleArray = ndtri((np.arange(knots) + 0.5) / max(knots, 1))
    return scores


def _interpolated(values: DoubleArray, knots: DoubleArray, scores: DoubleArray) -> DoubleArray:
    """Return the scores between knots; of equal knots, which ties make, the mean of first and last."""
    from_left = np.interp(values, knots, scores)
    from_right = -np.interp(-values, -knots[::-1], -scores[::-1])
    found: DoubleArray = (from_left + from_right) / 2
    return found


class Dates(_Learnt):
    """Dates as time, and as places in year, week and day; times of day and cycles as places in theirs.

    Of a date column, only cycles are used that the train rows pass through at least twice, and the
    day only where there are times. A gap stands at the mean.
    """

    prefix = "dates"
    names = ("columns", "cycles", "trend", "periods", "shift", "divisor")
    columns: IntArray
    cycles: BoolArray
    trend: BoolArray
    periods: DoubleArray
    shift: DoubleArray
    divisor: DoubleArray

    def fit(self, values: DoubleArray, columns: Sequence[Column], cyclic: bool) -> None:
        """Learn from rows (n, d) what stands in their dates and times."""
        self.columns = np.array(
            [i for i, c in enumerate(columns) if c.kind == "date" or c.period], dtype=np.int64
        )
        self.periods = np.array([columns[i].period for i in self.columns])
        self.trend = np.array([columns[i].kind == "date" for i in self.columns], dtype=bool)
        self.cycles = np.zeros((len(self.columns), CYCLES), dtype=bool)
        for i, (at, dated) in enumerate(zip(self.columns, self.trend, strict=True)):
            own = values[~np.isnan(values[:, at]), at]
            if dated and cyclic and len(own):
                self.cycles[i] = np.ptp(own) >= 2 * SECONDS
                self.cycles[i, -1] &= bool((own % DAY != 0).any())
            elif not dated:
                self.cycles[i, -1] = True
        raw = self._raw(values)
        width = raw.shape[1]
        count = np.maximum((~np.isnan(raw)).sum(axis=0), 1)
        self.shift = np.nansum(raw, axis=0) / count
        deviation = np.sqrt(np.nansum((raw - self.shift) ** 2, axis=0) / count)
        self.divisor = np.ones(width)
        for places in self._places():
            # Sine and cosine are one part of the column, with a variance of 1 together.
            groups = (
                [places[:1], *places[1:].reshape(-1, 2)]
                if len(places) % 2
                else [*places.reshape(-1, 2)]
            )
            for group in groups:
                spread = float(np.sqrt((deviation[group] ** 2).sum()))
                self.divisor[group] = (spread or 1.0) * np.sqrt(len(groups))

    def encode(self, values: DoubleArray) -> DoubleArray:
        """Return the parts of every date: float64 (n, ·)."""
        scaled = (self._raw(values) - self.shift) / self.divisor
        return np.clip(np.nan_to_num(scaled), -FAR, FAR)

    def _places(self) -> list[IntArray]:
        sizes = self.trend + 2 * self.cycles.sum(axis=1)
        return np.split(np.arange(int(sizes.sum())), np.cumsum(sizes)[:-1]) if len(sizes) else []

    def _raw(self, values: DoubleArray) -> DoubleArray:
        parts: list[DoubleArray] = []
        rows = zip(self.columns, self.trend, self.cycles, self.periods, strict=True)
        for at, dated, cycles, period in rows:
            seconds = values[:, at]
            parts += [seconds] if dated else []
            lengths = SECONDS[cycles] if dated else [period]
            for length, start in zip(lengths, MONDAY[cycles], strict=True):
                angle = 2 * np.pi * (((seconds - start) / length) % 1)
                parts += [np.sin(angle), np.cos(angle)]
        return np.stack(parts, axis=1) if parts else np.zeros((len(values), 0))


class Categories(_Learnt):
    """Categories as indicators, or along the leading axes of a multiple correspondence analysis.

    Gaps are a category of their own where the train rows have some, and so are those beyond the
    most frequent ``most_categories``. A category that no train row has stands there too, else at
    the mean of the train rows: it says nothing.
    """

    prefix = "categories"
    names = ("columns", "slot", "slot_start", "start", "share", "scale", "axes")
    columns: IntArray
    slot: IntArray
    slot_start: IntArray
    start: IntArray
    share: DoubleArray
    scale: DoubleArray
    axes: DoubleArray

    def __init__(self, params: TableParams) -> None:
        self.params = params

    def fit(self, values: DoubleArray, columns: Sequence[Column]) -> None:
        """Learn from rows (n, d) which categories there are."""
        names = ("category", "yes-no")
        self.columns = np.array(
            [i for i, column in enumerate(columns) if column.kind in names], dtype=np.int64
        )
        slots, shares = [], []
        for at in self.columns:
            slot, share = self._slots(values[:, at], len(columns[at].categories))
            slots.append(slot)
            shares.append(share)
        self.slot_start = _starts(slots)
        self.start = _starts(shares)
        self.slot = np.concatenate([*slots, np.zeros(0, np.int64)])
        self.share = np.concatenate([*shares, np.zeros(0)])
        self.axes = np.zeros((0, 0))
        if self.params.categories == "one-hot":
            spread = [np.full(len(p), np.sqrt(max(1 - (p**2).sum(), 0)) or 1.0) for p in shares]
            self.scale = 1 / np.concatenate([*spread, np.ones(0)])
        else:
            self.scale = 1 / np.sqrt(self.share)
            self.axes = self._axes(values)
        self.scale *= np.sqrt(self.params.category_weight)

    def _slots(self, own: DoubleArray, categories: int) -> tuple[IntArray, DoubleArray]:
        """Return where each code, an unseen one and a gap go, and the share of each place."""
        seen = own[own >= 0].astype(np.int64)
        counts = np.bincount(seen, minlength=categories)
        order = np.argsort(-counts, kind="stable")[: self.params.most_categories]
        often = np.sort(order[counts[order] > 0])
        slot = np.full(categories + 2, -1, dtype=np.int64)
        slot[often] = np.arange(len(often))
        rows: list[int] = counts[often].tolist()
        rest = int(counts.sum()) - sum(rows)
        if rest:
            slot[:-1][slot[:-1] < 0] = len(rows)
            rows.append(rest)
        if gaps := int(np.isnan(own).sum()):
            slot[-1] = len(rows)
            rows.append(gaps)
        return slot, np.array(rows, dtype=np.float64) / max(len(own), 1)

    def _axes(self, values: DoubleArray) -> DoubleArray:
        indicators = self._indicators(values)
        covariance = indicators.T @ indicators / max(len(values), 1)
        size, vectors = np.linalg.eigh(covariance)
        kept = np.argsort(-size)[: self.params.components]
        kept = kept[size[kept] > 1e-9 * max(float(size.max(initial=0)), 1e-300)]
        axes = vectors[:, kept]
        axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(len(kept))] < 0, -1.0, 1.0)
        # As many columns as there were, each with a variance of 1.
        whole: DoubleArray = axes * np.sqrt(
            len(self.columns) / max(float(size[kept].sum()), 1e-300)
        )
        return whole

    def _indicators(self, values: DoubleArray) -> DoubleArray:
        n = len(values)
        result = np.tile(-self.share * self.scale, (n, 1))
        rows = np.arange(n)
        for i, at in enumerate(self.columns):
            slot = self.slot[self.slot_start[i] : self.slot_start[i + 1]]
            own = values[:, at]
            code = np.where(np.isnan(own), len(slot) - 1, own)
            code = np.where((code < 0) | (code >= len(slot)), len(slot) - 2, code).astype(np.int64)
            place = slot[code]
            here = self.start[i] + place[place >= 0]
            result[rows[place >= 0], here] += self.scale[here]
            result[rows[place < 0], self.start[i] : self.start[i + 1]] = 0
        return result

    def encode(self, values: DoubleArray) -> DoubleArray:
        """Return indicators or coordinates: float64 (n, ·)."""
        indicators = self._indicators(values)
        return indicators @ self.axes if self.params.categories == "mca" else indicators


def _starts(parts: Sequence[npt.NDArray[Any]]) -> IntArray:
    return np.cumsum([0, *map(len, parts)]).astype(np.int64)
