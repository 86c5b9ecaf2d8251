"""Trees over clusters and their cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

from clusterforge.contracts import MergeTree, regrouped

FINE = MergeTree(
    leaves=(4, 3, 2, 5),
    merges=((0, 1, 1.0), (2, 3, 2.0), (4, 5, 7.0)),
    clusters=(2, 2, 0, 5),
)


def test_the_part_above_the_clusters_has_them_as_leaves() -> None:
    tree = FINE.over_clusters()
    assert (tree.leaves, tree.clusters) == ((2, 7, 5), (0, 2, 5))
    assert tree.merges == ((0, 2, 2.0), (1, 3, 7.0))


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        (MergeTree((1, 1, 1), ((0, 1, 1.0),)), "1 merges do not join 3 leaves"),
        (MergeTree((1, 1), ((0, 2, 1.0),)), "do not join"),
        (MergeTree((1, 1, 1), ((0, 4, 1.0), (1, 2, 1.0))), "do not join"),
        (MergeTree((), ()), "do not join"),
        (MergeTree((1, 1), ((0, 1, 1.0),), (0,)), "2 leaves belong to 1 clusters"),
        (MergeTree((1, 1, 1), ((0, 1, 1.0), (2, 3, 2.0)), (0, 1, 0)), "hangs below one node"),
    ],
)
def test_what_is_no_tree_over_clusters_is_refused(tree: MergeTree, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        tree.over_clusters()


@given(st.integers(0, 1000), st.integers(2, 30))
def test_cuts_are_scipys(seed: int, m: int) -> None:
    found = linkage(np.random.default_rng(seed).normal(size=(m, 2)), "average")
    merges = tuple((int(a), int(b), float(height)) for a, b, height, _ in found)
    tree = MergeTree((1,) * m, merges)
    for n in range(1, m + 1):
        ours, theirs = tree.groups(n), fcluster(found, n, "maxclust")
        assert ours.max() == n - 1
        assert len({*zip(ours.tolist(), theirs.tolist(), strict=True)}) == n
        assert np.unique(ours, return_index=True)[1].tolist() == sorted(
            np.unique(ours, return_index=True)[1].tolist()
        )


def test_what_lies_below_the_clusters_goes_under_another_tree() -> None:
    top = MergeTree((2, 7, 5), ((1, 2, 0.5), (0, 3, 0.7)), (0, 2, 5))
    joined = FINE.under(top)
    assert joined.merges == ((0, 1, 1.0), (4, 3, 0.5), (2, 5, 0.7))
    assert joined.over_clusters().merges == top.merges
    assert (joined.leaves, joined.clusters) == (FINE.leaves, FINE.clusters)


def test_groups_that_are_joined_already_stay_together() -> None:
    tree = MergeTree((1,) * 4, ((0, 1, 1.0), (2, 3, 2.0), (4, 5, 3.0)))
    assert tree.groups(2, [0, 1, 0, 3]).tolist() == [0, 0, 0, 1]
    assert tree.groups(2, [-1, 1, 2, 3]).tolist() == [-1, 0, 1, 1]


def test_rows_follow_their_clusters() -> None:
    labels = np.array([5, -1, 0, 2, 2, -2, 3])
    assert FINE.over_clusters().grouped(labels, 2).tolist() == [0, -1, 0, 1, 1, -2, -1]
    assert regrouped(np.zeros(0, np.int64), {}).tolist() == []
