import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.builtin.datasets import SampleParams
from clusterforge.datasets import selection
from clusterforge.errors import InputError

ROWS = np.arange(100, dtype=np.int64)
LABELS = np.repeat([0, 1, 2, -1], [50, 30, 15, 5])


def test_sample_is_seeded_sorted_and_not_the_head():
    one, again = selection.sample(ROWS, 10, 0), selection.sample(ROWS, 10, 0)
    assert one.tolist() == again.tolist() == sorted(set(one.tolist()))
    assert len(one) == 10
    assert one.tolist() != list(range(10))
    assert one.tolist() != selection.sample(ROWS, 10, 1).tolist()


def test_sample_larger_than_the_data_is_the_data():
    assert selection.sample(ROWS, 1000, 0) is ROWS


@pytest.mark.parametrize(("limit", "each"), [(None, 15), (30, 10), (31, 10), (45, 15), (3, 1)])
def test_balanced_takes_equally_many_and_nothing_unlabelled(limit, each):
    rows = selection.balanced(ROWS, LABELS, limit, 0)
    assert np.unique(LABELS[rows], return_counts=True)[1].tolist() == [each] * 3
    assert (LABELS[rows] >= 0).all()
    assert rows.tolist() == sorted(rows.tolist())


def test_balanced_says_how_far_it_can_go():
    with pytest.raises(
        InputError, match=r"class 'c' has 15 rows.*need 30.*set it to 45 or less"
    ) as e:
        selection.balanced(ROWS, LABELS, 90, 0, ("a", "b", "c"))
    assert e.value.key == "limit"
    with pytest.raises(InputError, match="2 rows can't be balanced over 3 classes"):
        selection.balanced(ROWS, LABELS, 2, 0)
    with pytest.raises(InputError, match="no row of the train split has a label"):
        selection.balanced(ROWS, np.full(100, -1), 10, 0)


def test_limits_of_train_and_test_are_apart():
    params = SampleParams(limit=10, limit_test=5)
    assert len(selection.choose("train", ROWS, None, params)) == 10
    assert len(selection.choose("test", ROWS, None, params)) == 5
    assert len(selection.choose("test", ROWS, None, SampleParams(limit=10))) == 100


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-1, 4), min_size=2, max_size=80),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_stratified_is_a_partition_in_proportion(labels, fraction, seed):
    labels = np.array(labels)
    train, test = selection.stratified(len(labels), labels, fraction, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert len(test) == selection.held_out(len(labels), fraction)
    for value in np.unique(labels):
        share = (labels == value).sum() * len(test) / len(labels)
        assert abs((labels[test] == value).sum() - share) < 1 + 1e-6


def test_one_row_can_not_be_split():
    with pytest.raises(InputError, match="1 row can't be split"):
        selection.stratified(1, None, 0.5, 0)
