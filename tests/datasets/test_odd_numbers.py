"""Honest numbers of which nothing is said."""

import numpy as np
import pyarrow as pa
import pytest

from clusterforge.contracts import Column
from clusterforge.datasets.odd_numbers import coded_gaps, of_few_bits, stuck

RNG = np.random.default_rng(0)


class Rows:
    def place(self, row):
        return f"row {row + 1}"


def columns(values):
    return [Column(f"c{at}") for at in range(values.shape[1])]


def sensor():
    values = RNG.normal(size=(120, 2)).round(3)
    values[40:80, 0] = 0.25
    return values


def test_a_sensor_that_stops_is_said():
    values = sensor()
    assert "'c0' is 0.25 for 40 rows in a row, the first is row 41" in "".join(
        stuck(values, columns(values), Rows())
    )


def copies_with_a_gap():
    values = sensor()
    values[40:80, 1] = np.nan
    return values


def in_order():
    values = sensor()
    values[:, 0] = np.sort(values[:, 0])
    return values


@pytest.mark.parametrize("values", [copies_with_a_gap(), in_order()], ids=["copies", "in order"])
def test_no_sensor_stops(values):
    assert not [*stuck(values, columns(values), Rows())]


def test_longitudes_are_not_lost_bits():
    values = np.r_[RNG.integers(-126, -67, 90), RNG.integers(100, 128, 60)][:, None] * 1.0
    assert not [*of_few_bits(values, columns(values))]


@pytest.mark.parametrize(
    "values",
    [
        np.r_[RNG.uniform(1, 40, 200), 120.0][:, None],
        np.r_[RNG.integers(0, 6, 200), 103][:, None] * 1.0,
    ],
    ids=["minutes", "visits"],
)
def test_one_far_value_is_no_missing_byte(values):
    table = pa.table({"c0": values[:, 0]})
    assert not [*coded_gaps(values, columns(values), table, {})]
