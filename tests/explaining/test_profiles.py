"""Clusters against columns that they were not made of."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from clusterforge.explaining.metadata import Unusable, Values, values_of
from clusterforge.explaining.profiles import holm, profiles


def column(values: list[object], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


def category(names: list[str]) -> Values:
    return values_of(column(names))


def test_kinds_of_columns() -> None:
    words = values_of(column(["b", None, "a", " ", "b"]))
    assert (words.kind, words.names, words.codes.tolist()) == (
        "category",
        ("a", "b"),
        [1, -1, 0, -1, 1],
    )

    days = [datetime.date(2024, 1 + n % 3, 5) for n in range(9)]
    assert values_of(column(days)).names == ("2024-01", "2024-02", "2024-03")
    one_month = values_of(column([datetime.date(2024, 1, 5 + n % 2) for n in range(9)]))
    assert (one_month.kind, one_month.names) == ("day", ("2024-01-05", "2024-01-06"))
    texts = [f"{2000 + n}-{1 + n % 12:02d}-03T10:00:00" for n in range(30)]
    assert values_of(column(texts)).kind == "year"

    numbers = values_of(column([float(n) / 2 for n in range(100)] + [float("nan"), None]))
    assert (numbers.kind, len(numbers.names)) == ("number", 4)
    assert np.bincount(numbers.codes[:100]).tolist() == [25] * 4
    assert numbers.codes[100:].tolist() == [-1, -1]
    assert numbers.names[0] == "up to 12.4"

    assert values_of(column([1, 2, 2, 1])).names == ("1", "2")
    assert values_of(column(["1.5", "2", "", None] * 5), untyped=True).names == ("1.5", "2")
    assert values_of(column(["01", "2"] * 5), untyped=True).kind == "category"


def test_rare_categories_are_one() -> None:
    names = [f"c{n}" for n in range(30) for _ in range(30 - n)]
    values = values_of(column(names))
    assert len(values.names) == 20
    assert values.names[-1] == "other"
    assert (values.codes == 19).sum() == sum(range(1, 12))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([b"x", b"y"], "it holds binary"),
        ([[1], [2]], "it holds list"),
        (["x", "x"], "it has one value"),
        ([None, ""], "it has no values"),
        ([f"id {n}" for n in range(100)], "100 values, most of them once"),
        ([*range(100)], "a whole number of its own"),
    ],
)
def test_columns_that_have_no_profile(values: list[object], why: str) -> None:
    with pytest.raises(Unusable, match=why):
        values_of(column(values))


def test_shares_lift_and_the_chi_square_test() -> None:
    labels = np.repeat([0, 1, -1], [100, 200, 50])
    cities = ["A"] * 80 + ["B"] * 20 + ["A"] * 40 + ["B"] * 160 + ["C"] * 50
    (found,) = profiles({"city": category(cities)}, labels)
    expected = stats.chi2_contingency([[80, 20], [40, 160]], correction=False)
    assert found.test == "chi-square"
    assert found.p == pytest.approx(expected.pvalue)
    assert found.effect == pytest.approx((expected.statistic / 300) ** 0.5)
    assert found.values == {"A": 120, "B": 180, "C": 0}
    a, b = found.clusters[0].values
    assert (a.rows, a.share, a.lift) == (80, 0.8, pytest.approx(2.0))
    assert (b.rows, b.share, b.lift) == (20, 0.2, pytest.approx(1 / 3))
    assert [value.value for value in found.clusters[0].marked()] == ["A"]


def test_few_rows_are_tested_by_permutation_of_the_same_table() -> None:
    rng = np.random.default_rng(0)
    labels, codes = rng.integers(0, 3, 30), rng.integers(0, 4, 30)
    (found,) = profiles({"city": category(["ABCD"[code] for code in codes])}, labels, seed=3)
    assert found.test == "permutation"
    table = np.zeros((3, 4), int)
    np.add.at(table, (labels, codes), 1)
    assert found.p == pytest.approx(
        stats.chi2_contingency(table, correction=False).pvalue, abs=0.05
    )


def test_numbers_are_tested_by_their_ranks() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 60)
    numbers = rng.normal(size=120) + labels
    (found,) = profiles({"price": values_of(column(numbers.tolist()))}, labels)
    expected = stats.kruskal(numbers[:60], numbers[60:])
    assert (found.test, found.p) == ("kruskal-wallis", pytest.approx(expected.pvalue))
    assert found.effect == pytest.approx(expected.statistic / 119)


def test_p_values_are_corrected_for_their_number() -> None:
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]).tolist() == [1.0, 1.0]
    rng = np.random.default_rng(2)
    labels, alarms, marked = rng.integers(0, 5, 400), 0, 0
    for _ in range(60):
        columns = {str(n): category([*rng.choice(list("ABCDEF"), 400)]) for n in range(8)}
        found = profiles(columns, labels)
        alarms += any(one.p < 0.05 for one in found)
        marked += any(cluster.marked() for one in found for cluster in one.clusters)
    # Without correction nearly every draw has a false alarm.
    assert alarms <= 8
    assert marked <= 8


def test_a_column_that_goes_with_the_clusters_makes_no_other_look_like_it() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 12, 480)
    product, alarms = category([f"p{label // 2}" for label in labels]), 0
    for _ in range(40):
        day = category([f"d{n:02}" for n in rng.integers(0, 15, 480)])
        of_product, of_day = profiles({"product": product, "day": day}, labels)
        assert all(cluster.marked() for cluster in of_product.clusters)
        alarms += any(cluster.marked() for cluster in of_day.clusters)
    assert alarms <= 3


def test_a_column_that_cannot_differ_is_left_out() -> None:
    assert profiles({"x": category(["A", "B"])}, np.array([0, 0])) == ()
    assert profiles({"x": category(["A", "B"])}, np.array([-1, -1])) == ()
