from __future__ import annotations

import hdbscan
import numpy as np
import pytest
from clusterforge_hdbscan.hdbscan import Hdbscan
from clusterforge_hdbscan.plugin import HdbscanParams, clusterforge_clusterers
from sklearn.datasets import make_blobs, make_moons

from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError

CONTEXT = Context()


def blobs(rows: int = 600, spread: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    points, _ = make_blobs(rows, 5, centers=4, cluster_std=spread, random_state=0)
    return points[: rows // 2].astype(np.float32), points[rows // 2 :].astype(np.float32)


def fitted(rows: np.ndarray, **params: object) -> tuple[Hdbscan, np.ndarray]:
    ours = Hdbscan(HdbscanParams(**params))
    return ours, ours.fit(Points(rows), CONTEXT)


@pytest.mark.parametrize(
    ("params", "theirs"),
    [
        ({"min_cluster_size": 15}, {"min_cluster_size": 15}),
        (
            {"min_samples": 3, "selection": "leaf"},
            {"min_samples": 3, "cluster_selection_method": "leaf"},
        ),
        (
            {"epsilon": 2.0, "metric": "manhattan"},
            {"cluster_selection_epsilon": 2.0, "metric": "manhattan"},
        ),
        (
            {"min_cluster_size": 200, "allow_single_cluster": True},
            {"min_cluster_size": 200, "allow_single_cluster": True},
        ),
    ],
)
def test_labels_are_the_librarys(params: dict[str, object], theirs: dict[str, object]) -> None:
    train, _ = blobs()
    _, labels = fitted(train, **params)
    assert labels.dtype == np.int64
    model = hdbscan.HDBSCAN(approx_min_span_tree=False, **theirs)
    expected = model.fit_predict(train.astype(np.float64))
    np.testing.assert_array_equal(labels, expected)
    assert labels.max() >= 0


@pytest.mark.parametrize("spread", [1.2, 2.5])
@pytest.mark.parametrize(
    ("params", "theirs"),
    [
        ({"min_cluster_size": 15}, {"min_cluster_size": 15}),
        ({"min_cluster_size": 8, "min_samples": 4}, {"min_cluster_size": 8, "min_samples": 4}),
        (
            {"min_cluster_size": 8, "selection": "leaf"},
            {"min_cluster_size": 8, "cluster_selection_method": "leaf"},
        ),
    ],
)
def test_new_rows_agree_with_approximate_predict(
    spread: float, params: dict[str, object], theirs: dict[str, object]
) -> None:
    train, held_out = blobs(spread=spread)
    ours, _ = fitted(train, **params)
    model = hdbscan.HDBSCAN(prediction_data=True, approx_min_span_tree=False, **theirs)
    model.fit(train.astype(np.float64))
    expected, _ = hdbscan.approximate_predict(model, held_out.astype(np.float64))
    answer = ours.predict(Points(held_out), CONTEXT)
    assert answer.dtype == np.int64
    assert len(set(expected.tolist())) > 2
    assert (answer == expected).mean() >= 0.99


def test_moons_are_found_and_far_rows_are_noise() -> None:
    rows, truth = make_moons(400, noise=0.04, random_state=0)
    ours, labels = fitted(rows.astype(np.float32))
    same = labels[:, None] == labels[None]
    assert (same == (truth[:, None] == truth[None])).mean() > 0.98
    far = np.array([[30.0, 30.0], [-9.0, 0.4]], dtype=np.float32)
    assert (ours.predict(Points(far), CONTEXT) == -1).all()


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine"])
def test_restored_gives_the_same(metric: str) -> None:
    train, held_out = blobs()
    ours, _ = fitted(train, metric=metric, min_cluster_size=10)
    fresh = Hdbscan(ours.params)
    fresh.restore(ours.state())
    assert np.array_equal(
        ours.predict(Points(held_out), CONTEXT), fresh.predict(Points(held_out), CONTEXT)
    )


def test_cosine_does_not_see_length() -> None:
    train, held_out = blobs()
    ours, labels = fitted(train, metric="cosine", min_cluster_size=10)
    factor = np.random.default_rng(0).uniform(0.5, 2, (len(train), 1)).astype(np.float32)
    _, other = fitted(train * factor, metric="cosine", min_cluster_size=10)
    assert (labels == other).mean() > 0.99
    longer = ours.predict(Points(held_out * 3), CONTEXT)
    assert (longer == ours.predict(Points(held_out), CONTEXT)).mean() > 0.99


@pytest.mark.parametrize("n", [1, 2, 4])
def test_fewer_rows_than_a_cluster_are_noise(n: int) -> None:
    train, held_out = blobs()
    ours, labels = fitted(train[:n])
    assert labels.tolist() == [-1] * n
    assert (ours.predict(Points(held_out), CONTEXT) == -1).all()


@pytest.mark.parametrize("single", [False, True])
def test_constant_and_duplicate_rows(single: bool) -> None:
    for rows in (np.ones((20, 3)), np.repeat(np.eye(3) * 9, 10, axis=0)):
        rows = rows.astype(np.float32)
        ours, labels = fitted(rows, allow_single_cluster=single)
        again = ours.predict(Points(rows), CONTEXT)
        assert labels.min() >= -1
        assert np.array_equal(labels, again)


def test_whole_tree_as_one_cluster_has_a_reach() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    ours, labels = fitted(rows, min_cluster_size=100, allow_single_cluster=True)
    assert set(labels.tolist()) <= {-1, 0}
    answer = ours.predict(Points(np.array([[0, 0], [50, 50]], dtype=np.float32)), CONTEXT)
    assert answer.tolist() == [0, -1]


@pytest.mark.parametrize("backend", ["hdbscan", "graph"])
def test_equal_rows_leave_no_persistence_and_not_one_of_1_for_all(backend: str) -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(5 * i, 0.3, (60, 2)) for i in range(3)]).astype(np.float32)
    params = {"min_cluster_size": 20, "min_samples": 5, "backend": backend}
    ours, labels = fitted(rows, **params)
    assert len(ours.details().curves[0].y) == 3

    rows[:30] = rows[0]
    ours, labels = fitted(rows, **params)
    assert set(labels.tolist()) >= {0, 1, 2}
    assert ours.details().curves == ()


def test_details_hold_the_persistence_of_each_cluster() -> None:
    ours, labels = fitted(blobs()[0], min_cluster_size=15)
    details = ours.details()
    (curve,) = details.curves
    assert curve.x == tuple(range(1, labels.max() + 2))
    assert list(curve.y) == sorted(curve.y, reverse=True)
    assert details.values == {"noise_fraction": (labels == -1).mean()}


def test_nan_rows_are_refused() -> None:
    rows = blobs()[0]
    ours, _ = fitted(rows)
    rows = rows.copy()
    rows[3, 0] = np.nan
    for call in (ours.fit, ours.predict):
        with pytest.raises(InputError, match="1 of 300 rows"):
            call(Points(rows), CONTEXT)


def test_the_hook_gives_the_spec() -> None:
    (spec,) = clusterforge_clusterers()
    assert (spec.name, spec.predicts) == ("hdbscan", "approximate")
