"""Clusters joined and divided along a tree."""

from __future__ import annotations

import numpy as np

from clusterforge.contracts import MergeTree, RowTree
from clusterforge.curation.trees import divided, joined

# Leaves 0 and 1 are cluster 0, 2 is cluster 1, 3 is cluster 2; clusters 1 and 2 are near by the tree alone.
TREE = MergeTree((2, 2, 2, 2), ((0, 1, 1.0), (2, 3, 2.0), (4, 5, 3.0)), (0, 0, 1, 2))
LEAVES = np.array([0, 0, 1, 1, 2, 2, 3, 3])
LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2])
ROWS = np.array([[0], [0], [5], [5], [6], [6], [90], [90]], dtype=np.float32)


def test_clusters_are_joined_along_the_tree_of_their_fit() -> None:
    assert joined(ROWS, LABELS, 2, LABELS, RowTree(TREE, LEAVES)) == {0: 0, 1: 1, 2: 1}
    assert joined(ROWS, LABELS, 2, LABELS, None) == {0: 0, 1: 0, 2: 1}


def test_clusters_that_are_merged_or_dropped_already_still_follow_it() -> None:
    merged = np.where(LABELS == 2, 0, LABELS)
    assert joined(ROWS, merged, 1, LABELS, RowTree(TREE, LEAVES)) == {0: 0, 1: 0}
    dropped = np.where(LABELS == 1, -1, LABELS)
    assert joined(ROWS, dropped, 2, LABELS, RowTree(TREE, LEAVES)) == {0: 0, 2: 1}


def test_clusters_that_were_divided_are_joined_by_their_centroids() -> None:
    parts = LABELS.copy()
    parts[2:4] = 3
    assert joined(ROWS, parts, 2, LABELS, RowTree(TREE, LEAVES)) == {0: 0, 1: 0, 3: 0, 2: 1}


def test_a_cluster_falls_apart_into_its_branches() -> None:
    found = divided(RowTree(TREE, LEAVES), np.arange(4), ROWS[:4], 2)
    assert found is not None
    assert found[0].tolist() == [0, 0, 1, 1]
    assert found[1].tolist() == [[0], [5]]
    assert divided(RowTree(TREE, LEAVES), np.array([4, 5]), ROWS[4:6], 2) is None


def test_a_merged_cluster_falls_apart_into_the_clusters_that_it_was() -> None:
    members = np.arange(8)
    for into, parts in ((2, [0, 0, 0, 0, 1, 1, 1, 1]), (3, [0, 0, 0, 0, 1, 1, 2, 2])):
        found = divided(RowTree(TREE, LEAVES), members, ROWS, into)
        assert found is not None
        assert found[0].tolist() == parts
    found = divided(RowTree(TREE, LEAVES), members, ROWS, 9)
    assert found is not None
    assert found[0].max() == 3


def test_rows_in_no_leaf_go_to_the_nearest_part() -> None:
    leaves = LEAVES.copy()
    leaves[[0, 3]] = -1
    found = divided(RowTree(TREE, leaves), np.arange(4), ROWS[:4], 2)
    assert found is not None
    assert found[0].tolist() == [0, 0, 1, 1]
