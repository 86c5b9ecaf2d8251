import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.numerics import radius
from clusterforge.numerics.radius import RadiusSearch


def naive(rows, limit):
    gap = rows[:, None].astype(np.float64) - rows[None].astype(np.float64)
    return (gap * gap).sum(2) <= limit * limit


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 60),
    st.integers(1, 5),
    st.sampled_from([0.25, 0.5, 1.0, 1.7]),
    st.sampled_from([1e-20, 1e-3, 1.0, 1e4, 1e18]),
    st.sampled_from([0.0, 3.0, 1e5]),
    st.integers(0, 10**6),
)
def test_as_the_plain_definition(n, d, limit, scale, offset, seed):
    """Rows on a grid, so that many pairs are at exactly the radius."""
    rng = np.random.default_rng(seed)
    rows = (np.round(rng.normal(size=(n, d)) * 4) / 4 + offset).astype(np.float32)
    power = 2.0 ** round(np.log2(scale))
    rows, limit = rows * np.float32(power), limit * power
    search = RadiusSearch(rows, limit)
    everything = np.arange(n)
    np.testing.assert_array_equal(search.near(everything, everything), naive(rows, limit))
    np.testing.assert_array_equal(search.counts(), naive(rows, limit).sum(1))


def test_some_rows_in_any_order():
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    a, b = np.array([0, 5, 2]), np.array([40, 7, 41, 42])
    found = RadiusSearch(rows, 1.5).near(a, b)
    np.testing.assert_array_equal(found, naive(rows, 1.5)[np.ix_(a, b)])


@pytest.mark.parametrize("doubtful", [0.0, 1.0])
def test_tight_groups_far_apart(doubtful, monkeypatch):
    """float32 can't see inside the groups: float64 blocks and single differences both can."""
    monkeypatch.setattr(radius, "DOUBTFUL_SHARE", doubtful)
    rng = np.random.default_rng(0)
    rows = (1000 * rng.integers(0, 3, (300, 1)) + 1e-3 * rng.normal(size=(300, 4))).astype(
        np.float32
    )
    limit = 1e-3
    np.testing.assert_array_equal(RadiusSearch(rows, limit).counts(), naive(rows, limit).sum(1))


def test_several_blocks():
    rows = np.random.default_rng(0).normal(size=(2500, 2)).astype(np.float32)
    np.testing.assert_array_equal(RadiusSearch(rows, 0.3).counts(), naive(rows, 0.3).sum(1))


def test_progress_rises():
    shares = []
    rows = np.random.default_rng(0).normal(size=(2500, 2)).astype(np.float32)
    RadiusSearch(rows, 0.3).counts(shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] < 1
