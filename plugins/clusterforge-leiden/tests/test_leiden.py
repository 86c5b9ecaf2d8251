from __future__ import annotations

import json
import random
import re
from collections import Counter

import igraph
import numpy as np
import pytest
from clusterforge_leiden.graph import edges
from clusterforge_leiden.leiden import Leiden, count, majority, numbered, seeded
from clusterforge_leiden.plugin import LeidenParams, clusterforge_clusterers
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError
from clusterforge.numerics.neighbors import knn

CONTEXT = Context(seed=3)


def blobs(rows: int = 400, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fitted rows, their blobs, and as many held-out rows."""
    points, truth = make_blobs(2 * rows, 5, centers=4, cluster_std=spread, random_state=0)
    points = points.astype(np.float32)
    return points[:rows], truth[:rows], points[rows:]


def fitted(rows: np.ndarray, seed: int = 3, **params: object) -> tuple[Leiden, np.ndarray]:
    ours = Leiden(LeidenParams(**params))
    return ours, ours.fit(Points(rows), Context(seed=seed))


@pytest.mark.parametrize("weights", ["fuzzy", "jaccard", "equal"])
def test_separate_blobs_are_the_communities(weights: str) -> None:
    train, truth, _ = blobs()
    # At resolution 1 a blob may be cut in two; a lower one leaves it whole.
    ours, labels = fitted(train, weights=weights, resolution=0.1)
    assert labels.dtype == np.int64
    assert adjusted_rand_score(truth, labels) == 1.0
    assert ours.details().values["noise_fraction"] == 0


def test_moons_need_no_round_clusters() -> None:
    rows, truth = make_moons(400, noise=0.05, random_state=0)
    _, labels = fitted(rows.astype(np.float32), n_clusters=2)
    assert adjusted_rand_score(truth, labels) > 0.98


@pytest.mark.parametrize(
    ("objective", "theirs", "resolution"),
    [("modularity", "modularity", 1.3), ("cpm", "CPM", 0.2)],
)
def test_communities_are_the_librarys(objective: str, theirs: str, resolution: float) -> None:
    train, _, _ = blobs(spread=4.0)
    _, labels = fitted(
        train, weights="equal", objective=objective, resolution=resolution, neighbors=8
    )
    near = NearestNeighbors(n_neighbors=8).fit(train).kneighbors(return_distance=False)
    pairs = sorted({(min(i, j), max(i, j)) for i, row in enumerate(near.tolist()) for j in row})
    with seeded(3):
        found = igraph.Graph(len(train), pairs).community_leiden(
            theirs, weights=[1.0] * len(pairs), resolution=resolution, n_iterations=-1
        )
    assert len(found) > 4
    assert adjusted_rand_score(found.membership, labels) == 1.0


def test_modularity_equals_a_plain_sum() -> None:
    train, _, _ = blobs(120, spread=4.0)
    ours, labels = fitted(train, min_cluster_size=20)
    assert (labels == -1).any()
    pairs, weight = edges(*knn(train, 15), "fuzzy")
    label = np.where(labels >= 0, labels, 1000 + np.arange(len(labels)))
    degree, inside = np.zeros(len(label)), 0.0
    for (i, j), w in zip(pairs.tolist(), weight.tolist(), strict=True):
        degree[i] += w
        degree[j] += w
        inside += w * (label[i] == label[j])
    total = weight.sum()
    expected = inside / total
    for one in set(label.tolist()):
        expected -= (degree[label == one].sum() / (2 * total)) ** 2
    assert ours.details().values["modularity"] == pytest.approx(expected, abs=1e-12)


def test_communities_are_connected() -> None:
    train, _, _ = blobs(spread=5.0)
    _, labels = fitted(train, neighbors=5)
    pairs, _ = edges(*knn(train, 5), "fuzzy")
    graph = igraph.Graph(len(train), pairs)
    for cluster in range(count(labels)):
        assert graph.induced_subgraph(np.flatnonzero(labels == cluster)).is_connected()


@pytest.mark.parametrize("objective", ["modularity", "cpm"])
@pytest.mark.parametrize("wanted", [4, 6, 9])
def test_the_number_of_clusters_is_reached(objective: str, wanted: int) -> None:
    train, _, _ = blobs(spread=3.0)
    ours, labels = fitted(train, objective=objective, n_clusters=wanted)
    choice = ours.details().choice("resolution")
    assert len(set(labels.tolist())) == wanted
    assert choice.by.startswith(f"{wanted} clusters wanted, {wanted} after ")
    _, again = fitted(train, objective=objective, resolution=choice.value)
    np.testing.assert_array_equal(again, labels)


def test_what_cannot_be_reached_is_told() -> None:
    train, truth, _ = blobs(spread=0.5)  # four separate parts
    ours, labels = fitted(train, n_clusters=2)
    assert adjusted_rand_score(truth, labels) == 1.0
    match = re.fullmatch(
        r"2 clusters wanted, 4 after (\d+) tries", ours.details().choice("resolution").by
    )
    assert int(match[1]) < 24


def test_noise_does_not_mislead_the_search() -> None:
    train, _, _ = blobs(spread=3.0)
    _, labels = fitted(train, n_clusters=4, min_cluster_size=40, resolution=50.0)
    assert count(labels) == 4
    assert (labels == -1).mean() < 0.5


def test_small_communities_are_noise() -> None:
    train, _, _ = blobs(spread=0.5)
    rows = np.vstack([train, np.full((3, 5), 90.0, np.float32) + np.eye(3, 5, dtype=np.float32)])
    _, labels = fitted(rows, neighbors=2, resolution=1e-6, min_cluster_size=4)
    assert (labels[-3:] == -1).all()
    assert np.bincount(labels[labels >= 0]).min() >= 4


def test_labels_are_numbered_by_first_member() -> None:
    found = numbered(np.array([7, 7, 2, 9, 2, 7]), 2)
    assert found.tolist() == [0, 0, 1, -1, 1, 0]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_new_rows_take_the_weighted_majority(metric: str) -> None:
    train, _, held_out = blobs(spread=4.0)
    held_out[0] = train[5]
    ours, labels = fitted(train, metric=metric, neighbors=7, min_cluster_size=60)
    assert (labels == -1).any()
    answer = ours.predict(Points(held_out), CONTEXT)
    a, b = train.astype(float), held_out.astype(float)
    if metric == "cosine":
        a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    for row, label in zip(b[1:], answer[1:], strict=True):
        distance = np.sqrt(((a - row) ** 2).sum(axis=1))
        votes: Counter[int] = Counter()
        for near in np.argsort(distance)[:7]:
            votes[int(labels[near])] += 1 / distance[near]
        assert label == votes.most_common(1)[0][0]
    assert answer[0] == labels[5]
    assert answer.dtype == np.int64


def test_near_rows_outvote_more_that_are_far() -> None:
    labels = np.array([[0, 1, 1], [0, 1, 1], [2, 1, 1], [3, -1, 4]])
    distance = np.array([[1, 4, 4], [1, 1.5, 1.5], [0, 1e-30, 1e-30], [5, 5, 5]], np.float32)
    assert majority(labels, distance).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("weights", ["fuzzy", "jaccard"])
def test_fitted_rows_keep_their_labels_and_state_restores(weights: str) -> None:
    train, _, held_out = blobs(spread=4.0)
    ours, labels = fitted(train, weights=weights)
    np.testing.assert_array_equal(ours.predict(Points(train), CONTEXT), labels)
    state = ours.state()
    fresh = Leiden(ours.params)
    fresh.restore(type(state)(state.arrays, json.loads(json.dumps(state.meta, allow_nan=False))))
    np.testing.assert_array_equal(
        fresh.predict(Points(held_out), CONTEXT), ours.predict(Points(held_out), CONTEXT)
    )


def test_the_seed_decides_and_the_global_generator_does_not() -> None:
    rows = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    random.seed(1)
    before = random.getstate()
    _, one = fitted(rows, seed=0)
    assert random.getstate() == before
    random.seed(2)
    _, two = fitted(rows, seed=0)
    np.testing.assert_array_equal(one, two)
    assert any((fitted(rows, seed=seed)[1] != one).any() for seed in range(1, 5))


def test_igraph_draws_from_its_default_again_afterwards() -> None:
    for fails in (False, True):
        try:
            with seeded(0):
                random.seed(5)
                before = random.getstate()
                igraph.Graph.Erdos_Renyi(50, 0.1)
                assert random.getstate() == before
                if fails:
                    raise KeyError
        except KeyError:
            pass
        igraph.Graph.Erdos_Renyi(50, 0.1)
        assert random.getstate() != before


def test_cosine_does_not_see_length() -> None:
    train, _, _ = blobs(spread=3.0)
    factor = 2.0 ** np.random.default_rng(0).integers(-3, 4, (len(train), 1)).astype(np.float32)
    _, labels = fitted(train, metric="cosine")
    _, other = fitted(train * factor, metric="cosine")
    np.testing.assert_array_equal(labels, other)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("smallest", [1, 2])
def test_few_rows(n: int, smallest: int) -> None:
    train, _, held_out = blobs()
    ours, labels = fitted(train[:n], min_cluster_size=smallest)
    assert len(labels) == n
    assert set(labels.tolist()) == ({-1} if n < smallest else set(range(count(labels))))
    assert len(ours.predict(Points(held_out), CONTEXT)) == len(held_out)
    assert len(ours.predict(Points(held_out[:0]), CONTEXT)) == 0


def test_constant_and_duplicate_rows() -> None:
    for rows in (np.ones((40, 3)), np.repeat(np.eye(3) * 9, 30, axis=0)):
        rows = rows.astype(np.float32)
        ours, labels = fitted(rows)
        again = ours.predict(Points(rows), CONTEXT)
        groups = np.unique(rows, axis=0, return_inverse=True)[1]
        assert adjusted_rand_score(groups, labels) > 0.6
        assert adjusted_rand_score(groups, again) > 0.6


@pytest.mark.parametrize(
    ("rows", "params", "message"),
    [
        (np.zeros((0, 3)), {}, "columns are too few"),
        (np.array([[0, 1], [np.nan, 0], [1, 1]]), {}, "1 of 3 rows"),
        (np.eye(3), {"n_clusters": 4}, "n_clusters: 4 clusters of 3 rows"),
        (np.eye(3), {"n_clusters": "classes"}, "n_clusters: 'classes'"),
    ],
)
def test_what_cannot_be_clustered(
    rows: np.ndarray, params: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        fitted(rows.astype(np.float32), **params)


def test_new_rows_of_another_width_or_out_of_reach_are_refused() -> None:
    train, _, held_out = blobs()
    ours, _ = fitted(train)
    with pytest.raises(InputError, match="rows have 2 columns; it was fitted on 5"):
        ours.predict(Points(held_out[:, :2]), CONTEXT)
    with pytest.raises(InputError, match="too far"):
        ours.predict(Points(np.full((1, 5), 1e38, np.float32)), CONTEXT)


def test_the_hook_gives_the_spec() -> None:
    (spec,) = clusterforge_clusterers()
    assert (spec.name, spec.predicts, spec.stochastic) == ("leiden", "approximate", True)
