from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from clusterforge.numerics import contingency as module
from clusterforge.numerics.contingency import (
    accuracy,
    ari,
    contingency,
    hungarian,
    match,
    nmi,
    purity,
)

INDICES = [accuracy, ari, nmi, purity]
pairs = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-1, 4), min_size=n, max_size=n)] * 2)
)


def score(index, first, second):
    return float(index(contingency(first, second).counts))


@settings(max_examples=200, deadline=None)
@given(pairs)
def test_equal_to_scikit_learn(pair):
    t, p = pair
    table = metrics.cluster.contingency_matrix(t, p)
    found = contingency(t, p)
    assert np.array_equal(found.counts, table)
    assert found.counts.dtype == np.int64
    assert (found.rows.tolist(), found.columns.tolist()) == (sorted(set(t)), sorted(set(p)))
    assert score(ari, t, p) == pytest.approx(metrics.adjusted_rand_score(t, p), abs=1e-10)
    assert score(nmi, t, p) == pytest.approx(metrics.normalized_mutual_info_score(t, p), abs=1e-9)
    assert score(purity, t, p) == pytest.approx(table.max(0).sum() / len(t))


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_accuracy_tries_all_matchings(pair):
    t, p = pair
    table = contingency(t, p).counts
    wide = table if table.shape[0] <= table.shape[1] else table.T
    best = max(
        sum(wide[i, j] for i, j in enumerate(order))
        for order in permutations(range(wide.shape[1]), wide.shape[0])
    )
    mapping = hungarian(t, p)
    assert score(accuracy, t, p) == best / len(t)
    assert sum(mapping.get(b) == a for a, b in zip(t, p, strict=True)) == best
    assert len(set(mapping.values())) == len(mapping)


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_sparse_matching_is_the_dense_one(pair):
    counts = contingency(*pair).counts
    with pytest.MonkeyPatch.context() as patch:
        dense = counts[match(counts)].sum()
        patch.setattr(module, "_DENSE", 0)
        assert counts[match(counts)].sum() == dense
        mapping = hungarian(*pair)
    assert sum(mapping.get(b) == a for a, b in zip(*pair, strict=True)) == dense


@settings(max_examples=60, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(pair, random):
    t, p = map(np.array, pair)
    order = np.array(random.sample(range(len(t)), len(t)))
    names = np.array(random.sample(range(100), 6))
    for index in INDICES:
        renamed = score(index, t[order], names[p[order] + 1])
        assert renamed == pytest.approx(score(index, t, p), abs=1e-9)
        assert score(index, t, t) == pytest.approx(1)
    assert score(ari, t, p) == pytest.approx(score(ari, p, t), abs=1e-12)
    assert score(nmi, t, p) == pytest.approx(score(nmi, p, t), abs=1e-9)


@pytest.mark.parametrize("index", INDICES)
def test_a_stack_of_tables_is_scored_one_by_one(index):
    stack = np.random.default_rng(0).integers(0, 20, (2, 5, 3, 4))
    flat = stack.reshape(10, 3, 4)
    found = index(stack)
    assert found.shape == (2, 5)
    assert found.ravel() == pytest.approx([float(index(table)) for table in flat])


@pytest.mark.parametrize("index", INDICES)
def test_classes_and_clusters_without_rows_change_nothing(index):
    table = np.random.default_rng(1).integers(0, 9, (3, 4))
    wide = np.zeros((5, 6), np.int64)
    wide[:3, 1:5] = table
    assert float(index(wide)) == pytest.approx(float(index(table)))


def test_as_many_clusters_as_rows():
    n = 60_000
    truth, labels = np.arange(n) % 10, np.arange(n)[::-1]
    assert score(accuracy, truth, labels) == 10 / n
    assert sorted(hungarian(truth, labels).values()) == list(range(10))
    assert score(purity, truth, labels) == 1
    expected = metrics.normalized_mutual_info_score(truth, labels)
    assert score(nmi, truth, labels) == pytest.approx(expected)
    assert score(ari, truth, labels) == pytest.approx(metrics.adjusted_rand_score(truth, labels))
    # Many classes too: those go by sparse matching.
    assert len(hungarian(np.arange(12_000), np.arange(12_000) // 2)) == 6_000
    with pytest.raises(ValueError, match="60000 x 60000"):
        contingency(np.arange(n), labels)


def test_mapping_keeps_names_and_leaves_out_strangers():
    mapping = hungarian(["cat", "cat", "dog", "dog"], [7, 7, 7, -1])
    assert mapping == {7: "cat", -1: "dog"}
    assert all(type(key) is int for key in mapping)
    # Cluster 1 holds no dog, the class that is left for it.
    assert hungarian(["cat"] * 4 + ["dog"], [0, 0, 0, 1, 0]) == {0: "cat"}
    assert hungarian([0, 0, 1], [5, 5, 5]) == {5: 0}


@pytest.mark.parametrize("function", [contingency, hungarian])
@pytest.mark.parametrize(("t", "p"), [([], []), ([0, 1], [0]), ([[0]], [[0]])])
def test_refusals(function, t, p):
    with pytest.raises(ValueError, match="vectors of one length"):
        function(t, p)
