from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.metrics import pairwise_distances

from clusterforge.numerics import moments as module
from clusterforge.numerics.arrays import blocks
from clusterforge.numerics.moments import ClusterRows, calinski_harabasz, davies_bouldin, separation

rng = np.random.default_rng(0)
PAIRS = [
    (davies_bouldin, metrics.davies_bouldin_score),
    (calinski_harabasz, metrics.calinski_harabasz_score),
]
LABELS = rng.integers(0, 6, 9000)
BLOBS = rng.normal(size=(9000, 5)) + 2 * rng.normal(size=(6, 5))[LABELS]


def score(index, points, labels):
    return float(index(ClusterRows(points, labels).moments())[0])


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("clusters", [6, 1500])
def test_equal_to_scikit_learn(ours, theirs, dtype, clusters, monkeypatch):
    monkeypatch.setattr(
        module, "blocks", partial(blocks, values=5_000)
    )  # clusters go over the ends of blocks
    labels = LABELS if clusters == 6 else rng.integers(0, clusters, 9000)
    points = BLOBS.astype(dtype)
    expected = theirs(points.astype(float), labels)
    assert score(ours, points, labels) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("double", [module._DOUBLE, 0], ids=["float64", "float32"])
@pytest.mark.parametrize("seed", range(40))
def test_a_resample_scores_as_its_rows_do(seed, double, monkeypatch):
    monkeypatch.setattr(module, "_DOUBLE", double)
    draw = np.random.default_rng(seed)
    n, k = int(draw.integers(8, 80)), int(draw.integers(2, 7))
    labels = draw.integers(0, k, n)
    points = (draw.normal(size=(n, 3)) + labels[:, None] * draw.normal(size=3)).astype(np.float32)
    rows = draw.integers(0, n, (5, n))
    weights = np.stack([np.bincount(one, minlength=n) for one in rows]).astype(np.float32)
    found = ClusterRows(points, labels).resampled(weights)
    for ours, theirs in PAIRS:
        for value, one in zip(ours(found), rows, strict=True):
            x, y = points[one].astype(float), labels[one]
            defined = 2 <= len(set(y)) < n
            assert np.isnan(value) != defined
            if defined:
                assert value == pytest.approx(theirs(x, y), rel=1e-3)


def test_resampled_moments_are_those_of_the_rows():
    points, labels = BLOBS[:400], LABELS[:400]
    rows = rng.integers(0, 400, 400)
    weights = np.bincount(rows, minlength=400)[None].astype(np.float64)
    found, expected = (
        ClusterRows(points, labels).resampled(weights),
        ClusterRows(points[rows], labels[rows]).moments(),
    )
    for name in ("sizes", "centroids", "deviations", "squares"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_far_from_the_origin(ours, theirs):
    # Rounding the rows to float32 at 1e3 moves them; the index of the rounded rows is meant.
    points = (BLOBS + 1e3).astype(np.float32)
    expected = theirs(points.astype(float) - 1e3, LABELS)
    assert score(ours, points, LABELS) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize(
    "points",
    [np.full((6, 2), 0.1), np.array([[0.0], [0], [1], [1], [5], [5]]), np.arange(6.0)[:, None] % 2],
    ids=["constant", "no spread", "one centroid"],
)
def test_degenerate_rows_are_scikit_learns(ours, theirs, points):
    labels = np.array([0, 0, 1, 1, 2, 2])
    assert score(ours, points, labels) == pytest.approx(theirs(points, labels))


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([1e-20, 1.0, 1e20]))
def test_order_names_and_scale_do_not_matter(ours, theirs, seed, scale):
    draw = np.random.default_rng(seed)
    points, labels = draw.normal(size=(30, 3)), np.arange(30) % 4
    order, names = draw.permutation(30), draw.permutation(4) - 1
    changed = score(ours, points[order] * scale, names[labels[order]])
    assert changed == pytest.approx(theirs(points, labels), rel=1e-7)


@pytest.mark.parametrize("ours", [davies_bouldin, calinski_harabasz])
@pytest.mark.parametrize("labels", [np.zeros(5), np.arange(5)])
def test_undefined_without_two_clusters_or_with_one_for_each_row(ours, labels):
    assert np.isnan(score(ours, np.eye(5), labels))


def test_separation_is_the_nearest_centroid():
    rows = ClusterRows(BLOBS, LABELS)
    found = separation(rows.moments())
    centroids = np.stack([BLOBS[k == LABELS].mean(axis=0) for k in range(6)])
    gaps = pairwise_distances(centroids) + np.diag(np.full(6, np.inf))
    np.testing.assert_allclose(found.distance, gaps.min(axis=1))
    assert found.nearest.tolist() == gaps.argmin(axis=1).tolist()
    spread = [
        np.sqrt(np.square(BLOBS[k == LABELS] - centroids[k]).sum(axis=1).mean()) for k in range(6)
    ]
    np.testing.assert_allclose(found.compactness, spread)
    alone = separation(ClusterRows(BLOBS, LABELS * 0).moments())
    assert (alone.distance.tolist(), alone.nearest.tolist()) == ([np.inf], [-1])


@pytest.mark.parametrize(
    ("points", "labels"), [(np.eye(5), np.zeros(4)), (np.ones(3), np.zeros(3))]
)
def test_shapes_must_fit(points, labels):
    with pytest.raises(ValueError, match="shape"):
        ClusterRows(points, labels)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("labels", [np.array([0, 0, 1]), np.arange(3)])
def test_values_must_be_finite(value, labels):
    points = np.eye(3)
    points[1, 1] = value
    with pytest.raises(ValueError, match="NaN"):
        ClusterRows(points, labels)
