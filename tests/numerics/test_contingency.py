from itertools import permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from clusterforge.numerics import ari, hungarian, nmi, purity
from clusterforge.numerics import contingency as module
from clusterforge.numerics.contingency import contingency

INDICES = [ari, nmi, purity, lambda t, p: hungarian(t, p)[1]]
pairs = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-1, 4), min_size=n, max_size=n)] * 2)
)


@settings(max_examples=150, deadline=None)
@given(pairs)
def test_equal_to_scikit_learn(pair):
    t, p = pair
    assert ari(t, p) == pytest.approx(metrics.adjusted_rand_score(t, p), abs=1e-10)
    assert nmi(t, p) == pytest.approx(metrics.normalized_mutual_info_score(t, p), abs=1e-10)
    table = metrics.cluster.contingency_matrix(t, p)
    assert np.array_equal(contingency(t, p), table)
    assert contingency(t, p).dtype == np.int64
    assert purity(t, p) == pytest.approx(table.max(0).sum() / len(t))


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_hungarian_tries_all_matchings(pair):
    t, p = pair
    table = contingency(t, p)
    wide = table if table.shape[0] <= table.shape[1] else table.T
    best = max(
        sum(wide[i, j] for i, j in enumerate(order))
        for order in permutations(range(wide.shape[1]), wide.shape[0])
    )
    mapping, accuracy = hungarian(t, p)
    assert accuracy == best / len(t)
    assert sum(mapping.get(b) == a for a, b in zip(t, p, strict=True)) == best
    assert len(set(mapping.values())) == len(mapping)


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_sparse_matching_is_the_dense_one(pair):
    with pytest.MonkeyPatch.context() as patch:
        dense = hungarian(*pair)[1]
        patch.setattr(module, "_DENSE", 0)
        assert hungarian(*pair)[1] == dense


@settings(max_examples=60, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(pair, random):
    t, p = map(np.array, pair)
    order = np.array(random.sample(range(len(t)), len(t)))
    names = np.array(random.sample(range(100), 6))
    for index in INDICES:
        assert index(t[order], names[p[order] + 1]) == pytest.approx(index(t, p), abs=1e-12)
    assert ari(t, p) == pytest.approx(ari(p, t), abs=1e-12)
    assert nmi(t, p) == pytest.approx(nmi(p, t), abs=1e-12)
    for index in INDICES:
        assert index(t, t) == pytest.approx(1)


def test_ari_is_exact_with_large_counts(monkeypatch):
    # Five thousand million rows, whose pairs times pairs overflow int64 by far.
    counts = np.array([2_000_000_000, 1, 3, 2_999_999_996], dtype=np.int64)
    at = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    cells = module._Cells(np.arange(2), np.arange(2), *at, counts)
    monkeypatch.setattr(module, "_cells", lambda truth, labels: cells)
    both = sum(comb(int(c), 2) for c in counts)
    rows = comb(2_000_000_001, 2) + comb(2_999_999_999, 2)
    cols = comb(2_000_000_003, 2) + comb(2_999_999_997, 2)
    total = comb(5_000_000_000, 2)
    expected = (both * total - rows * cols) / ((rows + cols) * total / 2 - rows * cols)
    assert ari([], []) == pytest.approx(expected, rel=1e-12)


def test_as_many_clusters_as_rows():
    n = 60_000
    truth, labels = np.arange(n) % 10, np.arange(n)[::-1]
    mapping, accuracy = hungarian(truth, labels)
    assert accuracy == 10 / n
    assert sorted(mapping.values()) == list(range(10))
    assert purity(truth, labels) == 1
    assert ari(truth, labels) == pytest.approx(metrics.adjusted_rand_score(truth, labels))
    assert nmi(truth, labels) == pytest.approx(metrics.normalized_mutual_info_score(truth, labels))
    assert contingency(truth, labels).shape == (10, n)
    # Many classes too: those go by sparse matching.
    assert hungarian(np.arange(12_000), np.arange(12_000) // 2)[1] == 0.5
    with pytest.raises(ValueError, match="60000 x 60000"):
        contingency(np.arange(n), labels)


def test_mapping_keeps_names_and_leaves_out_strangers():
    mapping, accuracy = hungarian(["cat", "cat", "dog", "dog"], [7, 7, 7, -1])
    assert mapping == {7: "cat", -1: "dog"}
    assert all(type(key) is int for key in mapping)
    assert accuracy == 0.75
    # Cluster 1 holds no dog, the class that is left for it.
    assert hungarian(["cat"] * 4 + ["dog"], [0, 0, 0, 1, 0])[0] == {0: "cat"}
    assert hungarian([0, 0, 1], [5, 5, 5])[0] == {5: 0}


@pytest.mark.parametrize("index", [*INDICES, contingency])
@pytest.mark.parametrize(("t", "p"), [([], []), ([0, 1], [0]), ([[0]], [[0]])])
def test_refusals(index, t, p):
    with pytest.raises(ValueError, match="vectors of one length"):
        index(t, p)
