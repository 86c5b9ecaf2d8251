from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from clusterforge.builtin.frozen_encoders import GowerParams, TableParams
from clusterforge.contracts import Column, Context, SomeItems, Table, View
from clusterforge.encoders.gower import Gower
from clusterforge.encoders.table import Table as TableEncoder

RNG = np.random.default_rng(0)
N = 80
COLUMNS = (
    Column("x"),
    Column("far"),
    Column("colour", "category", ("blue", "green", "red")),
    Column("ok", "yes-no", ("no", "yes")),
    Column("day", "date"),
    Column("at", "time"),
)


def rows() -> np.ndarray:
    far = 1.7e9 + RNG.uniform(0, 180, N)
    day = 86_400.0 * RNG.integers(19_000, 20_500, N)
    at = RNG.uniform(0, 86_400, N)
    codes = RNG.integers(0, 3, N)
    return np.column_stack([RNG.exponential(size=N), far, codes, codes > 1, day, at])


VALUES = rows()


def encoded(encoder: TableEncoder, values: np.ndarray, columns=COLUMNS) -> np.ndarray:
    return encoder.encode(View(Table(values, columns)), Context())


def fitted(values=VALUES, columns=COLUMNS, **params) -> TableEncoder:
    encoder = TableEncoder(TableParams(**params))
    encoder.fit(View(Table(values, columns)), Context())
    return encoder


def test_each_column_counts_as_much() -> None:
    for column in range(len(COLUMNS)):
        answer = encoded(
            fitted(VALUES[:, [column]], COLUMNS[column : column + 1]),
            VALUES[:, [column]],
            COLUMNS[column : column + 1],
        )
        assert answer.var(axis=0).sum() == pytest.approx(1, abs=1e-4)
        np.testing.assert_allclose(answer.mean(axis=0), 0, atol=1e-5)


def test_numbers_are_those_of_scikit_learn() -> None:
    answer = encoded(fitted(VALUES[:, :2], COLUMNS[:2]), VALUES[:, :2], COLUMNS[:2])
    expected = StandardScaler().fit_transform(VALUES[:, :2])
    np.testing.assert_allclose(answer, expected, atol=1e-4)
    # Seconds within three minutes are all different after centring.
    assert len(np.unique(answer[:, 1])) == N


def test_indicators_are_those_of_scikit_learn_up_to_a_factor() -> None:
    codes, columns = VALUES[:, [2]], COLUMNS[2:3]
    answer = encoded(fitted(codes, columns), codes, columns)
    one_hot = OneHotEncoder(sparse_output=False).fit_transform(codes)
    one_hot -= one_hot.mean(axis=0)
    ratio = answer / one_hot
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-4)


def test_quantiles_do_not_see_the_units() -> None:
    x, columns = VALUES[:, :1], COLUMNS[:1]
    answer = encoded(fitted(x, columns, scaling="quantile"), x, columns)
    other = encoded(fitted(np.exp(x), columns, scaling="quantile"), np.exp(x), columns)
    np.testing.assert_allclose(answer, other, atol=0.1)
    assert np.array_equal(np.argsort(answer[:, 0]), np.argsort(x[:, 0]))


def test_robust_scaling_does_not_see_an_outlier() -> None:
    values = VALUES[:, :1].copy()
    plain = encoded(fitted(values, COLUMNS[:1], scaling="robust"), values, COLUMNS[:1])
    values[0] = 1e9
    after = encoded(fitted(values, COLUMNS[:1], scaling="robust"), values, COLUMNS[:1])
    np.testing.assert_allclose(plain[1:], after[1:], atol=0.15)


def test_gaps_and_unknown_categories() -> None:
    encoder = fitted()
    strange = VALUES[:1].copy()
    strange[0] = [np.nan, np.nan, -1, np.nan, np.nan, np.nan]
    np.testing.assert_allclose(encoded(encoder, strange), 0, atol=1e-6)
    holes = VALUES.copy()
    holes[::4, 2] = np.nan
    learnt = fitted(holes, gap_weight=1.0)
    same, gap = encoded(learnt, holes[:1]), encoded(learnt, holes[4:5])
    # Where the train rows have gaps, a gap is a category.
    assert np.abs(same[0, -6:-2] - gap[0, -6:-2]).max() < 1e-6
    assert np.abs(same[0, -6:-2]).max() > 0.5


