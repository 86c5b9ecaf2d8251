import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import kneighbors_graph

from clusterforge.numerics import graph as module
from clusterforge.numerics.graph import means, merged, middles, neighbor_graph, smallest


def test_as_scikit_learn_where_it_hangs_together():
    rows = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    theirs = kneighbors_graph(rows, 8).toarray()
    np.testing.assert_array_equal(neighbor_graph(rows, 8)[0].toarray(), (theirs + theirs.T) / 2)


@pytest.mark.parametrize("parts", [2, 7, 40])
def test_parts_are_tied_together_by_few_edges(parts):
    rng = np.random.default_rng(parts)
    rows = (100 * rng.normal(size=(parts, 3))).repeat(12, axis=0) + rng.normal(size=(parts * 12, 3))
    graph = neighbor_graph(rows.astype(np.float32), 4)[0]
    assert connected_components(graph)[0] == 1
    assert abs(graph - graph.T).sum() == 0
    part = np.arange(len(rows)) // 12
    here, there = graph.nonzero()
    assert (part[here] != part[there]).sum() <= 2 * 4 * parts


def test_repeated_rows_hang_together():
    rows = np.repeat(np.arange(30, dtype=np.float32)[:, None], 20, axis=0)
    assert connected_components(neighbor_graph(rows, 5)[0])[0] == 1


def test_few_rows():
    assert neighbor_graph(np.zeros((1, 2), np.float32), 5)[0].shape == (1, 1)
    assert neighbor_graph(np.eye(2, dtype=np.float32), 5)[0].toarray().tolist() == [[0, 1], [1, 0]]


def test_means_and_middles():
    rows = np.float32([[0, 0], [9, 9], [2, 0], [1.2, 0], [9, 8]])
    member = np.array([0, 1, 0, 0, 1])
    np.testing.assert_allclose(means(rows, member, 2), [[3.2 / 3, 0], [9, 8.5]], rtol=1e-6)
    assert middles(rows, member, 2).tolist() == [3, 1]


def test_sparse_and_dense_eigenvectors_agree(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    graph = neighbor_graph(rows, 8)[0]
    values, vectors = smallest(graph, 5, seed=0)
    monkeypatch.setattr(module, "DENSE_ROWS", 0)
    others, found = smallest(graph, 5, seed=0)
    np.testing.assert_allclose(values, others, atol=1e-6)
    np.testing.assert_allclose(vectors, found, atol=1e-2)
    again = smallest(graph, 5, seed=0)[1]
    assert found.tobytes() == again.tobytes()


def test_eigenvectors_are_those_of_the_random_walk():
    rows = np.random.default_rng(1).normal(size=(80, 2)).astype(np.float32)
    graph = neighbor_graph(rows, 6)[0].toarray()
    values, vectors = smallest(neighbor_graph(rows, 6)[0], 4, seed=0)
    walk = np.eye(80) - graph / graph.sum(1, keepdims=True)
    np.testing.assert_allclose(walk @ vectors, vectors * values, atol=1e-5)
    assert values[0] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(vectors[:, 0], 1, atol=1e-5)


def test_many_eigenvectors_are_those_of_the_dense_solver(monkeypatch):
    rng = np.random.default_rng(0)
    rows = (6 * rng.normal(size=(70, 4)))[rng.integers(70, size=1500)] + rng.normal(size=(1500, 4))
    graph = neighbor_graph(rows.astype(np.float32), 8)[0]
    values, vectors = smallest(graph, 70, seed=0)
    monkeypatch.setattr(module, "DENSE_ROWS", 2000)
    expected, others = smallest(graph, 70, seed=0)
    np.testing.assert_allclose(values, expected, atol=1e-8)
    root = np.sqrt(np.asarray(graph.sum(axis=1)))[:, None]
    one, other = (np.linalg.qr(root * found)[0] for found in (vectors, others))
    cosines = np.linalg.svd(one.T @ other, compute_uv=False)
    assert cosines[:60].min() > 0.999  # the same space, whatever its basis


def test_what_the_filter_does_not_reach_is_left_to_lanczos(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(1200, 3)).astype(np.float32)
    graph = neighbor_graph(rows, 8)[0]
    expected = smallest(graph, 60, seed=0)[0]
    monkeypatch.setattr(module, "PASSES", 1)
    np.testing.assert_allclose(smallest(graph, 60, seed=0)[0], expected, atol=1e-6)


def test_a_merged_graph_cuts_as_much_as_its_rows():
    rng = np.random.default_rng(0)
    graph = neighbor_graph(rng.normal(size=(300, 2)).astype(np.float32), 6)[0]
    member = rng.integers(40, size=300)
    small = merged(graph, member, 40)
    half = rng.integers(2, size=40)
    inside = half[:, None] == half
    rows_inside = half[member][:, None] == half[member]
    assert small.toarray()[~inside].sum() == graph.toarray()[~rows_inside].sum()
    np.testing.assert_allclose(
        np.asarray(small.sum(axis=1)).ravel(),
        np.bincount(member, weights=np.asarray(graph.sum(axis=1)).ravel()),
    )
