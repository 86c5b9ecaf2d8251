import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from clusterforge.kernels.choose import choose_k
from clusterforge.kernels.kmeans import kmeans


def groups(k, n=300, seed=0):
    rng = np.random.default_rng(seed)
    return (12 * np.eye(k)[rng.integers(0, k, n)] + rng.normal(size=(n, k))).astype(np.float32)


@pytest.mark.parametrize("k", [2, 3, 7])
def test_clear_groups(k):
    choice = choose_k(groups(k), seed=0, k_max=10)
    assert choice.k == k
    assert [tried for tried, _ in choice.curve] == list(range(2, 11))


def test_the_curve_is_the_mean_silhouette():
    rows = groups(3)
    for k, value in choose_k(rows, seed=4, k_max=5).curve:
        labels = kmeans(rows, k, seed=4, n_init=3).labels
        assert value == pytest.approx(silhouette_score(rows, labels), abs=1e-5)


def test_bounds():
    assert [k for k, _ in choose_k(groups(3), seed=0, k_min=4, k_max=6).curve] == [4, 5, 6]
    few = np.arange(5, dtype=np.float32)[:, None]
    assert [k for k, _ in choose_k(few, seed=0).curve] == [2, 3, 4]


def test_a_sample_is_bounded_and_seeded():
    rows = groups(3, 1000)
    one, two = (choose_k(rows, seed=1, sample=200) for _ in range(2))
    assert one == two
    assert one.rows == 200
    assert one.k == 3
    assert choose_k(rows, seed=2, sample=200).curve != one.curve


@pytest.mark.parametrize("n", [1, 2, 40])
def test_constant_rows_are_one_cluster(n):
    choice = choose_k(np.ones((n, 2), np.float32), seed=0)
    assert (choice.k, choice.curve) == (1, ())


def test_two_distinct_rows():
    assert choose_k(np.float32([[0], [1]]), seed=0).k == 2
    assert choose_k(np.float32([[0], [1]] * 10), seed=0).k == 2
