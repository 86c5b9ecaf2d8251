"""Silhouette, Davies-Bouldin, Calinski-Harabasz and the noise fraction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from clusterforge.builtin.metrics import (
    CalinskiHarabaszParams,
    DaviesBouldinParams,
    NoiseFractionParams,
    SilhouetteParams,
)
from clusterforge.contracts import Clustering
from clusterforge.errors import Undefined
from clusterforge.metrics.internal import CalinskiHarabasz, DaviesBouldin, NoiseFraction, Silhouette
from clusterforge.numerics import silhouette as kernel

davies_bouldin = DaviesBouldin(DaviesBouldinParams())
calinski_harabasz = CalinskiHarabasz(CalinskiHarabaszParams())
noise_fraction = NoiseFraction(NoiseFractionParams())
SEPARATION = [
    (davies_bouldin, theirs.davies_bouldin_score),
    (calinski_harabasz, theirs.calinski_harabasz_score),
]
cases = given(st.integers(0, 10**6), st.integers(3, 60), st.integers(1, 5), st.integers(2, 6))


def draw(seed, n, d, k, low=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(low, k, n)
    labels[:2] = [0, 1]
    labels[-1] = labels[0]  # fewer clusters than rows
    rows = (rng.normal(size=(n, d)) + labels[:, None] * rng.normal(size=d)).astype(np.float32)
    return Clustering(rows, labels)


def score_silhouette(case, **params):
    return Silhouette(SilhouetteParams(**params)).score(case)


@pytest.mark.parametrize(("metric", "reference"), SEPARATION)
@settings(deadline=None, max_examples=200)
@cases
def test_separation_as_scikit_learn(metric, reference, seed, n, d, k):
    case = draw(seed, n, d, k)
    expected = reference(case.embedding.astype(np.float64), case.labels)
    assert metric.score(case) == pytest.approx(expected, rel=1e-4)


@settings(deadline=None, max_examples=200)
@cases
def test_silhouette_with_noise_as_scikit_learn(seed, n, d, k):
    case = draw(seed, n, d, k, low=-1)
    rows, labels = case.embedding.astype(np.float64), case.labels
    kept = labels >= 0
    alone = labels.copy()
    alone[~kept] = 100 + np.arange((~kept).sum())
    wanted = {
        "excluded": (rows[kept], labels[kept]),
        "cluster": (rows, labels),
        "singletons": (rows, alone),
    }
    found = score_silhouette(case)
    assert set(found) == set(wanted)
    for noise, (points, clusters) in wanted.items():
        if 2 <= len(set(clusters)) < len(clusters):
            expected = theirs.silhouette_score(points, clusters)
            assert found[noise].value == pytest.approx(expected, abs=1e-5)
            assert found[noise].exact
            assert found[noise].reason is None
        else:
            assert found[noise].value is None
            assert found[noise].reason


@settings(deadline=None, max_examples=200)
@cases
def test_names_of_clusters_and_order_of_rows_do_not_matter(seed, n, d, k):
    case = draw(seed, n, d, k)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(n), rng.permutation(k)
    other = Clustering(case.embedding[order], names[case.labels][order])
    for metric, _ in SEPARATION:
        assert metric.score(other) == pytest.approx(metric.score(case), rel=1e-5)
    one, two = score_silhouette(case), score_silhouette(other)
    assert one["excluded"].value == pytest.approx(two["excluded"].value, abs=1e-6)


@pytest.mark.parametrize("low", [0, -1])
def test_a_sample_comes_near_and_says_so(low):
    case = draw(1, 2000, 4, 5, low)
    whole = score_silhouette(case)
    found = score_silhouette(case, rows=500)
    assert found == score_silhouette(case, rows=500)
    assert found != score_silhouette(case, rows=500, sample_seed=1)
    for noise, score in found.items():
        assert not score.exact
        size = (case.labels >= 0).sum() if noise == "excluded" else 2000
        assert score.reason.startswith(f"from 500 of {size:,} rows, standard error ")
        error = float(score.reason.rpartition(" ")[2])
        assert 0 < error < 0.1
        assert score.value == pytest.approx(whole[noise].value, abs=4 * error)


def test_rows_choose_between_all_and_a_sample(monkeypatch):
    case = draw(1, 300, 2, 3)
    monkeypatch.setattr(kernel, "_EXACT_ROWS", 299)
    monkeypatch.setattr(kernel, "_MOST_DRAWN", 100)
    exact = {
        rows: score_silhouette(case, rows=rows)["excluded"].exact
        for rows in ("auto", "all", 299, 300, 10**9)
    }
    assert exact == {"auto": False, "all": True, 299: False, 300: True, 10**9: True}
    monkeypatch.setattr(kernel, "_EXACT_ROWS", 300)
    assert score_silhouette(case)["excluded"].exact


def test_a_sampled_silhouette_where_a_treatment_is_undefined():
    labels = np.array([0] * 50 + [-1] * 50)
    rows = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    found = score_silhouette(Clustering(rows, labels), rows=60)
    assert (found["excluded"].value, found["excluded"].reason) == (None, "one cluster only")
    assert found["cluster"].value is not None


UNDEFINED = [
    ([0, 0, 0], "one cluster only"),
    ([0, 1, 2], "every row is a cluster of its own"),
    ([4], "one cluster only"),
    ([], "no rows are left"),
]


@pytest.mark.parametrize(("labels", "reason"), UNDEFINED)
def test_undefined(labels, reason):
    rows = np.arange(2 * len(labels), dtype=np.float32).reshape(-1, 2)
    case = Clustering(rows, np.array(labels, dtype=np.int64))
    for metric, _ in SEPARATION:
        with pytest.raises(Undefined, match=reason):
            metric.score(case)
    if labels:
        for score in score_silhouette(case).values():
            assert (score.value, score.reason) == (None, reason)
    else:
        with pytest.raises(Undefined, match=reason):
            score_silhouette(case)


def test_all_noise():
    case = Clustering(np.eye(4, dtype=np.float32), np.full(4, -1))
    found = score_silhouette(case)
    assert {noise: score.reason for noise, score in found.items()} == {
        "excluded": "no rows are left",
        "cluster": "one cluster only",
        "singletons": "every row is a cluster of its own",
    }
    assert noise_fraction.score(case).value == 1


@pytest.mark.parametrize("metric", [*(m for m, _ in SEPARATION), Silhouette(SilhouetteParams())])
def test_not_finite(metric):
    rows = np.float32([[0], [1], [np.nan], [3]])
    with pytest.raises(Undefined, match="NaN"):
        metric.score(Clustering(rows, np.array([0, 0, 1, 1])))


def test_constant_rows_have_scores():
    case = Clustering(np.ones((6, 2), np.float32), np.array([0, 0, 0, 1, 1, 1]))
    for metric, reference in SEPARATION:
        assert metric.score(case) == reference(case.embedding, case.labels)
    assert score_silhouette(case)["excluded"].value == 0


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=30))
def test_noise_fraction(labels):
    case = Clustering(np.zeros((len(labels), 1), np.float32), np.array(labels))
    assert noise_fraction.score(case).value == pytest.approx(labels.count(-1) / len(labels))


def test_noise_fraction_of_nothing():
    with pytest.raises(Undefined, match="no rows"):
        noise_fraction.score(Clustering(np.zeros((0, 1), np.float32), np.array([], np.int64)))
