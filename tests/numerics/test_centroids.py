"""Means of clusters, the nearest of them, and how far out of it rows lie."""

from __future__ import annotations

import numpy as np
import pytest

from clusterforge.numerics.centroids import Places, centroids, nearest_clusters

ROWS = np.random.default_rng(0).standard_normal((90, 4)).astype(np.float32)
LABELS = np.random.default_rng(1).choice([-2, -1, 0, 2, 5], 90)


def test_means_against_a_plain_loop() -> None:
    numbers, means = centroids(ROWS, LABELS)
    assert numbers.tolist() == [0, 2, 5]
    for number, mean in zip(numbers, means, strict=True):
        assert mean == pytest.approx(ROWS[number == LABELS].mean(axis=0), abs=1e-6)


def test_nearest_against_all_distances() -> None:
    numbers, means = centroids(ROWS, LABELS)
    far = np.linalg.norm(ROWS[:, None] - means, axis=2)
    assert nearest_clusters(ROWS, numbers, means).tolist() == numbers[far.argmin(axis=1)].tolist()


def test_no_cluster_has_no_mean() -> None:
    numbers, means = centroids(ROWS, np.full(90, -1))
    assert (len(numbers), means.shape) == (0, (0, 4))
    assert set(nearest_clusters(ROWS, numbers, means).tolist()) == {-1}


def test_outlying_is_nought_within_the_spread_and_grows_to_one() -> None:
    rows = np.array([[-1.0], [1.0], [10.0], [12.0]], np.float32)
    places = Places.of(rows, np.array([0, 0, 1, 1]))
    assert places.spreads.tolist() == [1, 1]
    far = places.outlying(np.array([[0.5], [2.0], [-4.0], [1e6], [11.0]], np.float32))
    assert far == pytest.approx([0, 0.5, 0.75, 1, 0], abs=1e-4)


def test_equal_rows_have_no_spread_and_everything_else_is_far() -> None:
    places = Places.of(np.ones((3, 2), np.float32), np.zeros(3, np.int64))
    assert places.outlying(np.array([[1, 1], [1, 2]], np.float32)).tolist() == [0, 1]
