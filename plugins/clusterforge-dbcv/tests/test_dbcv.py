from __future__ import annotations

import numpy as np
import pytest
from clusterforge_dbcv import density
from clusterforge_dbcv.dbcv import Dbcv
from clusterforge_dbcv.density import core_distances, spanning_tree
from clusterforge_dbcv.plugin import DbcvParams, clusterforge_metrics
from scipy.spatial.distance import cdist
from sklearn.datasets import make_blobs, make_moons

from clusterforge.contracts import Clustering
from clusterforge.errors import InputError, Undefined


def dbcv(rows: np.ndarray, labels: np.ndarray, **params: object) -> float:
    score = Dbcv(DbcvParams(**params)).score(Clustering(rows.astype(np.float32), labels))
    assert score.value is not None
    return score.value


def naive(rows: np.ndarray, labels: np.ndarray) -> float:
    """The paper, definition by definition, with plain loops."""
    rows = rows.astype(np.float32).astype(np.float64)
    d = rows.shape[1]

    def gap(x: int, y: int) -> float:
        return float(np.sqrt(((rows[x] - rows[y]) ** 2).sum()))

    names = [c for c in sorted(set(labels.tolist()) - {-1}) if (labels == c).sum() > 1]
    members = {c: [x for x in range(len(rows)) if labels[x] == c] for c in names}
    core = {}
    for c in names:
        for x in members[c]:
            others = [gap(x, y) for y in members[c] if y != x]
            total = sum((1 / other) ** d for other in others if other > 0)
            core[x] = (total / len(others)) ** (-1 / d) if total else 0.0

    def reach(x: int, y: int) -> float:
        return max(core[x], core[y], gap(x, y))

    sparse, inner = {}, {}
    for c in names:
        pairs = [(x, y) for x in members[c] for y in members[c] if x < y]
        edges = sorted((reach(x, y), min(core[x], core[y]), gap(x, y), x, y) for x, y in pairs)
        part = {x: x for x in members[c]}
        kept = []
        for length, _, _, x, y in edges:  # Kruskal's algorithm
            if part[x] != part[y]:
                kept.append((length, x, y))
                old = part[y]
                part = {z: part[x] if p == old else p for z, p in part.items()}
        degree = {x: sum(x in edge[1:] for edge in kept) for x in members[c]}
        inner[c] = [x for x in members[c] if degree[x] > 1] or members[c]
        inside = [e[0] for e in kept if e[1] in inner[c] and e[2] in inner[c]]
        sparse[c] = max(inside or [edge[0] for edge in kept])
    result = 0.0
    for c in names:
        separate = min(reach(x, y) for o in names if o != c for x in inner[c] for y in inner[o])
        larger = max(separate, sparse[c])
        result += len(members[c]) / len(rows) * ((separate - sparse[c]) / larger if larger else 0.0)
    return result


@pytest.mark.parametrize("case", range(50))
def test_equals_the_plain_loops(case: int) -> None:
    rng = np.random.default_rng(case)
    n, d, k = int(rng.integers(6, 60)), int(rng.integers(1, 9)), int(rng.integers(2, 6))
    labels = rng.integers(-1, k, n)
    labels[:4] = [0, 0, 1, 1]
    rows = rng.normal(size=(n, d)) + rng.normal(size=(k + 1, d))[labels] * rng.choice([0, 1, 6])
    value = dbcv(rows, labels)
    assert value == pytest.approx(naive(rows, labels), abs=1e-9)
    assert -1 <= value <= 1


def test_the_parts_equal_the_librarys() -> None:
    """Its inner nodes hang on the order of the rows; what does not, is the same."""
    validity = pytest.importorskip("hdbscan.validity")
    rows, labels = make_blobs(150, 3, centers=4, cluster_std=2.0, random_state=0)
    for cluster in range(4):
        part = rows[labels == cluster]
        reach, core = validity.distances_between_points(rows, labels, cluster)
        np.testing.assert_allclose(core_distances(part), core, rtol=1e-9)
        _, edges = validity.internal_minimum_spanning_tree(reach)
        _, length = spanning_tree(part, core)
        assert np.isin(edges[:, 2].round(9), length.round(9)).all()
    rows, labels = make_blobs(200, 60, centers=4, cluster_std=2.0, random_state=0)
    noisy = np.where(np.arange(200) % 9, labels, -1)
    rows = rows.astype(np.float32)
    expected = validity.validity_index(rows.astype(np.float64), noisy)
    assert dbcv(rows, noisy) == pytest.approx(expected, abs=0.02)


def test_shapes_that_are_not_balls_and_clusters_that_are_not_there() -> None:
    rows, moons = make_moons(400, noise=0.04, random_state=0)
    halves = (rows[:, 0] > 0.5).astype(np.int64)
    assert dbcv(rows, moons) > 0.5 > 0 > dbcv(rows, halves)
    rng = np.random.default_rng(0)
    assert dbcv(rows, rng.integers(0, 3, 400)) < -0.5


def test_noise_counts_in_the_weights_only() -> None:
    rows, labels = make_blobs(120, 2, centers=[[0, 0], [20, 0], [0, 20]], random_state=0)
    value = dbcv(rows, labels)
    far = np.concatenate([rows, np.full((40, 2), 7.0)])
    noisy = np.concatenate([labels, np.full(40, -1)])
    assert dbcv(far, noisy) == pytest.approx(value * 120 / 160, rel=1e-6)
    alone = noisy.copy()
    alone[-1] = 3  # a cluster of one row is noise
    assert dbcv(far, alone) == dbcv(far, noisy)


