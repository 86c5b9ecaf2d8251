from __future__ import annotations

import math

import numpy as np
import pytest
from clusterforge_leiden.graph import edges, memberships
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from clusterforge.numerics.neighbors import knn


def rows(seed: int = 0, n: int = 40, d: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def strengths(distance: list[float]) -> list[float]:
    gaps = [d - distance[0] for d in distance]

    def excess(scale: float) -> float:
        return sum(math.exp(-gap / scale) for gap in gaps) - math.log2(len(gaps) + 1)

    scale = brentq(excess, 1e-9, 1e6, xtol=1e-14)
    scale = max(scale, 1e-3 * sum(distance) / len(distance))
    return [math.exp(-gap / scale) for gap in gaps]


@given(st.integers(0, 50), st.integers(3, 12))
@settings(max_examples=20, deadline=None)
def test_fuzzy_weights_equal_a_plain_loop(seed: int, k: int) -> None:
    near, distance = knn(rows(seed), k)
    own: dict[tuple[int, int], float] = {}
    for i in range(len(near)):
        for j, strength in zip(near[i], strengths(distance[i].tolist()), strict=True):
            own[i, int(j)] = strength
    expected = {}
    for i, j in own:
        a, b = own.get((i, j), 0.0), own.get((j, i), 0.0)
        expected[min(i, j), max(i, j)] = a + b - a * b
    pairs, weight = edges(near, distance, "fuzzy")
    assert list(map(tuple, pairs.tolist())) == sorted(expected)
    np.testing.assert_allclose(weight, [expected[p] for p in sorted(expected)], rtol=1e-6)


@given(st.integers(0, 50), st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_jaccard_weights_equal_a_plain_loop(seed: int, k: int) -> None:
    near, distance = knn(rows(seed), k)
    hoods = [{i, *map(int, row)} for i, row in enumerate(near)]
    expected = {}
    for i, row in enumerate(near.tolist()):
        for j in row:
            expected[min(i, j), max(i, j)] = len(hoods[i] & hoods[j]) / len(hoods[i] | hoods[j])
    pairs, weight = edges(near, distance, "jaccard")
    assert list(map(tuple, pairs.tolist())) == sorted(expected)
    np.testing.assert_allclose(weight, [expected[p] for p in sorted(expected)], rtol=1e-12)


@pytest.mark.parametrize("weights", ["fuzzy", "jaccard", "equal"])
@pytest.mark.parametrize(
    "points",
    [np.ones((9, 2)), np.repeat(np.eye(3) * 1e6, 4, axis=0), np.geomspace(1e-8, 1e8, 20)[:, None]],
    ids=["constant", "duplicates", "many-scales"],
)
def test_every_edge_has_a_weight(weights: str, points: np.ndarray) -> None:
    near, distance = knn(points.astype(np.float32), 5)
    pairs, weight = edges(near, distance, weights)
    wanted = {(min(i, j), max(i, j)) for i, row in enumerate(near.tolist()) for j in row}
    assert list(map(tuple, pairs.tolist())) == sorted(wanted)
    assert np.isfinite(weight).all()
    assert (weight > 0).all()
    assert (weight <= 1).all()


def test_strengths_do_not_depend_on_the_unit() -> None:
    _, distance = knn(rows(), 7)
    np.testing.assert_allclose(memberships(distance * 1000), memberships(distance), rtol=1e-5)
