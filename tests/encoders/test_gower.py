from __future__ import annotations

import numpy as np
import pytest

from clusterforge.builtin.frozen_encoders import GowerParams
from clusterforge.contracts import Column, Context, Table, View
from clusterforge.encoders.gower import Gower

RNG = np.random.default_rng(0)
COLUMNS = (
    Column("x"),
    Column("size", "ordinal", ("small", "middle", "big")),
    Column("colour", "category", ("blue", "green", "red")),
    Column("at", "time"),
)
N = 25
VALUES = np.column_stack(
    [
        RNG.normal(size=N) + 1.7e9,
        RNG.integers(0, 3, N),
        RNG.integers(0, 3, N),
        RNG.uniform(0, 86_400, N),
    ]
)


def gower(x: np.ndarray, y: np.ndarray, spread: np.ndarray) -> float:
    total, count = 0.0, 0
    for i, column in enumerate(COLUMNS[: len(x)]):
        if np.isnan(x[i]) or np.isnan(y[i]):
            continue
        count += 1
        if column.kind == "category":
            total += float(x[i] != y[i])
        elif column.kind == "time":
            apart = abs(x[i] - y[i])
            total += min(apart, 86_400 - apart) / 43_200
        else:
            total += min(abs(x[i] - y[i]) / spread[i], 1)
    return total / count


def test_squared_distances_are_gower_s() -> None:
    values = VALUES[:, :3].copy()
    columns = COLUMNS[:3]
    encoder = Gower(GowerParams(dim=1000))
    rows = encoder.fit_encode(View(Table(values, columns)), Context())
    spread = np.ptp(values, axis=0)
    for i in range(N):
        for j in range(N):
            squared = float(((rows[i] - rows[j]) ** 2).sum())
            assert squared == pytest.approx(gower(values[i], values[j], spread), abs=1e-4)


def test_gaps_are_left_out_of_the_mean() -> None:
    values = VALUES.copy()
    values[::5, 0] = np.nan
    encoder = Gower(GowerParams())
    encoder.fit(View(Table(values, COLUMNS)), Context())
    spread = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    distances = encoder._distances(values)
    landmarks = encoder._landmarks
    for i in (0, 3, 10):
        for j in (0, 7, 24):
            expected = gower(values[i], landmarks[j], spread)
            assert distances[i, j] == pytest.approx(expected, abs=1e-9)


def test_rows_beyond_the_range_and_of_no_known_value() -> None:
    encoder = Gower(GowerParams())
    encoder.fit(View(Table(VALUES, COLUMNS)), Context())
    strange = np.array([[1e12, 9, -1, np.nan], [np.nan] * 4])
    assert np.isfinite(encoder.encode(View(Table(strange, COLUMNS)), Context())).all()
    assert encoder._distances(strange[:1]).max() <= 1


def test_few_dimensions_are_warned_of() -> None:
    encoder = Gower(GowerParams(dim=1))
    encoder.fit(View(Table(VALUES, COLUMNS)), Context())
    (warning,) = encoder.report().warnings
    assert "% of the variance of Gower's distances is in 1 dimension; set dim" in warning
