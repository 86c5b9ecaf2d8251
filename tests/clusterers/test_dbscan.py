import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from clusterforge.builtin.clusterers import DbscanParams
from clusterforge.clusterers import dbscan
from clusterforge.clusterers.dbscan import Dbscan, by_graph, chosen
from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError
from clusterforge.numerics import radius


def fit(rows, **params):
    clusterer = Dbscan(DbscanParams(**params))
    return clusterer, clusterer.fit(Points(np.float32(rows)), Context())


@pytest.mark.parametrize("case", range(40))
def test_labels_are_those_of_scikit_learn(case, monkeypatch):
    """Numbers of clusters and border rows included; several blocks, ties, offsets, both metrics."""
    rng = np.random.default_rng(case)
    monkeypatch.setattr(radius.block_pairs, "__defaults__", (64,))
    monkeypatch.setattr(radius.blocks, "__defaults__", (64,))
    n, d = int(rng.integers(1, 500)), int(rng.integers(1, 6))
    rows = rng.normal(size=(n, d)).astype(np.float32)
    eps, metric = float(rng.uniform(0.05, 1)), "euclidean"
    if case % 3 == 0:  # many pairs at exactly eps
        rows, eps = np.round(rows * 4) / 4, float(rng.choice([0.25, 0.5, 0.75]))
    if case % 4 == 1:
        rows += 1000
    if case % 5 == 4:
        metric, eps = "cosine", eps / 50
    min_samples = int(rng.integers(1, 9))
    _, labels = fit(rows, eps=eps, min_samples=min_samples, metric=metric)
    theirs = DBSCAN(eps=eps, min_samples=min_samples, metric=metric).fit(rows.astype(np.float64))
    assert labels.tolist() == theirs.labels_.tolist()


def test_a_border_row_takes_the_first_cluster():
    rows = [[3.0], [3.1], [3.2], [2.1], [1.0], [1.1], [1.2]]
    _, labels = fit(rows, eps=1.15, min_samples=4)
    theirs = DBSCAN(eps=1.15, min_samples=4).fit(np.float32(rows).astype(np.float64))
    assert labels.tolist() == theirs.labels_.tolist()


def test_a_border_row_between_two_clusters_of_several_blocks(monkeypatch):
    monkeypatch.setattr(radius.blocks, "__defaults__", (64,))
    side = 0.01 * np.arange(100)
    rows = np.concatenate([side, 3.99 - side, [1.995]])[:, None]
    _, labels = fit(rows, eps=1.02, min_samples=50)
    assert labels[-1] == 0
    assert set(labels[:100]) == {0}
    assert set(labels[100:-1]) == {1}


def test_prediction_is_the_nearest_core_point_within_eps(blobs):
    clusterer = Dbscan(DbscanParams(eps=1.5, min_samples=6))
    labels = clusterer.fit(blobs[0], Context())
    rows = blobs[0].embedding
    gaps = np.linalg.norm(rows[:, None].astype(float) - rows[None], axis=2)
    core = np.flatnonzero((gaps <= 1.5).sum(1) >= 6)
    assert (labels == -1).any()
    new = rows + np.random.default_rng(2).normal(size=rows.shape).astype(np.float32)
    expected = []
    for row in new.astype(float):
        gap = np.linalg.norm(rows[core] - row, axis=1)
        expected.append(labels[core[gap.argmin()]] if gap.min() <= 1.5 else -1)
    found = clusterer.predict(Points(new), Context())
    assert found.tolist() == expected
    assert {-1, 0, 1, 2, 3} <= set(expected)


def test_auto_eps_finds_the_groups(blobs):
    clusterer = Dbscan(DbscanParams())
    labels = clusterer.fit(blobs[0], Context())
    assert labels.max() == 3
    assert (labels == -1).mean() < 0.2
    details, choice = clusterer.details(), clusterer.details().choice("eps")
    assert details.values["min_samples"] == 10
    assert details.values["clusters_that_last"] == 4
    assert choice.value == choice.suggested[choice.by] == clusterer.eps
    low, high = (details.values[f"they_last_{end}_eps"] for end in ("from", "to"))
    assert low <= clusterer.eps <= high * 1.01
    assert clusterer.warnings() == []
    (graph,) = choice.curves
    assert list(graph.y) == sorted(graph.y)
    assert (graph.marks[0].value, graph.marks[0].axis) == (clusterer.eps, "y")


def test_the_curve_is_bounded():
    rows = np.random.default_rng(0).normal(size=(3000, 2))
    clusterer, _ = fit(rows, min_samples=3)
    (graph,) = clusterer.details().all_curves
    assert len(graph.x) == len(graph.y) == dbscan.CURVE_POINTS
    assert (graph.x[0], graph.x[-1]) == (1, graph.rows) == (1, dbscan.CURVE_ROWS)


@pytest.mark.parametrize(("columns", "expected"), [(1, 10), (2, 10), (7, 14), (64, 20)])
def test_auto_min_samples(columns, expected):
    rows = np.random.default_rng(0).normal(size=(40, columns))
    assert fit(rows)[0].details().values["min_samples"] == expected


def test_auto_eps_keeps_pairs_at_the_knee():
    """On a line of equal steps every distance is the knee."""
    _, labels = fit(0.1 * np.arange(50)[:, None], min_samples=2)
    assert set(labels) == {0}


