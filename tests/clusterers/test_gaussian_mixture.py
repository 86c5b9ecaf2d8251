from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Theirs

from clusterforge.builtin.clusterers import GaussianMixtureParams
from clusterforge.clusterers import gaussian_mixture as module
from clusterforge.clusterers.gaussian_mixture import GaussianMixture
from clusterforge.contracts import Context, Points, StoredRows
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import blocks

COVARIANCES = ["full", "tied", "diag", "spherical"]


def make(**params):
    return GaussianMixture(GaussianMixtureParams(**{"n_clusters": 3, **params}))


@pytest.fixture
def ovals():
    rng = np.random.default_rng(0)
    parts = [
        rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) + 2.5 * rng.normal(size=3)
        for n in (150, 80, 60)
    ]
    return np.vstack(parts).astype(np.float32)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_as_scikit_learn_on_the_rows_as_they_are(covariance, ovals):
    ours = make(covariance=covariance, reg=0.0)
    labels = ours.fit(Points(ovals), Context())
    rows = ovals.astype(np.float64)
    theirs = Theirs(3, covariance_type=covariance, reg_covar=0.0, max_iter=200, random_state=0)
    assert (theirs.fit_predict(rows) == labels).all()
    assert ours.details().values["log_likelihood"] == pytest.approx(theirs.lower_bound_, abs=1e-6)
    shares = ours.membership(Points(ovals), Context())
    assert (shares.dtype, shares.shape) == (np.float32, (len(ovals), 3))
    np.testing.assert_allclose(shares, theirs.predict_proba(rows), atol=1e-5)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_unit_of_the_rows_does_not_matter(covariance, unit):
    rows = load_iris().data.astype(np.float32)
    expected = make(covariance=covariance).fit(Points(rows), Context())
    labels = make(covariance=covariance).fit(Points(rows * np.float32(unit)), Context())
    assert len(set(labels.tolist())) == 3
    assert adjusted_rand_score(expected, labels) > 0.98


def test_likelihood_never_falls(ovals):
    values = []
    for steps in range(1, 12):
        clusterer = make(max_iter=steps, tol=0.0)
        clusterer.fit(Points(ovals), Context())
        values.append(clusterer.details().values["log_likelihood"])
    assert (np.diff(values) >= -1e-9).all()


def test_groups_of_unequal_spread(blobs):
    labels = make(n_clusters=4).fit(blobs[0], Context())
    assert adjusted_rand_score(blobs[1], labels) == 1


def test_more_restarts_are_never_worse(ovals):
    def likelihood(restarts):
        clusterer = make(n_clusters=8, restarts=restarts)
        clusterer.fit(Points(ovals), Context())
        return clusterer.details().values["log_likelihood"]

    assert likelihood(4) >= likelihood(1)


def test_flat_data_without_regularisation():
    rows = np.zeros((40, 2), np.float32)
    rows[:, 0] = np.random.default_rng(0).normal(size=40)
    for covariance in COVARIANCES[:3]:
        with pytest.raises(InputError, match="not positive definite") as caught:
            make(reg=0.0, covariance=covariance).fit(Points(rows), Context())
        assert caught.value.key == "reg"


def test_rows_far_away_and_none(ovals):
    ours = make()
    ours.fit(Points(ovals), Context())
    far = Points(np.float32([[1e18, 0, 0], [-1e18, 1e18, 3]]))
    assert ours.membership(far, Context()).sum(axis=1) == pytest.approx(1)
    assert ours.membership(Points(ovals[:0]), Context()).shape == (0, 3)
    assert ours.predict(Points(ovals[:0]), Context()).shape == (0,)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_component_that_is_no_rows_largest_is_left_out(covariance, ovals):
    ours = make(covariance=covariance)
    expected = ours.fit(Points(ovals), Context())
    ours._keep(np.array([0, 2]))
    labels = ours.predict(Points(ovals), Context())
    assert sorted(set(labels.tolist())) == [0, 1]
    kept = expected != 1
    assert (labels[kept] == expected[kept] // 2).all()
    assert ours.membership(Points(ovals), Context()).sum(axis=1) == pytest.approx(1)


def test_equal_rows_among_few_leave_components_out():
    rows = np.repeat(np.float32([[0, 0], [1, 0], [0, 1], [5, 5]]), [30, 30, 30, 1], axis=0)
    ours = make(n_clusters=4, covariance="tied")
    labels = ours.fit(Points(rows), Context())
    assert set(labels.tolist()) == set(range(len(ours.mixture.weights_)))
    assert (ours.predict(Points(rows), Context()) == labels).all()


def test_all_rows_follow_a_sampled_start(ovals, monkeypatch):
    whole = make(tol=1e-6)
    expected = whole.fit(Points(ovals), Context())
    monkeypatch.setattr(module, "mixture_sample", lambda *sizes: 220)
    monkeypatch.setattr(module, "blocks", partial(blocks, values=200))
    ours = make(tol=1e-6, method="blocks")
    labels = ours.fit(Points(ovals), Context())
    values = ours.details().values
    assert values["sampled_start"] == 220
    assert adjusted_rand_score(expected, labels) > 0.95
    own = whole.details().values["log_likelihood"]
    assert values["log_likelihood"] == pytest.approx(own, abs=1e-3)
    assert (ours.predict(Points(ovals), Context()) == labels).all()


def test_rows_in_a_file_are_fitted_block_by_block(tmp_path):
    rng = np.random.default_rng(0)
    groups = rng.integers(3, size=3000)
    rows = (9 * np.eye(3, 5)[groups] + rng.normal(size=(3000, 5))).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    with (tmp_path / "rows.npy").open("rb") as file:
        stored = StoredRows.of(file, rows.shape, np.float32, 128)
        ours = make()
        labels = ours.fit(Points(stored), Context())
    assert adjusted_rand_score(groups, labels) == 1
    assert ours.details().values["sampled_start"] == 3000
