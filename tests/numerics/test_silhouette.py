import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples as reference

from clusterforge.numerics import silhouette
from clusterforge.numerics._distance import Centred
from clusterforge.numerics.silhouette import (
    influence,
    silhouette_drawn,
    silhouette_samples,
    silhouettes_with_noise,
)

rng = np.random.default_rng(0)
N = 2600  # more rows than are done in float64 at once
LABELS = rng.integers(0, 7, N)
BLOBS = rng.normal(size=(N, 8)) + 3 * rng.normal(size=(7, 8))[LABELS]
CASES = {
    "blobs": (BLOBS, LABELS),
    "offset": (BLOBS + 1e4, LABELS),
    "two far groups": (BLOBS + 1e4 * (LABELS % 2)[:, None], LABELS),
    "duplicates": (np.round(BLOBS), LABELS),
    "identical rows": (rng.normal(size=(7, 8))[LABELS], LABELS),
    "tight": (1e-4 * rng.normal(size=(N, 8)) + rng.normal(size=(7, 8))[LABELS], LABELS),
    "one outlier": (np.vstack([BLOBS[1:], np.full((1, 8), 1e4)]), LABELS),
    "many clusters": (BLOBS, rng.integers(0, 1300, N)),
    "singletons": (BLOBS, np.where(np.arange(N) < 50, np.arange(N) + 100, LABELS)),
    "few rows": (BLOBS[:40], LABELS[:40]),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_equals_scikit_learn(name, dtype):
    points, labels = CASES[name][0].astype(dtype), CASES[name][1]
    ours = silhouette_samples(points, labels)
    np.testing.assert_allclose(ours, reference(points.astype(float), labels), atol=1e-5)
    assert ours.dtype == np.float64


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("blobs", torch.float32),
        ("offset", torch.float32),
        ("duplicates", torch.float32),
        ("tight", torch.float64),
        ("two far groups", torch.float64),
        ("few rows", torch.float64),
    ],
)
def test_badly_scaled_data_go_to_float64(monkeypatch, name, expected):
    seen = []
    decide = silhouette._precision
    monkeypatch.setattr(silhouette, "_precision", lambda d: seen.append(decide(d)) or seen[-1])
    silhouette_samples(*CASES[name])
    assert seen == [expected]


@pytest.mark.parametrize("name", ["blobs", "many clusters"])
def test_both_orders_of_work_agree(monkeypatch, name):
    whole = silhouette_samples(*CASES[name])
    monkeypatch.setattr(silhouette, "_BYTES", 40_000)  # rows by the block, not by symmetry
    np.testing.assert_allclose(silhouette_samples(*CASES[name]), whole, atol=4e-6)


@pytest.mark.parametrize("by_symmetry", [True, False])
def test_a_row_is_at_distance_0_from_itself(by_symmetry):
    # For a row much farther out than its block's median, rounding would not be cut off.
    points = np.vstack([rng.normal(size=(99, 31)) * 1e-3, rng.normal(size=(20, 31)) * 30])
    rows, offsets = Centred(points), np.concatenate([[0], np.arange(99, 120)])
    [(_, sums, _)] = (
        silhouette.distance_sums(rows, offsets, torch.float32)
        if by_symmetry
        else silhouette.sums_from(rows, np.arange(119), offsets, torch.float32)
    )
    assert not sums[np.arange(1, 21), np.arange(99, 119)].any()


@pytest.mark.parametrize("block", [64, 999, 5000])
def test_block_size_does_not_matter(block):
    points, labels = CASES["singletons"]
    ours = silhouette_samples(points, labels, block=block)
    np.testing.assert_allclose(ours, reference(points, labels), atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(4, 40))
def test_order_and_names_do_not_matter(seed, n):
    draw = np.random.default_rng(seed)
    points = draw.integers(-4, 5, (n, 2)).astype(float)
    labels = np.concatenate([[0, 0, 1], draw.integers(0, 4, n - 3)])
    if len(np.unique(labels)) == n:
        return
    order, names = draw.permutation(n), draw.permutation(4) * 7 - 9
    plain = silhouette_samples(points, labels)
    np.testing.assert_allclose(plain, reference(points, labels), atol=1e-7)
    np.testing.assert_allclose(
        silhouette_samples(points[order], names[labels[order]]), plain[order], atol=1e-9
    )
    assert np.abs(plain).max() <= 1


def noise_naive(points, labels):
    """The three treatments, each as one call of scikit-learn on relabelled rows."""
    noise = labels == -1
    alone = np.where(noise, labels.max() + 1 + np.arange(len(labels)), labels)
    options = {
        "excluded": (points[~noise], labels[~noise]),
        "cluster": (points, labels),
        "singletons": (points, alone),
    }
    return {
        name: float(reference(x, y).mean()) if 2 <= len(np.unique(y)) < len(y) else None
        for name, (x, y) in options.items()
    }


