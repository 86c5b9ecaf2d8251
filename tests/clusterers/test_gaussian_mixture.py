import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Theirs

from clusterforge.builtin.clusterers import GaussianMixtureParams
from clusterforge.clusterers.gaussian_mixture import GaussianMixture
from clusterforge.clusterers.mixture import Mixture, maximised
from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError

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
def test_as_scikit_learn_from_the_same_start(covariance, ovals):
    """Both end in the same place when theirs begins where ours ended its first M step."""
    clusterer = make(covariance=covariance, tol=1e-9, max_iter=2000)
    labels = clusterer.fit(Points(ovals), Context())
    ours = clusterer.mixture
    factors = ours.precisions_cholesky
    matrix = covariance in ("full", "tied")
    precisions = factors @ np.swapaxes(factors, -1, -2) if matrix else factors**2
    theirs = Theirs(
        3,
        covariance_type=covariance,
        weights_init=ours.weights / ours.weights.sum(),
        means_init=ours.means,
        precisions_init=precisions,
        tol=1e-9,
        max_iter=2000,
    ).fit(ovals.astype(np.float64))
    assert theirs.n_iter_ <= 3
    np.testing.assert_allclose(theirs.means_, ours.means, atol=1e-4)
    np.testing.assert_allclose(theirs.precisions_cholesky_, factors, atol=1e-3)
    assert theirs.lower_bound_ == pytest.approx(
        clusterer.details().values["log_likelihood"], abs=1e-6
    )
    assert (theirs.predict(ovals.astype(np.float64)) == labels).all()


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_log_joint_is_the_density_times_the_weight(covariance, ovals):
    clusterer = make(covariance=covariance)
    clusterer.fit(Points(ovals), Context())
    mixture = clusterer.mixture
    found = mixture.log_joint(ovals[:10])
    for j in range(3):
        factor = mixture.precisions_cholesky
        factor = factor if covariance == "tied" else factor[j]
        factor = factor if np.ndim(factor) == 2 else np.diag(np.broadcast_to(factor, 3))
        covariances = np.linalg.inv(factor @ factor.T)
        expected = multivariate_normal(mixture.means[j], covariances).logpdf(ovals[:10])
        np.testing.assert_allclose(found[:, j], expected + np.log(mixture.weights[j]), rtol=1e-8)


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


def test_a_component_without_members_keeps_its_mean():
    rows = np.random.default_rng(0).normal(size=(20, 2))
    shares = np.tile([1.0, 0.0], (20, 1))
    mixture = maximised(rows, shares, np.array([[0.0, 0], [7, 7]]), "full", 1e-6)
    assert mixture.means[1].tolist() == [7, 7]
    assert np.isfinite(mixture.log_joint(rows)).all()
    assert mixture.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_membership_is_the_posterior(covariance, ovals):
    ours = make(covariance=covariance)
    labels = ours.fit(Points(ovals), Context())
    shares = ours.membership(Points(ovals), Context())
    assert (shares.dtype, shares.shape) == (np.float32, (len(ovals), 3))
    assert (shares.argmax(axis=1) == labels).all()
    theirs = Theirs(3, covariance_type=covariance)
    theirs.weights_, theirs.means_ = ours.mixture.weights, ours.mixture.means
    theirs.precisions_cholesky_ = ours.mixture.precisions_cholesky
    np.testing.assert_allclose(shares, theirs.predict_proba(ovals), atol=1e-6)
    far = Points(np.float32([[1e18, 0, 0], [-1e18, 1e18, 3]]))
    assert ours.membership(far, Context()).sum(axis=1) == pytest.approx(1)
    assert ours.membership(Points(ovals[:0]), Context()).shape == (0, 3)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_component_that_is_no_rows_largest_is_left_out(covariance, monkeypatch, ovals):
    ours = make(covariance=covariance)
    run = ours._run

    def with_one_more(rows, k, restart, context):
        found, curve = run(rows, k, restart, context)
        weights = np.array([0.4, 1e-300, 0.3, 0.3])
        means = np.insert(found.means, 1, 1e6, axis=0)
        factors = found.precisions_cholesky
        if covariance != "tied":
            factors = np.insert(factors, 1, factors[0], axis=0)
        return Mixture(covariance, weights, means, factors), curve

    expected = ours.fit(Points(ovals), Context())
    monkeypatch.setattr(ours, "_run", with_one_more)
    labels = ours.fit(Points(ovals), Context())
    assert adjusted_rand_score(expected, labels) > 0.9
    assert sorted(set(labels)) == [0, 1, 2]
    assert len(ours.mixture.weights) == 3
    assert (ours.predict(Points(ovals), Context()) == labels).all()
    assert "have no row of their own" in ours.warnings()[-1]
