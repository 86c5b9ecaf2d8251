import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from clusterforge.builtin.clusterers import KmeansParams
from clusterforge.clusterers.kmeans import Kmeans
from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError


def test_as_scikit_learn(blobs):
    points, _ = blobs
    clusterer = Kmeans(KmeansParams(n_clusters=4))
    labels = clusterer.fit(points, Context())
    theirs = KMeans(4, n_init=10, random_state=0).fit(points.embedding)
    assert adjusted_rand_score(theirs.labels_, labels) == 1
    assert clusterer.details()["inertia"] == pytest.approx(theirs.inertia_, rel=1e-4)


def test_new_rows_go_to_the_nearest_centroid(blobs):
    clusterer = Kmeans(KmeansParams(n_clusters=4))
    clusterer.fit(blobs[0], Context())
    rows = np.random.default_rng(1).normal(scale=6, size=(50, 5)).astype(np.float32)
    nearest = [
        min(range(4), key=lambda j: ((row - clusterer.centroids[j]) ** 2).sum()) for row in rows
    ]
    assert clusterer.predict(Points(rows), Context()).tolist() == nearest


def test_auto_finds_the_groups_and_shows_its_curve(blobs):
    clusterer = Kmeans(KmeansParams(n_clusters="auto"))
    labels = clusterer.fit(blobs[0], Context())
    assert adjusted_rand_score(blobs[1], labels) == 1
    details = clusterer.details()
    assert details["n_clusters"] == 4
    assert max(details["curve"], key=lambda entry: entry["silhouette"])["k"] == 4


def test_classes_must_have_been_replaced(blobs):
    with pytest.raises(InputError, match="classes"):
        Kmeans(KmeansParams(n_clusters="classes")).fit(blobs[0], Context())
