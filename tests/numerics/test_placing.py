"""Rows placed between the nearest rows of a map."""

import numpy as np

from clusterforge.numerics.placing import placed_between


def test_rows_lie_where_their_nearest_do() -> None:
    rng = np.random.default_rng(0)
    fitted = rng.normal(size=(60, 8)).astype(np.float32)
    places = rng.normal(size=(60, 2)).astype(np.float32)
    rows = np.concatenate([fitted[:3], (fitted[4:5] + 0.01).astype(np.float32)])
    placed = placed_between(fitted, places, rows)
    np.testing.assert_allclose(placed[:3], places[:3], rtol=1e-6)
    assert np.abs(placed[3] - places[4]).max() < 0.05


def test_the_mean_is_weighted_by_squared_distance() -> None:
    fitted = np.array([[0.0], [3.0]], np.float32)
    places = np.array([[0.0, 0.0], [5.0, 10.0]], np.float32)
    placed = placed_between(fitted, places, np.array([[1.0]], np.float32))
    np.testing.assert_allclose(placed, [[1.0, 2.0]], rtol=1e-6)  # weights 1 and 1 / 4
    one = placed_between(fitted[:1], places[:1], np.ones((2, 1), np.float32))
    np.testing.assert_array_equal(one, np.zeros((2, 2)))
