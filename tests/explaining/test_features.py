from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import Column, Table, numbers
from clusterforge.explaining import features as module
from clusterforge.explaining.features import features
from clusterforge.runs.records import FeatureMean, FeatureValue


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("block", [1, 40, 10**6])
def test_against_a_plain_loop(seed: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_VALUES", block)
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(50, 4)) * [1, 10, 1e-3, 5] + [0, 1e4, 0, -3]).astype(np.float32)
    code = rng.integers(-1, 3, 50)
    wanted = np.array([2, 0])
    found = features(Table(values, numbers("abcd")), code, wanted)
    exact = values.astype(np.float64)
    for i, c in enumerate(wanted):
        z = {}
        for column, name in enumerate("abcd"):
            mean = exact[code == c, column].mean()
            z[name] = (mean - exact[:, column].mean()) / exact[:, column].std()
        told = found.of_cluster(i)
        assert [f.name for f in told] == sorted(z, key=lambda name: -abs(z[name]))
        for f in told:
            column = "abcd".index(f.name)
            assert f.z == pytest.approx(z[f.name], abs=1e-4)
            assert f.mean == pytest.approx(exact[code == c, column].mean(), rel=1e-9, abs=1e-9)
            assert f.overall == pytest.approx(exact[:, column].mean(), rel=1e-9, abs=1e-9)


def test_without_names_and_with_many_columns() -> None:
    values = np.zeros((4, 30), np.float32)
    values[0] = np.arange(30)
    found = features(Table(values), np.array([0, 0, 1, 1]), np.array([0, 1]))
    told = found.of_cluster(0)
    assert len(told) == 12
    assert told[0].name == "feature 1"  # all are equally strong, column 0 is constant
    row = found.of_row(values[0], 0)
    assert [v.value for v in row] == [1.0, 2, 3, 4, 5, 6, 7, 8]


def test_constant_columns_and_values_that_are_no_numbers() -> None:
    values = np.array(
        [[1e8, np.nan, 1, np.nan], [1e8, np.inf, 2, 4], [1e8, np.nan, 3, 6]], np.float32
    )
    found = features(Table(values), np.array([0, 0, 1]), np.array([0, 1]))
    assert [f.title for f in found.of_cluster(0)] == [
        "feature 3",
        "feature 2",
        "feature 1: no value",
        "feature 3: no value",
    ]
    assert found.of_cluster(0)[0] == FeatureMean(
        name="feature 3", mean=4, overall=5, mean_text="4.000", overall_text="5.000", z=-1
    )
    assert found.of_row(values[0], 0)[0] == FeatureValue(name="feature 3", value=None)


def test_a_value_that_one_row_of_many_has_says_nothing_of_a_cluster() -> None:
    values = np.full((40, 2), np.nan)
    values[:, 0] = np.arange(40) // 20
    values[[3, 30, 31, 32], 1] = 900.0, 1.0, 2.0, 3.0
    code = np.arange(40) // 20
    found = features(Table(values), code, np.array([0, 1]))
    assert "feature 1" not in [f.title for f in found.of_cluster(0)]
    assert "feature 1" in [f.title for f in found.of_cluster(1)]


def test_categories_have_shares_and_dates_are_dates() -> None:
    columns = (
        Column("colour", "category", ("blue", "green", "red")),
        Column("ok", "yes-no", ("no", "yes")),
        Column("day", "date"),
    )
    day = 86_400.0
    values = np.array(
        [
            [0, 1, 19_000 * day],
            [0, 1, 19_002 * day],
            [2, 0, 0],
            [np.nan, 0, 0],
            [1, 1, 0],
            [2, 0, 0],
        ]
    )
    code = np.array([0, 0, 1, 1, 1, 1])
    found = features(Table(values, columns), code, np.array([0, 1]))
    first = {f.title: f for f in found.of_cluster(0)}
    blue = first["colour: blue"]
    assert (blue.mean, round(blue.overall, 6), blue.mean_text, round(blue.lift or 0, 6)) == (
        1,
        0.4,
        "100 %",
        2.5,
    )
    assert first["day"].mean_text == "2022-01-09"
    # Of two values, it is the one that the cluster has more often.
    assert "ok: yes" in first
    assert "ok: no" not in first
    second = {f.title: f for f in found.of_cluster(1)}
    assert second["ok: no"].mean == 0.75
    assert second["colour: red"].mean == pytest.approx(2 / 3)
    assert second["colour: no value"].mean == 0.25
    row = {v.name: v.value for v in found.of_row(values[3], 1)}
    assert row == {"colour": None, "ok": "no", "day": "1970-01-01"}
