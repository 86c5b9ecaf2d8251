"""The condensed tree as merges: whole clusters, small ones joined first."""

from __future__ import annotations

import numpy as np
import pytest
from clusterforge_hdbscan.hdbscan import Hdbscan
from clusterforge_hdbscan.plugin import HdbscanParams
from sklearn.metrics import adjusted_rand_score

from clusterforge.contracts import Context, MergeTree, Points
from clusterforge.models import guard
from clusterforge.models.trees import row_tree

CONTEXT = Context()


def nested(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return three far groups of three near ones, and their numbers."""
    rng, group = np.random.default_rng(0), np.repeat(np.arange(9), rows)
    places = np.stack([100 * (group // 3), 9 * (group % 3)], axis=1)
    return (places + rng.normal(size=(len(group), 2))).astype(np.float32), group


def fitted(rows: np.ndarray, **params: object) -> tuple[np.ndarray, MergeTree | None, np.ndarray]:
    ours = Hdbscan(HdbscanParams(**params))
    labels = ours.fit(Points(rows), CONTEXT)
    return labels, ours.details().tree, ours.leaves(Points(rows), CONTEXT)


@pytest.mark.parametrize(
    "params", [{}, {"selection": "leaf"}, {"epsilon": 1.0}, {"min_samples": 3}]
)
@pytest.mark.parametrize("size", [5, 12, 30])
def test_it_is_a_tree_over_the_clusters(params: dict[str, object], size: int) -> None:
    for rows in (nested()[0], np.random.default_rng(1).normal(size=(400, 3)).astype(np.float32)):
        labels, tree, leaves = fitted(rows, min_cluster_size=size, **params)
        if labels.max() < 0:
            assert tree is leaves is None
            continue
        guard.tree(tree, leaves, labels)
        assert [*tree.heights] == [height for *_, height in tree.merges]
        assert len(tree.leaves) == len(tree.merges) + 1


@pytest.mark.parametrize("hierarchy", ["centroids", "density"])
def test_the_recipe_says_what_joins_clusters(hierarchy: str) -> None:
    rows, group = nested()
    ours = Hdbscan(HdbscanParams(min_cluster_size=15, hierarchy=hierarchy))
    labels = ours.fit(Points(rows), CONTEXT)
    found = row_tree(ours, Points(rows), labels, CONTEXT)
    assert (found.tree == ours.details().tree) == (hierarchy == "density")
    over, inside = found.tree.over_clusters(), labels >= 0
    assert adjusted_rand_score(group[inside] // 3, over.grouped(labels, 3)[inside]) == 1
    assert over.axis == ours.details().tree.axis or hierarchy == "centroids"


def test_a_cut_joins_the_near_groups() -> None:
    rows, group = nested()
    labels, tree, _ = fitted(rows, min_cluster_size=15)
    assert labels.max() == 8
    over, inside = tree.over_clusters(), labels >= 0
    assert adjusted_rand_score(group[inside] // 3, over.grouped(labels, 3)[inside]) == 1


def test_a_merge_is_as_high_as_the_smaller_branch_is_large() -> None:
    rng = np.random.default_rng(0)
    places = [(0.0, 0.0, 200), (14.0, 0.0, 90), (50.0, 40.0, 25)]
    rows = np.concatenate([rng.normal((x, y), 1, size=(n, 2)) for x, y, n in places])
    labels, tree, _ = fitted(rows.astype(np.float32), min_cluster_size=20)
    assert labels.max() == 2
    (_, _, near), (_, _, far) = tree.over_clusters().merges
    assert 80 <= near <= 90
    assert far == near  # the small one lies far away, and above the others


def test_a_cluster_falls_apart_into_its_leaves() -> None:
    rows, group = nested()
    labels, tree, leaves = fitted(rows, min_cluster_size=15, epsilon=20.0)
    assert labels.max() == 2
    inside = leaves >= 0
    assert adjusted_rand_score(group[inside], leaves[inside]) > 0.98
    assert inside.mean() > 0.8
    parts = tree.groups(3, [i if c == 0 else -1 for i, c in enumerate(tree.clusters)])
    assert sorted(set(parts.tolist())) == [-1, 0, 1, 2]
