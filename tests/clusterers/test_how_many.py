import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.clusterers.anchored import drawn, numbered, reference


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_numbered_by_first_member(values):
    names = {}
    expected = [names.setdefault(value, len(names)) for value in values]
    assert numbered(np.array(values)).tolist() == expected


def test_drawn():
    assert drawn(5, None, 0).tolist() == drawn(5, 9, 0).tolist() == [0, 1, 2, 3, 4]
    rows = drawn(100, 10, 3)
    assert len(set(rows)) == 10
    assert rows.tolist() == sorted(rows) == drawn(100, 10, 3).tolist()
    assert rows.tolist() != drawn(100, 10, 4).tolist()


def test_a_reference_keeps_every_cluster():
    labels = np.zeros(1000, np.int64)
    labels[777] = 1
    kept = reference(labels, seed=0, limit=50)
    assert 777 in kept
    assert len(kept) <= 50
    assert set(labels[kept]) == {0, 1}
