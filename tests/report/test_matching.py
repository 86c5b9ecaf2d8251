"""One matching of clusters to classes, colours, and labels by clusters."""

from __future__ import annotations

import numpy as np

from clusterforge.report import matching
from clusterforge.report.matching import all_clusters, confusion
from clusterforge.report.palette import COLOURS, NOISE, colour
from clusterforge.runs import Assignments
from clusterforge.runs.assignments import id_names


def assigned(
    truth: list[int], classes: tuple[str, ...] = ("x", "y"), **clusters: list[int]
) -> Assignments:
    return Assignments(
        splits=("train",),
        split=np.zeros(len(truth), np.int64),
        names=id_names(np.arange(len(truth))),
        classes=classes,
        truth=np.array(truth),
        clusters={name: np.array(labels) for name, labels in clusters.items()},
    )


def matrix_of(rows: Assignments):
    return confusion(rows, "a", "train", all_clusters(rows)["a"])


def test_confusion_counts_and_agrees_with_hungarian():
    rows = assigned([0, 0, 0, 1, 1, -1], a=[7, 7, 3, 3, -1, 7])
    matrix = matrix_of(rows)
    assert matrix.columns == ("7", "3", "noise")
    assert matrix.counts.tolist() == [[2, 1, 0], [0, 1, 1]]
    assert (matrix.agreeing, matrix.total, matrix.noise) == (3, 5, 1)
    np.testing.assert_allclose(matrix.shares, [[2 / 3, 1 / 3, 0], [0, 0.5, 0.5]], rtol=1e-6)
    assert all_clusters(rows)["a"].colours == {7: 0, 3: 1}


def test_clusters_without_a_class_get_colours_of_their_own():
    clusters = all_clusters(assigned([0, 0, 1, 1, 1], a=[0, 0, 1, 2, 2]))["a"]
    assert clusters.matched == {0: 0, 2: 1}
    assert clusters.colours == {0: 0, 2: 1, 1: 2}
    assert clusters.like == {0: 0, 2: 1}


def test_a_cluster_is_not_named_after_a_class_that_is_not_its_largest():
    clusters = all_clusters(assigned([0, 0, 0, 0, 1], a=[0, 0, 1, 1, 1]))["a"]
    assert clusters.matched == {0: 0, 1: 1}
    assert clusters.like == {0: 0}


def test_without_labels_clusterings_share_the_colours_of_the_first():
    clusters = all_clusters(assigned([-1] * 4, (), a=[0, 0, 1, 1], b=[5, 5, 2, 2]))
    assert clusters["a"].colours == {0: 0, 1: 1}
    assert clusters["b"].colours == {5: 0, 2: 1}
    assert clusters["b"].like == {}


def test_more_clusters_than_columns_keep_every_row(monkeypatch):
    monkeypatch.setattr(matching, "MAX_COLUMNS", 40)
    matrix = matrix_of(assigned([0, 1] * 100, a=list(range(100)) * 2))
    assert matrix.columns[-1] == "60 more"
    assert matrix.counts.sum() == 200


def test_a_split_without_clusters_has_no_confusion():
    assert matrix_of(assigned([0, 1], a=[-2, -2])) is None


def test_colours_differ_and_noise_is_grey():
    assert colour(-1) == NOISE
    shown = [colour(i) for i in range(120)]
    assert shown[: len(COLOURS)] == list(COLOURS)
    assert len(set(shown)) == 120
    assert NOISE not in shown
