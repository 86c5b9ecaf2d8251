import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from clusterforge.numerics import neighbors
from clusterforge.numerics._distance import exact
from clusterforge.numerics.neighbors import diffused, knee, knn, mutual_knn

rng = np.random.default_rng(0)


def naive(points, k, queries=None):
    y = np.asarray(points, dtype=np.float64)
    q = y if queries is None else np.asarray(queries, dtype=np.float64)
    gap = np.sqrt(((q[:, None] - y[None]) ** 2).sum(2))
    if queries is None:
        np.fill_diagonal(gap, np.inf)
    order = np.argsort(gap, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(gap, order, 1)


CASES = {
    "normal": rng.normal(size=(900, 16)),
    "digits": load_digits().data[:700],
    "duplicates": np.repeat(rng.normal(size=(20, 4)), 40, axis=0),
    "constant": np.ones((500, 3)),
    "offset": rng.normal(size=(600, 5)) + 1e6,
    "two far groups": rng.normal(size=(600, 5)) + 1e5 * rng.integers(0, 2, (600, 1)),
    "one outlier": np.vstack([rng.normal(size=(599, 5)), np.full((1, 5), 1e6)]),
    "tiny": rng.normal(size=(500, 5)) * 1e-30,
    "huge": rng.normal(size=(500, 5)) * 1e30,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_knn_is_the_plain_loop(name, dtype):
    points = CASES[name].astype(dtype)
    indices, distances = knn(points, 6)
    expected, lengths = naive(points, 6)
    assert np.array_equal(indices, expected)
    np.testing.assert_allclose(distances, lengths, rtol=1e-6)
    assert indices.dtype == np.int64
    assert distances.dtype == np.float32


def test_knn_agrees_with_scikit_learn():
    points = rng.normal(size=(2500, 32)).astype(np.float32)
    lengths, indices = NearestNeighbors(n_neighbors=10).fit(points).kneighbors()
    ours = knn(points, 10)
    assert np.array_equal(ours[0], indices)
    np.testing.assert_allclose(ours[1], lengths, rtol=1e-5)


@pytest.mark.parametrize("tile", [100, 333, 900])
def test_tiles_change_nothing(monkeypatch, tile):
    # 1,000 rows in several tiles, the last of them short (333: of one row; 900: too short to fold).
    points = rng.normal(size=(1000, 8))
    whole = knn(points, 3)
    monkeypatch.setattr(neighbors, "_TILE", tile)
    parts = knn(points, 3)
    assert np.array_equal(whole[0], parts[0])
    assert np.array_equal(whole[1], parts[1])


def test_careful_path_alone_is_right(monkeypatch):
    points = rng.normal(size=(300, 8))
    monkeypatch.setattr(
        neighbors.Nearest, "_proved", lambda self, q, kth, bound: np.zeros(len(q), dtype=bool)
    )
    assert np.array_equal(knn(points, 5)[0], naive(points, 5)[0])


def test_queries_and_self():
    points, queries = rng.normal(size=(400, 6)), rng.normal(size=(50, 6)) * 3
    indices, distances = knn(points, 4, queries=queries)
    expected, lengths = naive(points, 4, queries)
    assert np.array_equal(indices, expected)
    np.testing.assert_allclose(distances, lengths, rtol=1e-6)
    own, zero = knn(points, 1, exclude_self=False)
    assert np.array_equal(own[:, 0], np.arange(400))
    assert not zero.any()
    assert np.array_equal(knn(points, 399)[0], naive(points, 399)[0])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 40), st.data())
def test_ties_go_to_the_lower_index(seed, n, data):
    k = data.draw(st.integers(1, n - 1))
    points = np.random.default_rng(seed).integers(0, 3, (n, 2))
    assert np.array_equal(knn(points, k)[0], naive(points, k)[0])


@pytest.mark.parametrize("n", [12, 40, 300])
def test_ties_in_float64_go_to_the_lower_index(monkeypatch, n):
    # Off the origin, equal squared distances differ by rounding in the products.
    monkeypatch.setattr(
        neighbors.Nearest, "_proved", lambda self, q, kth, bound: np.zeros(len(q), dtype=bool)
    )
    for seed in range(20):
        points = np.random.default_rng(seed).integers(0, 3, (n, 2))
        assert np.array_equal(knn(points, 3)[0], naive(points, 3)[0])


def test_permuting_rows_permutes_neighbours():
    points = rng.normal(size=(300, 4))
    order = rng.permutation(300)
    assert np.array_equal(order[knn(points[order], 5)[0]], knn(points, 5)[0][order])


def test_global_precision_is_ignored_and_kept():
    points = rng.normal(size=(800, 64)).astype(np.float32)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            indices, _ = knn(points, 5)
            with exact("cpu"):
                assert torch.backends.cuda.matmul.fp32_precision == "ieee"
                assert torch.ones(2, 2).mm(torch.ones(2, 2)).dtype == torch.float32
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
    assert np.array_equal(indices, naive(points, 5)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0], [2.0]], 2), "k must be 1 to 1"),
        (([[1.0], [2.0]], 0), "k must be"),
        (([[1.0], [np.nan]], 1), "NaN"),
        (([1.0, 2.0], 1), "shape"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        knn(*arguments)


def test_refused_queries():
    with pytest.raises(ValueError, match="columns"):
        knn([[1.0], [2.0]], 1, queries=[[1.0, 2.0]])
    with pytest.raises(ValueError, match="queries contain NaN"):
        knn([[1.0], [2.0]], 1, queries=[[np.nan]])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30), st.data())
def test_mutual_pairs_are_the_plain_loop(seed, n, data):
    k = data.draw(st.integers(1, n - 1))
    indices = knn(np.random.default_rng(seed).normal(size=(n, 2)), k)[0]
    expected = [(i, j) for i in range(n) for j in indices[i] if i < j and i in indices[j]]
    rows, cols = mutual_knn(indices)
    assert list(zip(rows.tolist(), cols.tolist(), strict=True)) == sorted(expected)


def test_mutual_refuses_what_is_no_row():
    with pytest.raises(ValueError, match="row numbers"):
        mutual_knn(np.array([[1], [2]]))


@pytest.mark.parametrize(("k", "steps"), [(1, 3), (4, 1), (4, 3), (30, 2)])
def test_diffusion_is_the_plain_loop(k, steps):
    points = np.random.default_rng(k).normal(size=(30, 3)).astype(np.float32)
    near = [np.argsort(np.square(points - row).sum(axis=1))[:k] for row in points]
    rows = points.astype(np.float64)
    for _ in range(steps):
        rows = np.array([rows[own].mean(axis=0) for own in near])
    np.testing.assert_allclose(diffused(points, k, steps), rows, atol=1e-6)


def test_knee_of_known_curves():
    x = np.linspace(0, 1, 101)
    assert knee(np.concatenate([np.linspace(0, 0.1, 90), np.linspace(0.2, 5, 11)])) == 89
    assert knee(x**2) == 50
    assert knee(np.sqrt(x)) == 25  # concave: farthest above the chord
    assert knee(7 + 1e-3 * x**2) == 50


@pytest.mark.parametrize("curve", [[3.0], [3.0, 3.0], [0.0] * 9, [5.0] * 9, list(range(9))])
def test_flat_and_straight_curves_give_the_last_index(curve):
    assert knee(curve) == len(curve) - 1


@pytest.mark.parametrize("curve", [[], [2.0, 1.0], [0.0, np.nan], [[1.0]]])
def test_knee_refusals(curve):
    with pytest.raises(ValueError, match="never decreases"):
        knee(curve)
