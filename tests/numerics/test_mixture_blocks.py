import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from clusterforge.numerics.mixture_blocks import expectation_maximisation

COVARIANCES = ["full", "tied", "diag", "spherical"]


def fitted(rows, covariance, steps):
    mixture = GaussianMixture(
        4, covariance_type=covariance, max_iter=steps, tol=0.0, reg_covar=1e-4, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(rows)


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) for n in (200, 150, 90, 60)]
    return np.vstack([part + rng.normal(size=3) for part in parts])


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_pass_is_an_iteration_of_scikit_learns(covariance, rows):
    expected, ours = fitted(rows, covariance, 7), fitted(rows, covariance, 1)
    told = []
    likelihood, passes, rests = expectation_maximisation(
        ours,
        lambda: iter(np.array_split(rows, 7)),
        1e-4,
        6,
        0.0,
        lambda *values: told.append(values),
    )
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(expected, name), atol=1e-8)
    assert likelihood == pytest.approx(expected.lower_bound_, abs=1e-10)
    assert (passes, rests) == (6, False)
    assert [after.done for after, _ in told] == [1, 2, 3, 4, 5, 6]
    assert all(more > 0 for _, more in told)


def test_passes_end_where_the_likelihood_rests(rows):
    mixture = fitted(rows, "full", 1)
    _, passes, rests = expectation_maximisation(
        mixture, lambda: iter([rows]), 1e-4, 500, 1e-3, lambda *values: None
    )
    assert rests
    assert 1 < passes < 100
