"""Soft membership and outlier scores, against the library and against what they should mean."""

from __future__ import annotations

import hdbscan
import numpy as np
import pytest
from clusterforge_hdbscan.hdbscan import Hdbscan
from clusterforge_hdbscan.plugin import HdbscanParams
from clusterforge_hdbscan.tree import Tree
from sklearn.datasets import make_blobs

from clusterforge.contracts import Context, Points, State

CONTEXT = Context()
CASES = [
    {"min_cluster_size": 15},
    {"min_cluster_size": 8, "min_samples": 4},
    {"min_cluster_size": 8, "selection": "leaf"},
    {"min_cluster_size": 10, "metric": "manhattan"},
    {"min_cluster_size": 10, "epsilon": 2.0},
]


def blobs(rows: int = 600, spread: float = 1.8) -> tuple[np.ndarray, np.ndarray]:
    points, _ = make_blobs(rows, 5, centers=4, cluster_std=spread, random_state=0)
    return points[: rows // 2].astype(np.float32), points[rows // 2 :].astype(np.float32)


def fitted(rows: np.ndarray, **params: object) -> Hdbscan:
    ours = Hdbscan(HdbscanParams(**params))
    ours.fit(Points(rows), CONTEXT)
    return ours


def library(rows: np.ndarray, **params: object) -> hdbscan.HDBSCAN:
    names = {"selection": "cluster_selection_method", "epsilon": "cluster_selection_epsilon"}
    given = {names.get(name, name): value for name, value in params.items()}
    model = hdbscan.HDBSCAN(approx_min_span_tree=False, prediction_data=True, **given)
    return model.fit(rows.astype(np.float64))


@pytest.mark.parametrize("spread", [1.2, 2.5])
@pytest.mark.parametrize("params", CASES, ids=str)
def test_rows_of_the_fit_have_the_librarys_membership(
    params: dict[str, object], spread: float
) -> None:
    train, _ = blobs(spread=spread)
    ours = fitted(train, **params)
    membership = ours.membership(Points(train), CONTEXT)
    assert membership is not None
    assert membership.dtype == np.float32
    expected = hdbscan.all_points_membership_vectors(library(train, **params))
    assert expected.shape[1] > 1
    np.testing.assert_allclose(membership, expected, atol=1e-5)
    assert membership.sum(axis=1).max() <= 1 + 1e-5


@pytest.mark.parametrize("spread", [1.2, 2.5])
@pytest.mark.parametrize("params", CASES, ids=str)
def test_rows_of_the_fit_have_the_librarys_outlier_scores(
    params: dict[str, object], spread: float
) -> None:
    train, _ = blobs(spread=spread)
    scores = fitted(train, **params).outlier_scores(Points(train), CONTEXT)
    assert scores is not None
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, library(train, **params).outlier_scores_, atol=1e-6)
    assert scores.max() > 0.3


def test_a_new_row_has_nearly_what_a_fit_with_it_gives() -> None:
    train, held_out = blobs()
    held_out = held_out[:40]
    ours = fitted(train, min_cluster_size=15)
    membership = ours.membership(Points(held_out), CONTEXT)
    scores = ours.outlier_scores(Points(held_out), CONTEXT)
    again = [library(np.vstack([train, row[None]]), min_cluster_size=15) for row in held_out]
    assert all(model.labels_.max() == membership.shape[1] - 1 for model in again)
    expected = np.array([model.outlier_scores_[-1] for model in again])
    assert np.abs(scores - expected).mean() < 0.03
    whole = np.stack([hdbscan.all_points_membership_vectors(model)[-1] for model in again])
    # Clusters may be numbered otherwise in a fit with one more row.
    ordered = np.sort(whole, axis=1) - np.sort(membership, axis=1)
    assert np.abs(ordered).mean() < 0.03


