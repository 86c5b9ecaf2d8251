"""Classes of scikit-learn's kind as encoders and clusterers, and their state without a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import (
    DBSCAN,
    OPTICS,
    AffinityPropagation,
    Birch,
    BisectingKMeans,
    KMeans,
    MeanShift,
    MiniBatchKMeans,
)
from sklearn.decomposition import PCA, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.kernel_approximation import Nystroem
from sklearn.manifold import MDS, Isomap
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, RobustScaler, StandardScaler
from sklearn.random_projection import GaussianRandomProjection

from clusterforge.contracts import Context, Points, Texts, View
from clusterforge.contracts.items import Table
from clusterforge.errors import InputError
from clusterforge.storage.states import read_state, write_state
from tests.adapters.conftest import Made

CONTEXT = Context(seed=3, threads=1)


class Rounds:
    """A class of one's own: no base class, no parameters to get."""

    def __init__(self, width: float = 5.0) -> None:
        self.width = width

    def fit(self, X: Any) -> None:
        self.low = X.min(axis=0)
        self.labels_ = self.predict(X)

    def predict(self, X: Any) -> Any:
        return ((X[:, 0] - self.low[0]) // self.width).astype(np.int16)


class Keeps(Rounds):
    """Remembers a function, which is no value."""

    def fit(self, X: Any) -> None:
        self.rule = lambda rows: (rows[:, 0] > 0).astype(int)
        self.labels_ = self.predict(X)

    def predict(self, X: Any) -> Any:
        return self.rule(X)


class Forgets(Rounds):
    """Goes on without what it has learnt: restored, it answers wrong."""

    def fit(self, X: Any) -> None:
        self.bounds = {float(X[:, 0].mean())}
        self.labels_ = self.predict(X)

    def predict(self, X: Any) -> Any:
        return (X[:, 0] > sum(getattr(self, "bounds", ()))).astype(int)


class Gaps(Rounds):
    """Numbers its clusters 5, 10, 20, and says -1 to some; new rows may be of yet another one."""

    def predict(self, X: Any) -> Any:
        return np.array([-1, 5, 10, 20, 7, 0])[X[:, 0].astype(int)]


class Floats(Rounds):
    def fit(self, X: Any) -> None:
        self.labels_ = X[:, 0]

    predict = None


def through_files(state: Any, folder: Path) -> Any:
    write_state(folder, state)
    return read_state(folder)


@pytest.mark.parametrize(
    ("target", "keys"),
    [
        (KMeans, {"n_clusters": 3}),
        (MiniBatchKMeans, {"n_clusters": 3}),
        (BisectingKMeans, {"n_clusters": 3}),
        (MeanShift, {}),
        (AffinityPropagation, {}),
        (Birch, {"n_clusters": 3}),
        (GaussianMixture, {"n_components": 3}),
        (BayesianGaussianMixture, {"n_components": 3}),
        (Rounds, {"width": 4.0}),
        (KMeans(3), {}),
        (GaussianMixture(3, means_init=np.zeros((3, 5))), {}),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_a_clusterer_restored_from_files_predicts_the_same(
    made: Made, rows: Any, target: Any, keys: dict[str, Any], tmp_path: Path
) -> None:
    fitted = made("clusterer", target, **keys)
    labels = fitted.fit(Points(rows[::2]), CONTEXT)
    new = Points(rows[1::2])

    if target is BisectingKMeans:  # its tree of bisections is no value
        assert "restored, it fails" in str(fitted.not_restorable)
        assert "_bisecting_tree" in str(fitted.not_restorable)
        return
    assert fitted.not_restorable is None
    left = "dummy_leaf_, root_" if target is Birch else None
    assert fitted.details().values.get("not_stored") == left
    assert labels.dtype == np.int64
    fresh = made("clusterer", target, **keys)
    fresh.restore(through_files(fitted.state(), tmp_path))
    np.testing.assert_array_equal(fresh.predict(new, CONTEXT), fitted.predict(new, CONTEXT))
    assert fresh.predict(new, CONTEXT).dtype == np.int64
    np.testing.assert_array_equal(
        made("clusterer", target, **keys).fit(Points(rows[::2]), CONTEXT), labels
    )


@pytest.mark.parametrize(
    "target",
    [PCA, IncrementalPCA, TruncatedSVD, FastICA, StandardScaler, RobustScaler, Nystroem],
    ids=lambda target: target.__name__,
)
def test_an_encoder_restored_from_files_encodes_the_same(
    made: Made, rows: Any, target: Any, tmp_path: Path
) -> None:
    fitted = made("encoder", target)
    fitted.fit(View(Table(rows[::2])), CONTEXT)
    new = View(Table(rows[1::2]))

    fresh = made("encoder", target)
    fresh.restore(through_files(fitted.state(), tmp_path))

    assert fitted.not_restorable is None
    encoded = fresh.encode(new, CONTEXT)
    assert (encoded.dtype, len(encoded)) == (np.float32, 45)
    np.testing.assert_array_equal(encoded, fitted.encode(new, CONTEXT))


@pytest.mark.parametrize(
    ("kind", "target", "reason"),
    [
        ("clusterer", Keeps, r"restored, it fails: AttributeError.*pickle: rule\)"),
        ("clusterer", Forgets, r"once restored, it gives other results \(.*pickle: bounds\)"),
        ("encoder", Isomap, "restored, it fails"),
        ("encoder", make_pipeline(StandardScaler(), PCA(2)), "restored, it fails"),
    ],
    ids=["keeps", "forgets", "isomap", "pipeline"],
)
def test_a_state_that_is_not_enough_is_refused_and_the_fit_goes_on(
    made: Made, rows: Any, kind: str, target: Any, reason: str, tmp_path: Path
) -> None:
    given = Points(rows) if kind == "clusterer" else View(Table(rows))
    fitted = made(kind, target)

    fitted.fit(given, CONTEXT)
    after = fitted.predict if kind == "clusterer" else fitted.encode

    assert len(after(given, CONTEXT)) == 90
    warning = str(fitted.not_restorable)
    assert "later: once restored, it" in warning
    with pytest.raises(InputError, match=reason):
        made(kind, target).restore(through_files(fitted.state(), tmp_path))


def test_a_class_that_has_changed_since_is_noticed(made: Made, rows: Any) -> None:
    class Rounded(Rounds):
        def predict(self, X: Any) -> Any:
            return super().predict(X) + 1

    fitted = made("clusterer", Rounds)
    fitted.fit(Points(rows), CONTEXT)

    with pytest.raises(InputError, match="Rounded does not answer as it did in the run; its code"):
        made("clusterer", Rounded).restore(fitted.state())


def test_without_predict_there_is_nothing_to_keep(made: Made, rows: Any) -> None:
    for target in (DBSCAN, OPTICS):
        fitted = made("clusterer", target)
        fitted.fit(Points(rows), CONTEXT)
        assert (fitted.not_restorable, fitted.state().arrays) == (None, {})


def test_the_seed_is_the_stage_s_unless_the_recipe_gives_one(made: Made, rows: Any) -> None:
    fitted = made("encoder", GaussianRandomProjection, n_components=2)
    fitted.fit(View(Table(rows)), CONTEXT)
    expected = GaussianRandomProjection(2, random_state=3).fit_transform(rows)
    np.testing.assert_array_equal(fitted.encode(View(Table(rows)), CONTEXT), expected)

    own = made("encoder", GaussianRandomProjection, n_components=2, random_state=8)
    own.fit(View(Table(rows)), CONTEXT)
    expected = GaussianRandomProjection(2, random_state=8).fit_transform(rows)
    np.testing.assert_array_equal(own.encode(View(Table(rows)), CONTEXT), expected)


def test_the_seed_reaches_inside_a_copy_of_an_object(made: Made, rows: Any) -> None:
    given = make_pipeline(StandardScaler(), KMeans(3, n_init=1, init="random"))
    fitted = made("clusterer", given)

    labels = fitted.fit(Points(rows), CONTEXT)

    expected = make_pipeline(
        StandardScaler(), KMeans(3, n_init=1, init="random", random_state=3)
    ).fit_predict(rows)
    np.testing.assert_array_equal(labels, expected)
    assert given[1].random_state is None
    assert not hasattr(given[1], "cluster_centers_")


def test_global_random_state_is_left_alone(made: Made, rows: Any) -> None:
    before = np.random.get_state()[1].tolist()  # type: ignore[index,union-attr]

    made("clusterer", KMeans, n_clusters=3).fit(Points(rows), CONTEXT)

    assert np.random.get_state()[1].tolist() == before  # type: ignore[index,union-attr]


@pytest.mark.parametrize("target", [CountVectorizer, HashingVectorizer, TfidfVectorizer])
def test_texts_go_in_as_texts(made: Made, target: Any) -> None:
    texts = ["a red bird", "the red house", "a house and a bird"] * 3
    keys: dict[str, Any] = {"ngram_range": [1, 2]}
    keys |= {"n_features": 64} if target is HashingVectorizer else {}
    fitted = made("encoder", target, **keys)

    fitted.fit(View(Texts(texts)), CONTEXT)
    encoded = fitted.encode(View(Texts(texts[:2])), CONTEXT)

    keys["ngram_range"] = (1, 2)
    expected = target(**keys).fit(texts).transform(texts[:2]).toarray()
    np.testing.assert_array_equal(encoded, expected.astype(np.float32))


def test_labels_go_to_a_class_that_wants_them(made: Made, rows: Any) -> None:
    labels = np.repeat([0, 1, 2], 30)
    labels[:5] = -1
    fitted = made("encoder", LinearDiscriminantAnalysis)
    assert fitted.params.uses_labels

    fitted.fit(View(Table(rows), labels=labels), CONTEXT)

    expected = LinearDiscriminantAnalysis().fit(rows[5:], labels[5:]).transform(rows)
    np.testing.assert_allclose(
        fitted.encode(View(Table(rows)), CONTEXT), expected, rtol=1e-4, atol=1e-4
    )


def test_a_map_of_the_rows_it_is_fitted_on(made: Made, rows: Any) -> None:
    keys = {"n_init": 1, "max_iter": 5, "init": "random"}
    placed = made("encoder", MDS, **keys).fit_encode(View(Table(rows)), CONTEXT)

    np.testing.assert_allclose(
        placed, MDS(random_state=3, **keys).fit_transform(rows), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(
    ("keys", "key", "message"),
    [
        ({"n_clusters": "three"}, "n_clusters", "must be an int in the range"),
        ({"n_clusters": 1000}, None, "n_samples=90 should be >= n_clusters=1000"),
    ],
)
def test_what_scikit_learn_refuses_is_the_user_s(
    made: Made, rows: Any, keys: dict[str, Any], key: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message) as failed:
        made("clusterer", KMeans, **keys).fit(Points(rows), CONTEXT)

    assert failed.value.key == key


def test_labels_that_are_no_integers_are_left_for_the_core_to_refuse(made: Made, rows: Any) -> None:
    assert made("clusterer", Floats).fit(Points(rows), CONTEXT).dtype == np.float32


def test_a_sparse_matrix_that_does_not_fit_is_refused(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterforge.adapters.estimators.DENSE", 100)
    fitted = made("encoder", CountVectorizer)
    fitted.fit(View(Texts(["one two three"])), CONTEXT)
    with pytest.raises(InputError, match=r"3 columns.*max_features"):
        fitted.encode(View(Texts(["one"] * 9)), CONTEXT)


def test_quantiles_are_kept(made: Made, rows: Any) -> None:
    fitted = made("encoder", QuantileTransformer, n_quantiles=20)
    fitted.fit(View(Table(rows)), CONTEXT)
    assert fitted.not_restorable is None


def test_gaps_between_clusters_are_closed(made: Made, tmp_path: Path) -> None:
    def points(*rows: int) -> Points:
        return Points(np.array([[row] for row in rows], dtype=np.float32))

    clusterer = made("clusterer", Gaps)

    assert clusterer.fit(points(1, 2, 3, 0, 3), CONTEXT).tolist() == [0, 1, 2, -1, 2]
    again = made("clusterer", Gaps)
    again.restore(through_files(clusterer.state(), tmp_path))
    twice = made("clusterer", Gaps)
    twice.restore(again.state())
    for one in (clusterer, again, twice):
        assert one.predict(points(3, 2, 1, 0), CONTEXT).tolist() == [2, 1, 0, -1]
        new = one.predict(points(4, 5, 4), CONTEXT)
        assert new[0] == new[2] != new[1]
        assert min(new) > 2
    assert clusterer.fit(points(5, 5), CONTEXT).tolist() == [0, 0]
    assert clusterer.predict(points(5), CONTEXT).tolist() == [0]