def test_a_gap_of_numbers_has_an_indicator_where_that_is_asked() -> None:
    values = VALUES[:, :1].copy()
    values[::4] = np.nan
    answer = encoded(fitted(values, COLUMNS[:1], gap_weight=0.5), values, COLUMNS[:1])
    assert answer.shape == (N, 2)
    np.testing.assert_allclose(answer[::4, 0], 0)
    assert answer[:, 1].std() == pytest.approx(0.5, abs=1e-5)


def test_rare_categories_count_as_one() -> None:
    codes = np.array([[0.0]] * 10 + [[1.0]] * 8 + [[2.0], [3.0]])
    columns = (Column("c", "category", tuple("abcde")),)
    encoder = fitted(codes, columns, most_categories=2)
    answer = encoded(encoder, np.array([[2.0], [3.0], [4.0], [-1.0], [0.0]]), columns)
    assert answer.shape[1] == 3
    np.testing.assert_array_equal(answer[:3], answer[1:4])
    assert not np.array_equal(answer[0], answer[4])


def test_axes_keep_the_distances_of_indicators() -> None:
    codes = np.column_stack([RNG.integers(0, 3, N), RNG.integers(0, 4, N)]).astype(float)
    columns = (
        Column("a", "category", tuple("abc")),
        Column("b", "category", tuple("abcd")),
    )
    answer = encoded(fitted(codes, columns, categories="mca"), codes, columns)
    assert answer.shape[1] == 2 + 3
    assert answer.var(axis=0).sum() == pytest.approx(2, rel=1e-4)
    indicators = pd.get_dummies(pd.DataFrame(codes).astype(str)).to_numpy(float)
    weighted = indicators / np.sqrt(indicators.mean(axis=0))
    theirs = np.linalg.norm(weighted[0] - weighted, axis=1)
    ours = np.linalg.norm(answer[0] - answer, axis=1)
    np.testing.assert_allclose(ours * (theirs.max() / ours.max()), theirs, rtol=1e-3, atol=1e-3)


def test_days_before_and_after_new_year_are_near() -> None:
    days = pd.date_range("2018-01-01", "2022-12-31", freq="D")
    seconds = days.astype("datetime64[s]").astype("int64").to_numpy(float)[:, None]
    columns = (Column("day", "date"),)
    encoder = fitted(seconds, columns)

    def place(day: str) -> np.ndarray:
        at = float(pd.Timestamp(day).timestamp())
        return encoded(encoder, np.array([[at]]), columns)[0, 1:3]

    near = np.linalg.norm(place("2020-12-31") - place("2021-01-01"))
    assert near < 0.05
    assert np.linalg.norm(place("2020-12-31") - place("2020-07-01")) > 1


def test_rows_without_columns_are_numbers_and_blocks_do_not_matter() -> None:
    values = VALUES[:, :2].astype(np.float32)
    encoder = TableEncoder(TableParams())
    answer = encoder.fit_encode(View(Table(values)), Context())
    some = SomeItems(Table(values), np.array([5, 3]))
    np.testing.assert_array_equal(encoder.encode(View(some), Context()), answer[[5, 3]])


def test_the_ends_of_a_cycle_are_next_to_each_other() -> None:
    values = np.array([[1.0], [359.0], [180.0], [90.0], [270.0]])
    for encoder in (TableEncoder(TableParams()), Gower(GowerParams())):
        rows = encoder.fit_encode(
            View(Table(values, (Column("wind", "cycle", format="cycle 360"),))), Context()
        )
        apart = np.linalg.norm(rows - rows[0], axis=1)
        assert apart[1] < apart[3] < apart[2]
