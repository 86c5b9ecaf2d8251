import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from clusterforge.numerics import calinski_harabasz, davies_bouldin

rng = np.random.default_rng(0)
PAIRS = [
    (davies_bouldin, metrics.davies_bouldin_score),
    (calinski_harabasz, metrics.calinski_harabasz_score),
]
LABELS = rng.integers(0, 6, 9000)  # more rows than a block
BLOBS = rng.normal(size=(9000, 5)) + 2 * rng.normal(size=(6, 5))[LABELS]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("clusters", [6, 1500])
def test_equal_to_scikit_learn(ours, theirs, dtype, clusters):
    labels = LABELS if clusters == 6 else rng.integers(0, clusters, 9000)
    points = BLOBS.astype(dtype)
    assert ours(points, labels) == pytest.approx(theirs(points.astype(float), labels), rel=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_far_from_the_origin(ours, theirs):
    # Rounding the rows to float32 at 1e3 moves them; the index of the rounded rows is meant.
    points = (BLOBS + 1e3).astype(np.float32)
    expected = theirs(points.astype(float) - 1e3, LABELS)
    assert ours(points, LABELS) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize(
    "points",
    [np.ones((6, 2)), np.array([[0.0], [0], [1], [1], [5], [5]]), np.arange(6.0)[:, None] % 2],
    ids=["constant", "no spread", "one centroid"],
)
def test_degenerate_rows_are_scikit_learns(ours, theirs, points):
    labels = np.array([0, 0, 1, 1, 2, 2])
    assert ours(points, labels) == pytest.approx(theirs(points, labels))


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([1e-20, 1.0, 1e20]))
def test_order_names_and_scale_do_not_matter(ours, theirs, seed, scale):
    draw = np.random.default_rng(seed)
    points, labels = draw.normal(size=(30, 3)), np.arange(30) % 4
    order, names = draw.permutation(30), draw.permutation(4) - 1
    changed = ours(points[order] * scale, names[labels[order]])
    assert changed == pytest.approx(theirs(points, labels), rel=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("labels", [np.zeros(5), np.arange(5), np.zeros(4)])
def test_refusals(ours, theirs, labels):
    with pytest.raises(ValueError, match=r"clusters|shape"):
        ours(np.eye(5), labels)
