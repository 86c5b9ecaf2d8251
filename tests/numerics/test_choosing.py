from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist
from sklearn.metrics import adjusted_rand_score, silhouette_score

from clusterforge.numerics.choosing import RULES, choose_k, search_k
from clusterforge.numerics.choosing.rules import elbow
from clusterforge.numerics.choosing.sample import Sample, silhouettes
from clusterforge.numerics.choosing.sweep import grid, largest, swept
from clusterforge.numerics.many_k import ManyK


def groups(k, n=300, seed=0):
    rng = np.random.default_rng(seed)
    return (12 * np.eye(k)[np.arange(n) % k] + rng.normal(size=(n, k))).astype(np.float32)


def sample_of(rows):
    return Sample(np.float32(rows), seed=0, rows=3000, device="cpu")


@pytest.mark.parametrize(("rule", "seed"), [*((rule, 1) for rule in RULES), ("held-out", 0)])
def test_every_rule_finds_planted_groups(rule, seed):
    rng = np.random.default_rng(seed)
    k, columns, gap = int(rng.integers(2, 8)), int(rng.integers(2, 4)), 0.0
    while gap < 0.6:
        centres = rng.uniform(-1, 1, (k, columns))
        gap = pdist(centres).min()
    spread = gap / rng.uniform(12, 25)
    rows = centres[np.arange(30 * k) % k] + spread * rng.normal(size=(30 * k, columns)) + 50
    assert choose_k(rows.astype(np.float32), rule, seed=seed, k_max=9) == k


def test_many_groups_are_reached_without_a_limit():
    rows = groups(22, 300)
    curve = RULES["held-out"](sample_of(rows), None)
    assert (curve.suggested, curve.k[-1]) == (22, 37)
    assert len(curve.k) < 30


def test_the_silhouette_is_that_of_the_clustering():
    rows = groups(3) + np.random.default_rng(1).normal(size=(300, 3))
    curve = RULES["silhouette"](sample_of(rows), 5)
    many = ManyK(sample_of(rows).points, 5, seed=0)
    for k, value in zip(curve.k, curve.values, strict=True):
        assert value == pytest.approx(silhouette_score(rows, many.fit(k)[0]), abs=1e-5)


def test_held_out_rows_are_compared_with_the_members_of_the_other_half():
    sample = sample_of(groups(2, 40) + np.random.default_rng(1).normal(size=(40, 2)) * 4)
    values = []
    for fits in sample.halves(3).fits(3):
        for labels, train, test in zip(fits.labels, fits.rows, fits.rows[::-1], strict=True):
            for row in test:
                gaps = {
                    c: np.linalg.norm(
                        sample.points[row] - sample.points[train[labels[train] == c]], axis=1
                    ).mean()
                    for c in range(3)
                }
                a = gaps.pop(labels[row])
                b = min(gaps.values())
                values.append((b - a) / max(a, b))
    curve = RULES["held-out"](sample, 3)
    # All halves have one size, so that the mean of means is the mean.
    assert curve.values[curve.k.index(3)] == pytest.approx(np.mean(values), abs=1e-5)


def test_stability_is_the_agreement_of_the_halves():
    sample = sample_of(groups(3) * 0.2 + np.random.default_rng(1).normal(size=(300, 3)))
    curve = RULES["stability"](sample, 4)
    fits = sample.halves(4).fits(4)
    expected = np.mean([adjusted_rand_score(*each.labels) for each in fits])
    assert curve.values[curve.k.index(4)] == pytest.approx(expected)


def test_uniform_rows_have_one_cluster_by_the_gap_and_by_prediction_strength():
    rows = [np.random.default_rng(i).random((60, 3)).astype(np.float32) for i in range(3)]
    assert [choose_k(each, "gap", seed=0, k_max=3) for each in rows].count(1) >= 2
    assert [choose_k(each, "prediction-strength", seed=0, k_max=3) for each in rows].count(1) >= 2


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("rows", "ks"),
    [
        ([[5.0]] * 9, {1}),
        ([[3.0]], {1}),
        ([[1.0], [2.0]] * 6, {1, 2}),
        ([[0.0], [1.0]], {1, 2}),
        ([[0.0], [1.0], [5.0]], {1, 2, 3}),
    ],
)
def test_few_distinct_rows(rule, rows, ks):
    search = search_k(np.float32(rows), rule, seed=0, others=tuple(RULES))
    assert search.k in ks
    for curve in search.curves:
        assert len(curve.k) == len(curve.values)
        assert all(np.isfinite(value) for value in curve.values if value is not None)


def test_a_search_is_seeded_and_says_how_many_rows_it_saw():
    rows = groups(3, 200) + np.random.default_rng(1).normal(size=(200, 3)).astype("f4") * 3
    one, two = (search_k(rows, seed=1, k_max=3, sample=80) for _ in range(2))
    assert one == two
    assert one.curves[0].rows == 80
    assert search_k(rows, seed=2, k_max=3, sample=80).curves[0].values != one.curves[0].values
    wide = np.random.default_rng(0).normal(size=(1001, 2600)).astype(np.float32)
    assert len(sample_of(wide)) == 1000


@given(st.integers(2, 40), st.integers(0, 400), st.integers(0, 50))
def test_a_sweep_is_refined_around_the_best(first, width, peak):
    calls = []

    def value(k):
        calls.append(k)
        return -abs(k - (first + peak)), None

    limit = first + width
    curve = swept("rule", value, largest, first=first, limit=limit, rows=1)
    assert curve.suggested == min(first + peak, limit)
    assert list(curve.k) == sorted(set(calls))
    assert len(calls) == len(set(calls)) <= 50
    assert all(b <= max(a + 1, int(a * 1.2) + 1) for a, b in pairwise(grid(first, limit)))


def test_silhouettes_without_another_cluster_are_zero():
    distances = cdist([[0.0], [1.0]], [[0.0], [3.0]]).astype(np.float32)
    assert silhouettes(distances, np.array([4, 4]), np.array([4, 4])).tolist() == [0, 0]
    assert silhouettes(distances, np.array([4, 4]), np.array([4, 7])).tolist() == [1, 0.5]


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
