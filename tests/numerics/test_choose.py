import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from sklearn.metrics import silhouette_score

from clusterforge.numerics.choose import choose_k, elbow, search_k
from clusterforge.numerics.kmeans import kmeans


def groups(k, n=300, seed=0):
    rng = np.random.default_rng(seed)
    return (12 * np.eye(k)[rng.integers(0, k, n)] + rng.normal(size=(n, k))).astype(np.float32)


@pytest.mark.parametrize("k", [2, 3, 7])
def test_clear_groups(k):
    assert choose_k(groups(k), seed=0, k_max=10) == k


def test_the_curve_is_the_mean_silhouette():
    rows = groups(3)
    found = search_k(rows, seed=4, k_max=5)
    for k, value in zip(found.k[1:], found.silhouette[1:], strict=True):
        labels = kmeans(rows, k, seed=4, n_init=3).labels
        assert value == pytest.approx(silhouette_score(rows, labels), abs=1e-5)


def test_bounds():
    few = np.arange(5, dtype=np.float32)[:, None]
    assert search_k(few, seed=0).k == (1, 2, 3, 4)
    assert 2 <= choose_k(few, seed=0) <= 4


def test_a_sample_is_bounded():
    assert choose_k(groups(3, 1000), seed=1, sample=200) == 3


@pytest.mark.parametrize("n", [1, 2, 40])
def test_constant_rows_are_one_cluster(n):
    assert choose_k(np.ones((n, 2), np.float32), seed=0) == 1


def test_two_distinct_rows():
    assert choose_k(np.float32([[0], [1]]), seed=0) == 2
    assert choose_k(np.float32([[0], [1]] * 10), seed=0) == 2


RULES = ("silhouette", "elbow", "gap")


@pytest.mark.parametrize("seed", range(10))
def test_every_rule_finds_planted_groups(seed):
    rng = np.random.default_rng(seed)
    k, columns, gap = int(rng.integers(2, 8)), int(rng.integers(2, 4)), 0.0
    while gap < 0.6:
        centres = rng.uniform(-1, 1, (k, columns))
        gap = pdist(centres).min()
    spread = gap / rng.uniform(12, 25)
    rows = centres[np.arange(30 * k) % k] + spread * rng.normal(size=(30 * k, columns)) + 50
    found = search_k(rows.astype(np.float32), seed=seed, k_max=9)
    assert found.suggested == dict.fromkeys(RULES, k)


def test_uniform_rows_have_one_cluster_by_the_gap():
    found = [
        search_k(rows.astype(np.float32), seed=0, k_max=6).suggested["gap"]
        for rows in (np.random.default_rng(i).random((200, 3)) for i in range(6))
    ]
    assert found.count(1) >= 5


def test_the_search_agrees_with_the_silhouettes_choice():
    rows = groups(3) + np.float32(2) * np.random.default_rng(1).normal(size=(300, 3)).astype("f4")
    found, choice = search_k(rows, seed=4, k_max=9), choose_k(rows, seed=4, k_max=9)
    assert found.suggested["silhouette"] == choice
    assert found.silhouette[0] is None
    assert found.inertia == tuple(kmeans(rows, k, seed=4, n_init=3).inertia for k in range(1, 10))


def test_a_search_is_seeded_and_says_how_many_rows_it_saw():
    rows = groups(3, 1500)
    one, two = (search_k(rows, seed=1, k_max=4, sample=400, gap_sample=90) for _ in range(2))
    assert one == two
    assert (one.rows, one.gap_rows) == (400, 90)
    assert search_k(rows, seed=2, k_max=4, sample=400, gap_sample=90).gap != one.gap
    wide = np.random.default_rng(0).normal(size=(1200, 4000)).astype(np.float32)
    assert search_k(wide, seed=0, k_max=2, gap_sample=20).rows == 1000


@pytest.mark.parametrize(
    ("rows", "k"), [([[5.0]] * 9, 1), ([[1.0], [2.0]] * 6, 2), ([[3.0]], 1), ([[0.0], [1.0]], 1)]
)
def test_a_search_among_few_distinct_rows(rows, k):
    found = search_k(np.float32(rows), seed=0)
    assert found.suggested["elbow"] == k
    assert len(found.k) == len(found.gap) == len(found.silhouette) == len(found.gap_error)
    assert all(np.isfinite(value) for value in found.gap if value is not None)


@given(st.lists(st.floats(0.01, 100), min_size=3, max_size=15))
def test_the_elbow_is_farthest_below_the_chord(falls):
    inertia = np.exp(np.cumsum(falls)[::-1] / 50)
    ks = range(1, len(falls) + 1)
    log, last = np.log(inertia), len(falls) - 1
    below = [log[0] + (log[-1] - log[0]) * i / last - log[i] for i in range(last + 1)]
    if max(below) > 1e-6:
        assert below[elbow(ks, inertia) - 1] == pytest.approx(max(below), abs=1e-9)
    elif max(below) <= 0:
        assert elbow(ks, inertia) == len(falls)


def test_elbows_at_the_ends():
    assert elbow([1, 2, 3], [7.0, 7.0, 7.0]) == 1
    assert elbow([1, 2, 3], [8.0, 4.0, 2.0]) == 3  # still halves at the end
    assert elbow([1, 2, 3, 4], [8.0, 1.0, 2.0, 0.9]) == 2  # what k-means missed is no knee
    assert elbow([1, 2, 3], [8.0, 1.0, 0.0]) == 3
