from __future__ import annotations

import numpy as np
import pytest

from clusterforge.explaining.members import Clusters, distances


def groups(rows: int = 90, dim: int = 5, k: int = 3, seed: int = 0):
    rng = np.random.default_rng(seed)
    labels = np.sort(rng.integers(0, k, rows)).astype(np.int64)
    points = rng.normal(size=(rows, dim)) + labels[:, None] * 4
    return points.astype(np.float32), labels


def unit(clusters: Clusters, points: np.ndarray) -> float:
    """How much longer a distance is in the given space than in the clusters' own, scaled one."""
    column = clusters.points[np.arange(len(clusters.points.rows))][:, 0].astype(np.float64)
    return float(np.ptp(points[:, 0].astype(np.float64)) / np.ptp(column))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_centroids_against_a_plain_loop(seed: int, offset: float) -> None:
    points, labels = groups(seed=seed, k=2 + seed % 4)
    points += np.float32(offset)
    clusters = Clusters(points, labels)
    standing = clusters.standing()
    assert standing is not None
    assert standing.by == "centroid"
    exact = points.astype(np.float64)
    ids = np.unique(labels)
    centres = {c: exact[labels == c].mean(axis=0) for c in ids}
    scale = unit(clusters, points)
    for i in range(len(points)):
        away = {c: float(np.linalg.norm(exact[i] - centre)) for c, centre in centres.items()}
        own = away.pop(labels[i])
        best = min(away, key=lambda c: away[c])
        assert scale * standing.far[i] == pytest.approx(own, rel=1e-3)
        assert scale * standing.margin[i] == pytest.approx(away[best] - own, rel=1e-2, abs=1e-2)
        assert ids[standing.next[i]] == best
    for c, radius in zip(ids, standing.radius, strict=True):
        rms = np.sqrt(((exact[labels == c] - centres[c]) ** 2).sum(axis=1).mean())
        assert scale * radius == pytest.approx(rms, rel=1e-3)


def test_membership_decides_where_there_is_one() -> None:
    points, labels = groups()
    rng = np.random.default_rng(1)
    membership = rng.dirichlet(np.ones(3), len(labels)).astype(np.float32)
    standing = Clusters(points, labels, membership).standing()
    assert standing is not None
    assert standing.by == "membership"
    for i, label in enumerate(labels):
        others = np.delete(membership[i], label)
        ids = np.delete(np.arange(3), label)
        assert standing.margin[i] == pytest.approx(membership[i, label] - others.max(), abs=1e-6)
        assert standing.next[i] == ids[others.argmax()]
    order = np.argsort(standing.far)
    mine = membership[np.arange(len(labels)), labels][order]
    assert (np.diff(mine) <= 0.001).all()


def test_equally_sure_rows_go_by_the_centre_and_no_second_choice_by_the_nearest() -> None:
    points, labels = groups()
    membership = np.eye(3, dtype=np.float32)[labels]
    membership *= np.linspace(0.9998, 1, len(labels), dtype=np.float32)[:, None]
    sure = Clusters(points, labels, membership).standing()
    plain = Clusters(points, labels).standing()
    assert sure is not None
    assert plain is not None
    assert np.argsort(sure.far).tolist() == np.argsort(plain.far, kind="stable").tolist()
    assert sure.next.tolist() == plain.next.tolist()


def test_a_column_of_membership_without_a_cluster_is_no_neighbour() -> None:
    points, labels = groups()
    labels = np.where(labels == 1, 0, labels)
    membership = np.tile(np.float32([0.4, 0.5, 0.1]), (len(labels), 1))
    standing = Clusters(points, labels, membership).standing()
    assert standing is not None
    assert set(standing.next.tolist()) == {0, 1}  # positions of the clusters 0 and 2
    np.testing.assert_allclose(standing.margin, np.where(labels == 0, 0.3, -0.3), atol=1e-6)