def test_auto_eps_on_repeated_rows():
    assert chosen(np.zeros(5, np.float32)) == pytest.approx(1, rel=1e-4)
    assert chosen(np.float32([0, 0, 0, 0, 0, 0, 0, 0, 2, 5])) > 0
    _, labels = fit(np.repeat([[0.0, 0], [1, 1]], 30, axis=0))
    assert set(labels[:30]) == {0}
    assert set(labels[30:]) == {1}


def test_cosine_looks_at_directions_only():
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 3, 90)
    rows = (np.eye(3)[groups] + 0.05 * rng.normal(size=(90, 3))) * rng.uniform(0.01, 100, (90, 1))
    _, labels = fit(rows, metric="cosine", eps=0.05, min_samples=5)
    assert (labels == np.unique(groups, return_index=True)[1].argsort().argsort()[groups]).all()


def test_a_zero_row_has_no_direction():
    rows = np.vstack([np.repeat([[1.0, 0]], 10, axis=0), [[0, 0]], [[1, 0.001]]])
    clusterer, labels = fit(rows, metric="cosine", eps=0.6, min_samples=3)
    assert labels.tolist() == [0] * 10 + [-1, 0]
    assert clusterer.predict(Points(np.zeros((1, 2), np.float32)), Context()).tolist() == [-1]


@pytest.mark.parametrize("rows", [np.zeros((1, 3)), np.random.default_rng(0).normal(size=(9, 3))])
def test_all_noise(rows):
    clusterer, labels = fit(rows, eps=1e-6, min_samples=2)
    assert set(labels) == {-1}
    assert set(clusterer.predict(Points(np.float32(rows)), Context())) == {-1}


def test_row_order_does_not_matter_beyond_names(blobs):
    rows = blobs[0].embedding
    order = np.random.default_rng(1).permutation(len(rows))
    _, labels = fit(rows, eps=2.0, min_samples=4)
    _, mixed = fit(rows[order], eps=2.0, min_samples=4)
    assert ((labels == -1)[order] == (mixed == -1)).all()


def test_a_dense_set_needs_little_memory():
    """Every row is near every other: neighbourhoods would be 6,000² indices, 288 MB."""
    import tracemalloc

    rows = np.random.default_rng(0).normal(size=(6000, 8)).astype(np.float32)
    tracemalloc.start()
    _, labels = fit(rows, eps=100.0, min_samples=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(labels) == {0}
    assert peak < 40e6


def test_distances_that_overflow():
    with pytest.raises(InputError, match="overflow"):
        fit(3e38 * np.array([[1, 1, 1], [-1, -1, -1.0]] * 3), min_samples=4)


@pytest.mark.parametrize("seed", range(4))
def test_auto_eps_on_two_moons(seed):
    rows, halves = make_moons(400, noise=0.06, random_state=seed)
    _, labels = fit(rows)
    assert adjusted_rand_score(halves, labels) > 0.95


def test_auto_eps_goes_below_a_knee_that_merges():
    """A few far rows put the knee beyond the distance between two groups."""
    rng = np.random.default_rng(1)
    groups = np.repeat([0, 1], 150)
    far = rng.uniform(-20, 20, (60, 2))
    apart = 2.5 * groups[:, None] * [1, 0]
    rows = np.vstack([rng.normal(size=(300, 2)) * 0.5 + apart, far])
    clusterer, labels = fit(rows)
    choice = clusterer.details().choice("eps")
    assert choice.by == "lasting"
    assert fit(rows, eps=choice.suggested["knee"])[1].max() == 0
    assert choice.value < 0.95 * choice.suggested["knee"]
    assert adjusted_rand_score(groups, labels[:300]) > 0.8


def test_rows_without_dense_groups_are_told():
    clusterer, labels = fit(np.random.default_rng(0).normal(size=(500, 3)))
    assert labels.max() == 0
    (told,) = clusterer.warnings()
    assert "density does not tell clusters apart" in told
    assert fit(np.zeros((50, 2)), eps=1.0)[0].warnings() == []


def test_the_range_of_radii_moves_cosine_distances_as_others():
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 4, 300)
    rows = np.eye(4)[groups] + 0.08 * rng.normal(size=(300, 4))
    _, labels = fit(rows, metric="cosine")
    assert adjusted_rand_score(groups, labels) > 0.95


def test_the_graph_of_many_rows_finds_the_same_clusters(monkeypatch):
    groups = np.random.default_rng(0).normal(size=(6, 8)) * 6
    rng = np.random.default_rng(1)
    rows = (groups[rng.integers(6, size=2500)] + rng.normal(size=(2500, 8))).astype(np.float32)
    params = DbscanParams(eps=2.2, min_samples=8)
    expected = Dbscan(params).fit(Points(rows), Context())
    labels, core, recall = by_graph(rows, 2.2, 8, exact_rows=500)
    assert recall is not None
    assert adjusted_rand_score(labels, expected) > 0.98
    monkeypatch.setattr(dbscan, "EXACT_ROWS", 2000)
    ours = Dbscan(params)
    exactly = ours.fit(Points(rows), Context())
    # Where neighbours are exact, so are core points.
    theirs = DBSCAN(eps=2.2, min_samples=8).fit(rows).core_sample_indices_
    np.testing.assert_array_equal(ours.anchors, rows[theirs])
    assert adjusted_rand_score(exactly, expected) > 0.98
    assert np.isin(core, theirs).mean() > 0.98
