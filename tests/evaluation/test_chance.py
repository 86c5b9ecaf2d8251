"""Noise without clusters has no cluster that is real; blobs have."""

from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.evaluation.chance import Chances, Noise, chances, depths
from clusterforge.numerics.kmeans import kmeans
from clusterforge.runs.records import REAL


def judged(rows: FloatArray, k: int, seed: int = 0, draws: int = 39) -> Chances:
    points, fit = rows.astype(np.float32), lambda rows: kmeans(rows, k, seed=0, n_init=2).labels
    found = chances(points, fit(points), fit, draws=draws, seed=seed)
    assert found is not None
    return found


def blobs(apart: float, k: int = 3, each: int = 40) -> FloatArray:
    means = apart * np.array([[0, 0], [1, 0], [0.5, 0.9], [1.5, 0.9]])[:k]
    rows = np.repeat(means, each, axis=0) + np.random.default_rng(0).standard_normal((k * each, 2))
    return rows.astype(np.float32)


@pytest.mark.parametrize("kind", ["gaussian", "uniform", "tails", "skewed"])
def test_noise_has_no_real_cluster(kind: str) -> None:
    wrong = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        rows = {
            "gaussian": rng.standard_normal((150, 4)),
            "uniform": rng.uniform(size=(150, 2)),
            "tails": rng.standard_t(3, (150, 2)),
            "skewed": rng.exponential(size=(150, 2)),
        }[kind]
        wrong += any(q is not None and q <= REAL for q in judged(rows, 4, seed).q.values())
    assert wrong <= 1


def test_blobs_are_real_and_share_the_least_doubt_there_is() -> None:
    found = judged(blobs(7), 3)
    assert found.q == {0: 1 / 120, 1: 1 / 120, 2: 1 / 120}
    assert found.draws == 39


def test_many_clusters_of_few_rows_are_real_though_noise_has_one_as_deep_now_and_then() -> None:
    rng = np.random.default_rng(0)
    means = 4 * rng.standard_normal((40, 6))
    rows = np.repeat(means, 12, axis=0) + rng.standard_normal((480, 6))
    q = [value for value in judged(rows.astype(np.float32), 40).q.values() if value is not None]
    assert len(q) == 40
    assert sum(value <= REAL for value in q) >= 30
    assert any(1 / 40 / len(q) < value <= REAL for value in q)


def test_halves_of_one_blob_are_not_and_drawing_stops_early_where_nothing_is_real() -> None:
    found = judged(blobs(7), 4)
    assert sum(q is not None and q <= REAL for q in found.q.values()) == 2
    alone = judged(np.random.default_rng(1).standard_normal((150, 2)).astype(np.float32), 3)
    assert alone.draws < 39
    assert all(q is not None and q > REAL for q in alone.q.values())


def test_the_same_seed_gives_the_same_answer_whatever_the_scale() -> None:
    rows = blobs(3.5)
    assert judged(rows, 3, seed=5) == judged(rows, 3, seed=5)
    labels = kmeans(rows, 3, seed=0).labels
    one, other = depths(rows, labels), depths(1000 * rows + 7, labels)
    assert list(one.values()) == pytest.approx(list(other.values()), abs=1e-3)


def test_a_ring_around_a_blob_can_not_be_told_by_a_line() -> None:
    rng = np.random.default_rng(0)
    turn = rng.uniform(0, 2 * np.pi, 200)
    ring = 8 * np.stack([np.cos(turn), np.sin(turn)], axis=1) + 0.3 * rng.standard_normal((200, 2))
    rows = np.concatenate([ring, rng.standard_normal((100, 2))]).astype(np.float32)
    labels: IntArray = np.repeat([0, 1], [200, 100])
    assert depths(rows, labels)[0] is None


def test_one_cluster_and_single_rows() -> None:
    rows = blobs(7)
    assert depths(rows, np.zeros(len(rows), np.int64)) == {}
    labels = np.zeros(len(rows), np.int64)
    labels[0] = 1
    alone = depths(rows, labels)[1]
    assert alone is not None
    known = [depth for depth in depths(rows, kmeans(rows, 3, seed=0).labels).values() if depth]
    assert alone < min(known)


def test_noise_is_like_the_rows() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.standard_normal((500, 3)) @ np.diag([3.0, 1, 0.2]) + 5).astype(np.float32)
    cloud, box = Noise(rows).draws(rng)
    assert np.allclose(np.cov(cloud.T), np.cov(rows.T), atol=0.8)
    assert np.allclose(cloud.mean(axis=0), rows.mean(axis=0), atol=0.5)
    assert box[:, 2].max() - box[:, 2].min() < 3
    round_ones = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for draw in Noise(round_ones).draws(rng):
        assert np.allclose(np.linalg.norm(draw, axis=1), 1, atol=1e-5)


def test_too_few_fits_say_nothing() -> None:
    rows = blobs(7)
    labels = kmeans(rows, 3, seed=0).labels
    assert chances(rows, labels, lambda rows: None, draws=39, seed=0) is None
