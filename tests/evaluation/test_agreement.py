import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.evaluation.agreement import aligned, overlap, prediction_strength, stability

labels = st.lists(st.integers(-1, 3), min_size=1, max_size=25)


def naive_strength(own, given_):
    """Tibshirani and Walther's formula, pair by pair."""
    found = {}
    for cluster in sorted(set(own) - {-1}):
        rows = [i for i in range(len(own)) if own[i] == cluster]
        pairs = [(i, j) for i in rows for j in rows if i != j]
        if pairs:
            together = [given_[i] == given_[j] and given_[i] >= 0 for i, j in pairs]
            found[cluster] = sum(together) / len(pairs)
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=1, max_size=25))
def test_prediction_strength_counts_pairs(rows):
    own, predicted = np.array(rows).T
    assert prediction_strength(own, predicted) == pytest.approx(
        naive_strength(own.tolist(), predicted.tolist())
    )


@settings(max_examples=200, deadline=None)
@given(labels, st.permutations(range(4)), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(values, names, random):
    reference = np.array(values)
    renamed = np.where(reference >= 0, np.array(names)[reference], -1)
    np.testing.assert_array_equal(aligned(reference, renamed), reference)
    assert (stability(reference, [renamed, reference]) == 1).all()
    order = np.array(random.sample(range(len(values)), len(values)))
    other = np.array(random.choices(range(-1, 3), k=len(values)))
    strength = prediction_strength(reference, other)
    assert prediction_strength(reference[order], other[order]) == strength
    assert prediction_strength(reference, np.where(other >= 0, 7 - other, -1)) == strength


def test_clusters_that_match_none_keep_apart():
    reference, labels = np.array([0, 0, 0, 1, 1, -1]), np.array([5, 5, 2, 2, 7, -1])
    found = aligned(reference, labels)
    assert found[:2].tolist() == [0, 0]
    assert found[5] == -1
    assert found[4] not in (0, 1) or found[3] not in (0, 1)
    assert stability(reference, [labels])[:2].tolist() == [1, 1]


def test_rows_without_a_label_do_not_count():
    reference = np.array([0, 0, 1, 1])
    refits = [np.array([3, 3, -2, 9]), np.array([1, 0, -2, 1])]
    found = stability(reference, refits)
    assert np.isnan(found[2])
    assert found.dtype == np.float32
    assert found[[0, 3]].tolist() in ([1.0, 0.5], [0.5, 1.0])
    # noise agrees with noise
    assert stability(np.array([-1, 0]), [np.array([-1, 0]), np.array([0, 0])])[0] == 0.5


def test_all_noise_and_single_rows():
    nothing = np.full(3, -1)
    assert prediction_strength(nothing, nothing) == {}
    assert prediction_strength(np.array([0, 1]), np.array([0, 0])) == {}
    assert prediction_strength(np.array([0, 0]), np.array([-1, -1])) == {0: 0.0}
    assert overlap(nothing, nothing) == {}
    assert aligned(nothing, nothing).tolist() == [-1, -1, -1]


def test_overlap_names_the_run_s_clusters():
    assert overlap(np.array([0, 0, 1, 1, 2]), np.array([4, 4, 3, 3, 3])) == {0: 4, 1: 3}
