import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import clusterforge
from clusterforge.builtin.clusterers import ConsensusParams, DbscanParams, KmeansParams
from clusterforge.clusterers.consensus import Consensus
from clusterforge.clusterers.dbscan import Dbscan
from clusterforge.clusterers.kmeans import Kmeans
from clusterforge.contracts import Clusterer, Context, Points
from clusterforge.errors import InputError


def rows_of(seed=0, far=3):
    """Return three groups of 25 rows and some rows far from all."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0], [9, 0], [0, 9]])
    rows = centres[np.arange(75) % 3] + rng.normal(size=(75, 2))
    return np.concatenate([rows, rng.uniform(40, 90, (far, 2))]).astype(np.float32)


BASES = {
    "kmeans": lambda: Kmeans(KmeansParams(n_clusters=3, restarts=1)),
    "dbscan": lambda: Dbscan(DbscanParams(eps=1.5, min_samples=4)),
}


def below(name):
    return BASES[name]()


def fit(rows, *, of=("kmeans",), seed=0, **params):
    values = {"n_clusters": 3, "restarts": 6, "of": of} | params
    clusterer = Consensus(ConsensusParams(**values))
    points = Points(rows, clusterings=dict.fromkeys(of, np.zeros(len(rows), np.int64)))
    labels = clusterer.fit(points, Context(seed=seed, below=below))
    return clusterer, points, labels


def test_groups_are_found_and_new_rows_follow():
    rows = rows_of(far=0)
    clusterer, points, labels = fit(rows)
    assert adjusted_rand_score(np.arange(75) % 3, labels) == 1
    new = rows_of(seed=1, far=0)
    predicted = clusterer.predict(Points(new), Context())
    assert (predicted == labels).all()
    assert (clusterer.predict(points, Context()) == labels).all()
    shares = clusterer.membership(points, Context())
    assert (shares.argmax(axis=1) == labels).all()
    assert clusterer.details().values["fits"] == 6
    assert clusterer.details().values["agreement"] > 0.8


def test_a_restored_one_asks_every_fit():
    clusterer, points, labels = fit(rows_of(), of=("kmeans", "dbscan"))
    restored = Consensus(clusterer.params)
    restored.restore(clusterer.state())
    context = Context(below=below)
    assert restored.predict(points, context).tolist() == labels.tolist()
    shares = restored.membership(points, context)
    np.testing.assert_array_equal(shares, clusterer.membership(points, Context()))


def test_a_number_is_found_where_the_tree_has_its_largest_step():
    clusterer, _, labels = fit(rows_of(far=0), n_clusters="auto")
    choice = clusterer.details().choice("n_clusters")
    assert labels.max() + 1 == choice.value == 3
    assert choice.curves[0].y.index(max(choice.curves[0].y)) + 2 == 3


def test_rows_that_most_fits_call_noise_are_noise_and_so_are_new_rows_next_to_them():
    rows = rows_of()
    clusterer, points, labels = fit(rows, of=("dbscan",))
    assert (labels[-3:] == -1).all()
    assert set(labels[:75]) >= {0, 1, 2}
    assert clusterer.predict(Points(rows[:1] + np.float32(500)), Context()).tolist() == [-1]
    shares = clusterer.membership(points, Context())
    assert shares[-3:].sum() == 0
    mixed, points, labels = fit(rows, of=("kmeans", "dbscan"))
    assert mixed.details().values["fits"] == 12
    # k-means, which can't call a row noise, has no say in that.
    assert (labels[-3:] == -1).all()
    assert (mixed.membership(points, Context())[-3:].sum(axis=1) <= 0.5).all()
    assert (mixed.predict(points, Context()) == labels).all()


def test_the_same_seed_gives_the_same_labels_and_another_seed_the_same_clusters():
    rows = rows_of(far=0) * np.float32(0.4)
    one, two, other = (fit(rows, seed=seed)[2] for seed in (0, 0, 7))
    assert one.tolist() == two.tolist()
    assert adjusted_rand_score(one, other) > 0.8


class Unable(Clusterer[KmeansParams]):
    """Labels its own rows alone."""

    def fit(self, points, context):
        return Kmeans(self.params).fit(points, context)


class Failing(Kmeans):
    """Fails every other time."""

    made = 0

    def fit(self, points, context):
        Failing.made += 1
        if Failing.made % 2:
            raise InputError("not today")
        return super().fit(points, context)


def test_clusterers_that_cannot_label_other_rows_vote_on_their_own(monkeypatch):
    params = KmeansParams(n_clusters=3, restarts=2)
    monkeypatch.setitem(BASES, "kmeans", lambda: Unable(params))
    assert adjusted_rand_score(np.arange(75) % 3, fit(rows_of(far=0))[2]) == 1


def test_fits_that_fail_are_counted(monkeypatch):
    params = KmeansParams(n_clusters=3, restarts=2)
    monkeypatch.setitem(BASES, "kmeans", lambda: Failing(params))
    clusterer, _, labels = fit(rows_of(far=0))
    assert adjusted_rand_score(np.arange(75) % 3, labels) == 1
    assert clusterer.warnings() == ("3 of 6 fits failed and have no vote: not today",)
    monkeypatch.setitem(BASES, "kmeans", lambda: Kmeans(KmeansParams(n_clusters=99)))
    with pytest.raises(InputError, match="no fit of kmeans succeeded: 99 clusters"):
        fit(rows_of(far=0))


def test_all_noise_and_too_many_clusters():
    far = np.arange(8, dtype=np.float32)[:, None] * 100
    clusterer, points, labels = fit(far, of=("dbscan",))
    assert set(labels.tolist()) == {-1}
    assert clusterer.predict(points, Context()).tolist() == labels.tolist()
    with pytest.raises(InputError) as error:
        fit(rows_of(far=0), n_clusters=70, restarts=1, share=1.0)
    assert error.value.key == "n_clusters"


def test_in_a_recipe(tmp_path):
    rows = rows_of()
    np.save(tmp_path / "rows.npy", rows)
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "rows.npy"), "features": "all"},
        "encoder": [{"use": "scale"}],
        "clusterer": [
            {"use": "kmeans", "n_clusters": "auto", "k_max": 4, "restarts": 1},
            {"use": "dbscan"},
            {"use": "consensus", "of": ["kmeans", "dbscan"], "n_clusters": "auto", "restarts": 3},
        ],
        "evaluation": {"null_draws": 0, "refits": 2},
        "report": {"projection": "pca"},
    }
    recipe["clusterer"].insert(2, {"use": "reassigned", "of": ["dbscan"]})
    recipe["clusterer"][3]["of"].append("reassigned")
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    assert run.metrics.clusterings["consensus"].of == ("kmeans", "dbscan", "reassigned")
    assert run.evaluation.clusterings["consensus"].stability.seeds is not None
    assert run.labels("consensus").shape == (78,)
    again = clusterforge.load(tmp_path / "run").predict(rows, clusterer="consensus")
    assert (again == run.labels("consensus")).mean() > 0.9
