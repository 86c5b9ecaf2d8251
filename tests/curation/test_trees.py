"""Clusters joined and divided along a tree."""

from __future__ import annotations

import numpy as np
import pytest

from clusterforge.contracts import MergeTree, RowTree
from clusterforge.curation import ClusterRef, Edits, Labelling, apply
from clusterforge.curation.edits import Reduce, Split
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


IDS = np.array([f"r{i}" for i in range(8)])


def edited(*edits: Split | Reduce) -> tuple[list[int], str]:
    rows = Labelling(IDS, "train", ROWS, LABELS, tree=RowTree(TREE, LEAVES))
    curated = apply(Edits(edit=edits), rows)
    return curated.rows.labels.tolist(), curated.outcomes[-1].status


def test_an_edit_splits_by_the_tree() -> None:
    split = Split(cluster=ClusterRef(rows=("r0", "r3")), by="tree")
    labels, status = edited(split)
    assert status == "applied"
    pairs = {*zip(labels, LEAVES.tolist(), strict=True)}
    assert len(set(labels)) == len(pairs) == 4
    undivided = Split(cluster=ClusterRef(rows=("r4", "r5")), by="tree")
    assert edited(undivided) == (LABELS.tolist(), "unchanged")


def test_what_was_reduced_is_split_into_what_it_was() -> None:
    split = Split(cluster=ClusterRef(rows=("r4", "r5", "r6")), by="tree")
    labels, status = edited(Reduce(to=2), split)
    assert status == "applied"
    assert len({*zip(labels, LABELS.tolist(), strict=True)}) == 3


def test_a_tree_has_no_parameters_and_takes_a_number_of_parts() -> None:
    ref = ClusterRef(rows=("r0",))
    assert Split(cluster=ref, by="tree", into=3).text() == "cluster by its tree"
    with pytest.raises(ValueError, match="parameters are those of a clusterer"):
        Split(cluster=ref, by="tree", parameters={"k": 2})


def test_rows_in_no_leaf_go_to_the_nearest_part() -> None:
    leaves = LEAVES.copy()
    leaves[[0, 3]] = -1
    found = divided(RowTree(TREE, leaves), np.arange(4), ROWS[:4], 2)
    assert found is not None
    assert found[0].tolist() == [0, 0, 1, 1]