def means_with_noise(points, labels, **options):
    found = silhouettes_with_noise(points, labels, **options)
    return {name: v if v is None else float(np.nanmean(v)) for name, v in found.items()}


@pytest.mark.parametrize("share", [0.0, 0.02, 0.6])
@pytest.mark.parametrize("by_symmetry", [True, False])
def test_noise_in_one_pass(monkeypatch, share, by_symmetry):
    labels = np.where(rng.random(N) < share, -1, LABELS)
    if not by_symmetry:
        monkeypatch.setattr(silhouette, "_BYTES", 40_000)
    found = means_with_noise(BLOBS.astype(np.float32), labels, block=300)
    assert found == pytest.approx(noise_naive(BLOBS, labels), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 2), min_size=3, max_size=12), st.integers(0, 99))
def test_noise_of_small_sets(labels, seed):
    labels = np.array(labels)
    points = np.random.default_rng(seed).normal(size=(len(labels), 2))
    assert means_with_noise(points, labels) == pytest.approx(noise_naive(points, labels), abs=1e-9)


def test_noise_beside_other_negative_labels():
    labels = np.where(LABELS == 3, -5, np.where(LABELS == 2, -1, LABELS))[:500]
    named = np.where(labels == -5, 3, labels)
    assert means_with_noise(BLOBS[:500], labels) == pytest.approx(noise_naive(BLOBS[:500], named))


def test_only_noise_is_undefined():
    found = means_with_noise(BLOBS[:20], np.full(20, -1))
    assert found == {"excluded": None, "cluster": None, "singletons": None}


def test_a_sample_holds_the_exact_values_of_its_rows():
    points, labels = BLOBS[:1200].astype(np.float32), LABELS[:1200]
    exact = silhouette_samples(points, labels)
    found = silhouette_drawn(points, labels, 150, 3)
    drawn = np.random.default_rng(3).choice(1200, 150, replace=False)
    assert found[drawn] == pytest.approx(exact[drawn], abs=1e-6)
    assert np.isnan(found).sum() == 1050
    assert silhouette_drawn(points, labels, 5000, 0) == pytest.approx(exact)
    assert silhouette_drawn(points, labels * 3, 150, 3)[drawn] == pytest.approx(found[drawn])


@pytest.mark.parametrize("labels", [np.zeros(5), np.arange(5), np.zeros(4)])
def test_refusals(labels):
    with pytest.raises(ValueError, match=r"clusters|shape"):
        silhouette_samples(np.eye(5), labels)


def test_values_must_be_finite():
    with pytest.raises(ValueError, match="NaN"):
        silhouette_samples([[0.0], [1.0], [np.nan]], [0, 0, 1])
    with pytest.raises(ValueError, match="at least 2"):
        silhouette_drawn(np.eye(5), [0, 0, 1, 1, 1], 1, 0)


def weighted(points: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Return the mean silhouette of rows that count several times, from its definition."""
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    found = []
    for i, own in enumerate(labels):
        others = (labels == own) & (np.arange(len(labels)) != i)
        a = (weights * gaps[i])[others].sum() / weights[others].sum()
        b = min(
            (weights * gaps[i])[labels == other].sum() / weights[labels == other].sum()
            for other in set(labels.tolist()) - {int(own)}
        )
        found.append((b - a) / max(a, b))
    return float(np.average(found, weights=weights))


def test_influence_is_the_derivative_by_a_rows_weight() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], [9, 12, 14])
    points = rng.normal(size=(35, 3)) + 1.2 * np.eye(3)[labels]
    values = silhouette_samples(points, labels)
    found = influence(points, labels, values)
    mean, step, n = values.mean(), 1e-5, len(labels)
    assert np.isclose(found.mean(), mean, atol=1e-6)
    for row in range(n):
        sides = [
            weighted(points, labels, np.ones(n) + sign * step * (np.arange(n) == row))
            for sign in (1, -1)
        ]
        assert np.isclose(found[row], n * (sides[0] - sides[1]) / (2 * step) + mean, atol=2e-3)


def test_influence_through_some_rows_is_near_that_through_all() -> None:
    rng = np.random.default_rng(3)
    labels = np.arange(900) % 3
    points = rng.normal(size=(900, 4)) + np.eye(4)[labels]
    values = silhouette_samples(points, labels)
    values[labels == 2] = np.nan

    every, some = influence(points, labels, values), influence(points, labels, values, rows=300)
    assert np.isnan(every[labels == 2]).all()
    kept = labels < 2
    assert np.nanstd(some) == pytest.approx(np.nanstd(every), rel=0.1)
    assert np.corrcoef(every[kept], some[kept])[0, 1] > 0.9
