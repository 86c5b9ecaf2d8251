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
    assert clusterer.details().values["inertia"] == pytest.approx(theirs.inertia_, rel=1e-4)


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
    choice = clusterer.details().choice("n_clusters")
    assert choice.value == 4
    assert choice.suggested == {"held-out": 4, "silhouette": 4, "elbow": 4}
    held_out, silhouette, elbow = choice.curves
    assert choice.tried == held_out.x
    assert (held_out.x[0], held_out.x[-1]) == (2, 30)
    assert silhouette.x[silhouette.y.index(max(silhouette.y))] == 4
    assert [curve.marks[0].value for curve in choice.curves] == [4, 4, 4]
    assert (silhouette.y_label, elbow.log) == ("mean silhouette", True)
    assert len(held_out.error) == len(held_out.x)
    assert (choice.by, silhouette.rows, clusterer.warnings()) == ("held-out", 240, [])


def test_a_choice_at_the_ceiling_is_told(blobs):
    clusterer = Kmeans(KmeansParams(n_clusters="auto", k_max=3))
    clusterer.fit(blobs[0], Context())
    (told,) = clusterer.warnings()
    assert told.startswith("held-out suggests 3 clusters, the most that were tried: raise k_max")


def test_a_choice_at_the_ceiling_of_so_few_rows_is_told_otherwise():
    rows = np.repeat(np.arange(10.0), 8)[:, None] * 100
    rows = rows + np.random.default_rng(0).normal(size=rows.shape)
    clusterer = Kmeans(KmeansParams(n_clusters="auto"))
    clusterer.fit(Points(rows.astype(np.float32)), Context())
    assert "held-out suggests 10 clusters, as many as were tried of so few rows" in " ".join(
        clusterer.warnings()
    )


def test_rules_that_disagree_are_told():
    rng = np.random.default_rng(0)  # two far halves of four groups each
    centres = np.array([[100 * (i // 4) + 3 * (i % 2), 3 * (i % 4 // 2)] for i in range(8)])
    rows = centres[np.arange(400) % 8] + 0.1 * rng.normal(size=(400, 2))
    clusterer = Kmeans(KmeansParams(n_clusters="auto", choose_by="gap", k_max=12))
    labels = clusterer.fit(Points(rows.astype(np.float32)), Context())
    choice = clusterer.details().choice("n_clusters")
    assert labels.max() + 1 == choice.value == choice.suggested["gap"] == 8
    (told,) = clusterer.warnings()
    assert "8 by gap, 2 by silhouette" in told
    assert told.endswith("; 8 was used")


def test_a_number_given_is_not_searched_for(blobs):
    clusterer = Kmeans(KmeansParams(n_clusters=4, choose_by="gap"))
    clusterer.fit(blobs[0], Context())
    assert set(clusterer.details().values) == {"inertia", "iterations"}
    assert clusterer.details().choices == ()


def test_classes_must_have_been_replaced(blobs):
    with pytest.raises(InputError, match="classes"):
        Kmeans(KmeansParams(n_clusters="classes")).fit(blobs[0], Context())


def test_many_rows_are_clustered_in_passes_as_well_as_by_every_restart(monkeypatch):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(50, 6))
    rows = (centres[rng.integers(50, size=20_000)] + 0.4 * rng.normal(size=(20_000, 6))).astype(
        "f4"
    )
    whole = Kmeans(KmeansParams(n_clusters=50))
    whole.fit(Points(rows), Context())
    assert set(whole.details().values) == {"inertia", "iterations"}
    monkeypatch.setattr("clusterforge.builtin.clusterer_costs.LLOYD_ROWS", 15_000)
    passes = Kmeans(KmeansParams(n_clusters=50))
    passes.fit(Points(rows), Context())
    assert passes.details().values["sampled_start"] == 16_384
    assert passes.details().values["inertia"] <= 1.005 * whole.details().values["inertia"]