@pytest.mark.parametrize("spread", [1.2, 1.8])
def test_new_rows_beside_the_librarys_own_rules(spread: float) -> None:
    """Its rules for new rows are others than its rules for fitted ones; ours are the latter."""
    train, held_out = blobs(spread=spread)
    ours, model = fitted(train, min_cluster_size=15), library(train, min_cluster_size=15)
    membership = ours.membership(Points(held_out), CONTEXT)
    theirs = hdbscan.membership_vector(model, held_out.astype(np.float64))
    assert (membership.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.95
    scores = ours.outlier_scores(Points(held_out), CONTEXT)
    expected = hdbscan.prediction.approximate_predict_scores(model, held_out.astype(np.float64))
    nearest, _ = ours._nearest(held_out, CONTEXT)
    node, _ = ours._placed(ours._tree, held_out, CONTEXT)
    same = node == ours._tree.node[nearest]  # where the row stays in its neighbour's node
    assert same.mean() > 0.6
    np.testing.assert_allclose(membership.sum(axis=1)[same], theirs.sum(axis=1)[same], atol=1e-3)
    assert np.abs(scores - expected)[same].mean() < 0.02
    assert (scores[~same] >= expected[~same] - 1e-6).all()


def test_a_fitted_row_keeps_its_values_wherever_it_stands() -> None:
    train, held_out = blobs()
    ours = fitted(train, min_cluster_size=15)
    mixed = np.vstack([held_out[:7], train[::-1], held_out[7:9]])
    for ask in (ours.membership, ours.outlier_scores):
        together, alone = ask(Points(mixed), CONTEXT), ask(Points(train), CONTEXT)
        np.testing.assert_allclose(together[7:-2], alone[::-1], atol=1e-7)
        np.testing.assert_allclose(together[:7], ask(Points(held_out[:7]), CONTEXT), atol=1e-7)


def test_far_rows_belong_nowhere() -> None:
    train, _ = blobs()
    ours = fitted(train, min_cluster_size=15)
    far = Points(np.full((1, 5), 1e4, np.float32))
    assert ours.membership(far, CONTEXT).sum() < 1e-2
    assert ours.outlier_scores(far, CONTEXT)[0] > 0.99


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine"])
def test_restored_gives_the_same(metric: str) -> None:
    train, held_out = blobs()
    ours = fitted(train, metric=metric, min_cluster_size=10)
    fresh = Hdbscan(ours.params)
    fresh.restore(ours.state())
    for rows in (train, held_out):
        for name in ("membership", "outlier_scores"):
            first, second = (getattr(it, name)(Points(rows), CONTEXT) for it in (ours, fresh))
            assert first.tobytes() == second.tobytes()


def test_a_state_without_a_tree_still_predicts() -> None:
    train, held_out = blobs()
    ours = fitted(train)
    state = ours.state()
    old = {name: state.arrays[name] for name in ("rows", "labels", "core", "left", "reach")}
    fresh = Hdbscan(ours.params)
    fresh.restore(State(old, state.meta))
    labels = fresh.predict(Points(held_out), CONTEXT)
    assert np.array_equal(labels, ours.predict(Points(held_out), CONTEXT))
    assert fresh.membership(Points(held_out), CONTEXT) is None
    assert fresh.outlier_scores(Points(held_out), CONTEXT) is None


def test_equal_rows_and_one_cluster_give_finite_values() -> None:
    piles = np.repeat(np.eye(3, dtype=np.float32) * 9, 10, axis=0)
    noise = np.random.default_rng(0).normal(size=(15, 3)).astype(np.float32) * 20
    for rows in (np.ones((20, 3), np.float32), piles, np.vstack([piles, noise])):
        for single in (False, True):
            ours = fitted(rows, allow_single_cluster=single)
            for given in (rows, rows[:3] + 1, rows[:0]):
                membership = ours.membership(Points(given), CONTEXT)
                scores = ours.outlier_scores(Points(given), CONTEXT)
                assert np.isfinite(membership).all()
                assert (membership.sum(axis=1) <= 1 + 1e-5).all()
                assert ((scores >= 0) & (scores <= 1)).all()
    assert fitted(piles[:3]).membership(Points(piles), CONTEXT) is None


def test_too_many_values_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    train, _ = blobs()
    ours = fitted(train, min_cluster_size=15)
    monkeypatch.setattr("clusterforge_hdbscan.hdbscan.MOST_VALUES", 300)
    assert ours.membership(Points(train), CONTEXT) is None


def test_where_nodes_and_clusters_part() -> None:
    #      0 (∞)          cluster 0 is node 1, cluster 1 is node 4
    #    1 (8)   2 (8)
    #          3 (5)  4 (5)
    #               5 (2)  6 (2)
    tree = Tree(
        node=np.array([0, 1, 1, 3, 5, 6, 4]),
        left=np.array([10.0, 2, 4, 3, 1, 2, 2]),
        above=np.array([-1, 0, 0, 2, 2, 4, 4]),
        born=np.array([np.inf, 8, 8, 5, 5, 2, 2]),
        chosen=np.array([1, 4]),
    )
    nan = np.nan
    expected = [[nan, nan], [nan, 8], [8, nan], [8, 5], [8, nan], [8, nan], [8, nan]]
    np.testing.assert_array_equal(tree._merged, expected)
    assert tree._least.tolist() == [8, 2, 5, 3, 2, 1, 2]
    assert tree._exemplars.tolist() == [-1, 0, -1, -1, 1, 1, -1]
    node, left = tree.placed(np.array([4, 4, 4, 4, 5, 0]), np.array([0.5, 1.5, 3, 6, 9, 20]))
    assert node.tolist() == [5, 5, 4, 2, 0, 0]
    assert left.tolist() == [1, 1.5, 3, 6, 9, 20]
    scores = tree.outlier_scores(tree.node, tree.left)
    np.testing.assert_allclose(scores, [0.9, 0, 0.5, 0, 0, 0, 0.5])
    np.testing.assert_allclose(tree.outlier_scores(node, left)[2:4], [2 / 3, 5 / 6])
