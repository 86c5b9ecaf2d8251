import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.builtin.clusterers import KmeansParams
from clusterforge.clusterers.anchored import drawn, numbered, reference
from clusterforge.clusterers.how_many import how_many
from clusterforge.contracts import Context


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


def test_where_labels_are_all_that_counts_the_same_number_is_found_without_the_other_rules():
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    params = KmeansParams(n_clusters="auto", k_max=4)
    whole = how_many(params, rows, Context())
    only = how_many(params, rows, Context(labels_only=True))
    assert whole.k == only.k
    assert (set(whole.suggested), set(only.suggested)) == (
        {"held-out", "silhouette", "elbow"},
        {"held-out"},
    )