def test_many_columns_neither_overflow_nor_vanish() -> None:
    rows, labels = make_blobs(120, 768, centers=3, cluster_std=1.0, random_state=0)
    for scale in (1e-12, 1.0, 1e12):
        assert dbcv(rows * scale, labels) == pytest.approx(dbcv(rows, labels), abs=1e-4)
    assert dbcv(rows, labels) > 0.5


def test_neither_order_nor_names_nor_a_shift_matter() -> None:
    rows, labels = make_blobs(150, 3, centers=4, cluster_std=2.0, random_state=0)
    rows = rows.astype(np.float32)
    value = dbcv(rows, labels)
    order = np.random.default_rng(0).permutation(150)
    assert dbcv(rows[order], labels[order]) == pytest.approx(value, abs=1e-12)
    assert dbcv(rows, np.array([7, 2, 9, 0])[labels]) == pytest.approx(value, abs=1e-12)
    assert dbcv(rows + 100, labels) == pytest.approx(value, abs=1e-3)


def test_equal_rows() -> None:
    piles = np.repeat(np.eye(3), 5, axis=0)
    assert dbcv(piles, np.repeat(np.arange(3), 5)) == 1.0
    assert dbcv(np.ones((10, 2)), np.arange(10) % 2) == 0.0
    assert core_distances(np.ones((4, 3))).tolist() == [0.0] * 4


def test_two_rows_make_a_cluster() -> None:
    rows = np.array([[0, 0], [0, 1], [10, 0], [10, 1.0]])
    assert dbcv(rows, np.array([0, 0, 1, 1])) == pytest.approx(0.9)


def test_the_tree_is_minimal() -> None:
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import cdist

    rows = np.random.default_rng(0).normal(size=(200, 3))
    core = core_distances(rows)
    reach = np.maximum(np.maximum(cdist(rows, rows), core), core[:, None])
    ends, length = spanning_tree(rows, core)
    assert length.sum() == pytest.approx(minimum_spanning_tree(reach).sum())
    assert sorted(set(ends.ravel().tolist())) == list(range(200))
    np.testing.assert_allclose(length, reach[ends[:, 0], ends[:, 1]])


def test_a_sample_is_said_to_be_one() -> None:
    rows, labels = make_blobs(900, 3, centers=4, random_state=0)
    clustering = Clustering(rows.astype(np.float32), labels)
    drawn = Dbcv(DbcvParams(rows=400)).score(clustering)
    assert drawn.exact is False
    assert drawn.reason == "from 400 of 900 rows, which are less dense than all"
    again = Dbcv(DbcvParams(rows=400)).score(clustering)
    other = Dbcv(DbcvParams(rows=400, sample_seed=1)).score(clustering)
    assert again == drawn != other
    whole = Dbcv(DbcvParams(rows=900)).score(clustering)
    assert whole.exact is True
    assert whole.value not in (drawn.value, other.value)
    assert Dbcv(DbcvParams()).score(clustering) == Dbcv(DbcvParams(rows="all")).score(clustering)


def test_auto_refuses_above_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterforge_dbcv.dbcv.EXACT_ROWS", 100)
    rows, labels = make_blobs(101, 2, centers=2, random_state=0)
    clustering = Clustering(rows.astype(np.float32), labels)
    with pytest.raises(Undefined, match="101 rows, more than 100; rows = 100 draws a sample"):
        Dbcv(DbcvParams()).score(clustering)
    assert Dbcv(DbcvParams(rows="all")).score(clustering).exact


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [-1] * 4, [0, 1, 2, 3], [0, 0, 1, -1]])
def test_fewer_than_two_clusters(labels: list[int]) -> None:
    with pytest.raises(Undefined, match="fewer than two clusters"):
        dbcv(np.random.default_rng(0).normal(size=(4, 2)), np.array(labels))


def test_nan_is_refused() -> None:
    rows = np.ones((4, 2))
    rows[1, 1] = np.nan
    with pytest.raises(InputError, match="1 of 4 rows hold NaN or infinity"):
        dbcv(rows, np.array([0, 0, 1, 1]))


def test_the_hook_gives_the_spec() -> None:
    (spec,) = clusterforge_metrics()
    assert (spec.name, spec.noise, spec.direction) == ("dbcv", "raw", "higher")


@pytest.mark.parametrize("held", [4096, 10])
def test_wide_rows_have_the_validities_of_plain_distances(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    clusters = [rng.normal(3 * i, 1, (40, 80)) for i in range(3)]
    clusters[0][5] = clusters[0][6]  # equal rows stay equal
    clusters[1][7] = clusters[1][8] + 1e-9
    monkeypatch.setattr(density, "HELD", held)
    fast = density.validities(clusters)
    monkeypatch.setattr(density, "WIDE", 10_000)
    assert np.allclose(fast, density.validities(clusters), rtol=1e-9)


def test_wide_rows_measure_close_pairs_exactly() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(100, 1, (30, 200))
    rows[1], rows[2] = rows[0], rows[0] + 1e-8
    found = density.distances(rows, rows)
    assert found[0, 1] == found[0, 0] == 0
    assert np.allclose(found, cdist(rows, rows), rtol=1e-7, atol=0)