def ring(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return a ring about a blob, and a few rows of noise; the ring's centroid is in the blob."""
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, rows, endpoint=False)
    angle[: rows // 4] *= 0.3  # here the ring is dense
    circle = 10 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.concatenate([circle, rng.normal(size=(rows, 2)), [[100.0, 100]]])
    labels = np.repeat([0, 1, -1], [rows, rows, 1])
    return points.astype(np.float32), labels.astype(np.int64)


def test_a_cluster_of_any_shape_is_typical_where_it_is_dense() -> None:
    points, labels = ring()
    clusters = Clusters(points, labels)
    standing = clusters.standing()
    assert standing is not None
    assert standing.by == "density"
    assert standing.rows.tolist() == np.flatnonzero(labels >= 0).tolist()
    exact = points.astype(np.float64)
    scale = unit(clusters, points)
    for at in (0, 120, 250, 399):  # all rows are references here
        away = np.sort(np.linalg.norm(exact[labels == 0] - exact[at], axis=1))[1:11]
        other = np.linalg.norm(exact[labels == 1] - exact[at], axis=1).min()
        assert scale * standing.far[at] == pytest.approx(away.mean(), rel=1e-3)
        assert scale * standing.margin[at] == pytest.approx(other - away.mean(), rel=1e-3)
        assert standing.next[at] == 1
    dense = np.argsort(standing.far[:400])[:20]
    assert (np.arctan2(points[dense, 1], points[dense, 0]) < 0.6).all()


def test_noise_of_a_round_clustering_or_a_crossing_one_without_noise_go_by_density() -> None:
    points, labels = groups()
    labels[0] = -1
    noisy = Clusters(points, labels).standing()
    points, labels = ring()
    crossing = Clusters(points[labels >= 0], labels[labels >= 0]).standing()
    assert noisy is not None
    assert crossing is not None
    assert (noisy.by, crossing.by) == ("density", "density")


def test_all_noise_has_no_standing() -> None:
    clusters = Clusters(np.ones((4, 2), np.float32), np.full(4, -1, np.int64))
    assert clusters.standing() is None
    assert len(clusters.by_size) == 0


@pytest.mark.parametrize("noise", [False, True])
def test_clusters_of_one_row(noise: bool) -> None:
    labels = np.arange(6, dtype=np.int64)
    if noise:
        labels[5] = -1
    points = np.eye(6, dtype=np.float32)
    clusters = Clusters(points, labels)
    standing = clusters.standing()
    assert standing is not None
    np.testing.assert_allclose(standing.far, 0, atol=1e-3)
    assert np.isfinite(standing.margin).all()
    assert (standing.next != standing.code).all()


def test_one_cluster_has_no_next() -> None:
    points, labels = groups()
    for given in (np.zeros_like(labels), np.where(labels == 0, -1, 0)):
        standing = Clusters(points, given).standing()
        assert standing is not None
        assert set(standing.next.tolist()) == {-1}


@pytest.mark.parametrize("factor", [1e-30, 1e18, 1e38])
def test_values_that_overflow_when_squared(factor: float) -> None:
    points, labels = groups()
    points = np.clip(points / 20, -1, 1)
    plain = Clusters(points, labels).standing()
    large = Clusters(points * np.float32(factor), labels).standing()
    assert plain is not None
    assert large is not None
    assert np.isfinite(large.far).all()
    assert large.next.tolist() == plain.next.tolist()
    assert (np.argsort(large.far)[:3] == np.argsort(plain.far)[:3]).all()


def test_the_largest_come_first_and_ties_go_by_id() -> None:
    sizes = [1, 3, 2, 3] + [1] * 60
    labels = np.repeat(np.arange(64), sizes)
    clusters = Clusters(np.ones((len(labels), 1), np.float32), labels)
    assert clusters.ids[clusters.by_size][:6].tolist() == [1, 3, 2, 0, 4, 5]


def test_distances() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(7, 3)), rng.normal(size=(4, 3))
    naive = [[np.linalg.norm(x - y) for y in b] for x in a]
    found = distances(a.astype(np.float32), b.astype(np.float32))
    np.testing.assert_allclose(found, naive, rtol=1e-4)
