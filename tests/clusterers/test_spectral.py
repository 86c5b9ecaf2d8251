from collections import Counter

import numpy as np
import pytest
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_circles, make_moons
from sklearn.metrics import adjusted_rand_score

from clusterforge.builtin.clusterer_costs import nodes
from clusterforge.builtin.clusterers import SpectralParams
from clusterforge.clusterers import spectral as module
from clusterforge.clusterers.anchored import drawn
from clusterforge.clusterers.spectral import Spectral, majority
from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError


def make(**params):
    return Spectral(SpectralParams(**params))


@pytest.mark.parametrize("shape", [make_moons, make_circles])
def test_rings_and_moons(shape):
    rows, groups = shape(
        400, noise=0.03, random_state=0, **({"factor": 0.4} if shape is make_circles else {})
    )
    points = Points(rows.astype(np.float32))
    labels = make(n_clusters=2).fit(points, Context())
    assert adjusted_rand_score(groups, labels) == 1
    theirs = SpectralClustering(2, affinity="nearest_neighbors", random_state=0)
    with pytest.warns(UserWarning, match="fully connected"):
        assert adjusted_rand_score(theirs.fit_predict(rows), labels) == 1


def test_as_scikit_learn_where_groups_touch():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, 300)
    rows = (3.5 * np.eye(3)[groups] + rng.normal(size=(300, 3))).astype(np.float32)
    labels = make(n_clusters=3, neighbors=15).fit(Points(rows), Context())
    theirs = SpectralClustering(
        3, affinity="nearest_neighbors", n_neighbors=16, random_state=0
    ).fit(rows)
    assert adjusted_rand_score(theirs.labels_, labels) > 0.95


def test_new_rows_take_the_majority_of_their_neighbours(blobs):
    clusterer = make(n_clusters=4, neighbors=7)
    labels = clusterer.fit(blobs[0], Context())
    rows = np.random.default_rng(2).normal(scale=5, size=(80, 5)).astype(np.float32)
    expected = []
    for row in rows.astype(float):
        near = np.linalg.norm(blobs[0].embedding - row, axis=1).argsort(kind="stable")[:7]
        votes = Counter(labels[near].tolist())
        expected.append(next(int(v) for v in labels[near] if votes[int(v)] == max(votes.values())))
    assert clusterer.predict(Points(rows), Context()).tolist() == expected


def test_majority_prefers_the_nearest_of_equals():
    labels = np.array([[2, 1, 1, 2], [3, 3, 0, 1], [0, 1, 1, 1]])
    assert majority(labels).tolist() == [2, 3, 1]


def test_more_eigenvectors_than_rows():
    with pytest.raises(InputError, match="9 eigenvectors of 5 rows") as caught:
        make(n_clusters=2, components=9).fit(Points(np.eye(5, dtype=np.float32)), Context())
    assert caught.value.key == "components"


@pytest.mark.parametrize("n", [2, 3, 11])
def test_few_rows(n):
    rows = np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32)
    assert len(set(make(n_clusters=2).fit(Points(rows), Context()))) == 2


def test_sampled_rows_keep_the_label_of_their_own_clustering():
    rows = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    picked = drawn(300, 200, 0)
    labels = make(n_clusters=4, sample=200).fit(Points(rows), Context())
    assert (
        labels[picked].tolist() == make(n_clusters=4).fit(Points(rows[picked]), Context()).tolist()
    )


def test_equal_rows_are_not_parted():
    rows = np.repeat(np.eye(3, dtype=np.float32), 10, axis=0)
    with pytest.raises(InputError, match="4 clusters of 3 distinct rows; use at most 3"):
        make(n_clusters=4).fit(Points(rows), Context())
    assert len(set(make(n_clusters=3, neighbors=3).fit(Points(rows), Context()))) == 3


def test_merged_nodes_give_the_clusters_of_rows():
    rows, _ = make_moons(6000, noise=0.05, random_state=0)
    points = Points(rows.astype(np.float32))
    exact = make(n_clusters=2, nodes="rows").fit(points, Context())
    clusterer = make(n_clusters=2, nodes="microclusters")
    labels = clusterer.fit(points, Context())
    assert adjusted_rand_score(exact, labels) > 0.98
    values = clusterer.details().values
    assert 1000 < values["microclusters"] <= 1500
    assert values["exact_agreement"] > 0.95
    assert values["exact_rows"] == 5000


@pytest.mark.parametrize(
    ("rows", "clusters", "expected"),
    [(50_000, 10, 0), (50_001, 10, 5_000), (50_001, 400, 8_000), (50_001, 2_001, 0)],
)
def test_nodes_by_the_number_of_rows(rows, clusters, expected):
    assert nodes(SpectralParams(n_clusters=clusters), rows, clusters) == expected


def test_more_clusters_than_micro_clusters(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(80, 2)).astype(np.float32)
    monkeypatch.setattr(module, "nodes", lambda params, rows, clusters: 3)
    with pytest.raises(InputError, match="4 clusters of 3 micro-clusters"):
        make(n_clusters=4).fit(Points(rows), Context())
