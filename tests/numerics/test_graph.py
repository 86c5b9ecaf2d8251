import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import kneighbors_graph

from clusterforge.numerics import graph as module
from clusterforge.numerics.graph import means, middles, neighbor_graph, smallest


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
