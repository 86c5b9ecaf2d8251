from __future__ import annotations

import numpy as np
import pytest
import torch

from clusterforge.numerics.near import near
from clusterforge.numerics.neighbors import knn


def rows(n: int = 3000, d: int = 12) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(20, d))[rng.integers(20, size=n)] * 3 + rng.normal(size=(n, d))
    ).astype(np.float32)


def test_few_rows_are_compared_exactly() -> None:
    points = rows(200)
    found = near(points, 5)
    indices, distances = knn(points, 5)
    assert found.recall is None
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_array_equal(found.distances, distances)


def test_the_recall_is_that_of_the_neighbours() -> None:
    points = rows() + 1000  # far from the origin
    found = near(points, 10, exact_rows=1000)
    true = knn(points, 10)
    right = np.mean(
        [len(np.intersect1d(a, b)) / 10 for a, b in zip(found.indices, true[0], strict=True)]
    )
    assert found.recall is not None
    assert found.recall == pytest.approx(right, abs=0.01)
    assert right > 0.95
    same = found.indices == true[0]
    np.testing.assert_allclose(found.distances[same], true[1][same], rtol=1e-6)
    assert (found.indices != np.arange(len(points))[:, None]).all()
    assert (np.diff(found.distances, axis=1) >= 0).all()


def test_threads_change_nothing() -> None:
    points, before = rows(), torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(near(points, 10, exact_rows=1000))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(found[0].indices, found[1].indices)


def test_equal_rows_and_queries() -> None:
    points = np.repeat(rows(300), 10, axis=0)
    found = near(points, 9, exact_rows=500)
    assert (found.distances == 0).mean() > 0.95
    others = near(points, 3, queries=points[:2000] + np.float32(1e-3), exact_rows=500)
    assert others.indices.shape == (2000, 3)
    assert (others.distances[:, 0] < 0.1).mean() > 0.95


def test_where_the_index_finds_too_little_the_answer_is_exact() -> None:
    noise = np.random.default_rng(0).normal(size=(1500, 40)).astype(np.float32)
    found = near(noise, 10, exact_rows=1000)
    assert found.recall is None
    np.testing.assert_array_equal(found.indices, knn(noise, 10)[0])


@pytest.mark.parametrize("k", [0, 1500])
def test_k_out_of_range(k: int) -> None:
    with pytest.raises(ValueError, match="k must be"):
        near(np.zeros((1500, 2), np.float32), k, exact_rows=1000)
