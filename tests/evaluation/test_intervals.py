import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from clusterforge.evaluation.intervals import (
    CELLS,
    of_mean,
    of_share,
    of_tables,
    percentile,
    resampled_labels,
    unbiased,
)
from clusterforge.evaluation.spread import CLUSTERS, resampled_spread
from clusterforge.numerics.contingency import accuracy, contingency, purity
from clusterforge.numerics.indices import calinski_harabasz, davies_bouldin
from clusterforge.numerics.moments import ClusterRows

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 4)), min_size=1, max_size=40)


def table(truth, labels, alone):
    """Tables of classes and clusters as a plain loop makes them."""
    classes, clusters = np.unique(truth), np.unique(labels[labels >= 0] if alone else labels)
    counts = [[((truth == t) & (labels == c)).sum() for c in clusters] for t in classes]
    single = [((truth == t) & (labels == -1)).sum() if alone else 0 for t in classes]
    shape = (len(classes), len(clusters))
    return np.array(counts, dtype=np.int64).reshape(1, *shape), np.array([single], dtype=np.int64)


@settings(max_examples=200, deadline=None)
@given(pairs, st.booleans())
def test_tables_score_as_the_rows_do(rows, alone):
    truth, labels = np.array(rows).T
    found = of_tables(*table(truth, labels, alone))
    if alone:  # each noise row a number of its own
        labels = np.where(labels < 0, 100 + np.arange(len(labels)), labels)
    assert found["accuracy"][0] == pytest.approx(accuracy(contingency(truth, labels).counts))
    assert found["purity"][0] == pytest.approx(purity(contingency(truth, labels).counts))
    nmi = theirs.normalized_mutual_info_score(truth, labels)
    assert found["nmi"][0] == pytest.approx(nmi, abs=1e-9)
    assert found["ari"][0] == pytest.approx(theirs.adjusted_rand_score(truth, labels), abs=1e-9)


@pytest.mark.parametrize("alone", [False, True])
def test_a_draw_of_the_table_is_a_draw_of_rows(alone):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 150)
    labels = np.where(rng.random(150) < 0.7, truth, rng.integers(-1, 4, 150))
    found = resampled_labels(truth, labels, 2000, 0, alone=alone)
    naive = {name: [] for name in found}
    for _ in range(500):
        drawn = rng.integers(0, 150, 150)
        one = of_tables(*table(truth[drawn], labels[drawn], alone))
        for name in naive:
            naive[name].append(one[name][0])
    for name, values in naive.items():
        assert found[name].mean() == pytest.approx(np.mean(values), abs=4 * np.std(values) / 20)
        assert found[name].std() == pytest.approx(np.std(values), rel=0.15)


def test_names_and_order_of_clusters_change_no_table_score():
    rng = np.random.default_rng(1)
    tables, alone = rng.integers(0, 9, (5, 3, 4)), np.zeros((5, 3), dtype=np.int64)
    renamed = of_tables(tables[:, :, [2, 0, 3, 1]], alone)
    for name, values in of_tables(tables, alone).items():
        np.testing.assert_allclose(renamed[name], values, rtol=1e-12)


def test_a_table_that_is_too_large_has_no_interval():
    n = CELLS // 2 + 1
    assert resampled_labels(np.arange(n) % 2, np.arange(n), 5, 0) is None
    assert resampled_labels(np.arange(0), np.arange(0), 5, 0) is None


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(0).normal(3, 2, 4000).astype(np.float32)
    values[:2000] = np.nan
    low, high = of_mean(values, 2000, 0)
    error = np.nanstd(values) / np.sqrt(2000)
    assert (low, high) == pytest.approx(
        (np.nanmean(values) - 1.96 * error, np.nanmean(values) + 1.96 * error), abs=0.2 * error
    )
    assert of_mean(values, 2000, 0) == (low, high)
    assert of_mean(values, 2000, 1) != (low, high)
    assert of_mean(np.full(3, np.nan), 10, 0) is None
    assert of_mean(values, 0, 0) is None


def test_the_interval_of_a_share():
    low, high = of_share(300, 1000, 4000, 0)
    error = np.sqrt(0.3 * 0.7 / 1000)
    assert (low, high) == pytest.approx((0.3 - 1.96 * error, 0.3 + 1.96 * error), abs=0.2 * error)
    assert of_share(0, 50, 100, 0) == (0, 0)
    assert of_share(0, 0, 100, 0) is None
    assert of_share(1, 2, 0, 0) is None


def test_bias_is_taken_off_within_the_range():
    values = np.random.default_rng(0).normal(0.9, 0.1, 5000)
    low, high = unbiased(values, 0.8, 0.0, 1.0)
    assert (low, high) == pytest.approx((0.8 - 0.196, 0.8 + 0.196), abs=0.02)
    assert unbiased(values, 0.95, 0.0, 1.0)[1] == 1.0
    assert percentile(np.array([1.0] * 8 + [np.nan] * 2)) is None  # undefined too often
    assert percentile(np.array([1.0] * 19 + [np.nan])) == (1.0, 1.0)


def naive_spread(points, labels, drawn, alone):
    """Both scores of drawn rows by scikit-learn, each copy of a noise row on its own."""
    x, y = points[drawn].astype(float), labels[drawn]
    x -= x.mean(axis=0)  # scikit-learn loses digits far from the origin
    if alone:
        y = np.where(y < 0, 1000 + np.arange(len(y)), y)
    if not 2 <= len(np.unique(y)) < len(y):
        return np.nan, np.nan
    worst = np.nan if alone else theirs.davies_bouldin_score(x, y)
    ratio = theirs.calinski_harabasz_score(x, y)
    # Where clusters are points, scikit-learn divides by its rounding.
    return (worst if not worst < 1e-6 else 0.0), (ratio if ratio < 1e12 else 1.0)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0, 1000]))
def test_spread_of_a_resample_is_scikit_learns_of_its_rows(seed, alone, far):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    points = rng.normal(far, 1, (n, int(rng.integers(1, 5)))).astype(np.float32)
    labels = rng.integers(-1, 3, n)
    found = resampled_spread(points, labels, 3, seed, alone=alone)
    if found is None:
        assert alone
        assert (labels < 0).all()
        return
    again = np.random.default_rng(seed)
    for i in range(3):
        worst, ratio = naive_spread(points, labels, again.integers(0, n, n), alone)
        assert found["davies-bouldin"][i] == pytest.approx(worst, rel=1e-4, nan_ok=True)
        assert found["calinski-harabasz"][i] == pytest.approx(ratio, rel=1e-5, nan_ok=True)


def test_single_precision_for_many_rows_makes_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 3000)
    points = (rng.normal(size=(5, 8))[labels] * 3 + rng.normal(size=(3000, 8))).astype(np.float32)
    double = resampled_spread(points, labels, 20, 0)
    monkeypatch.setattr("clusterforge.evaluation.spread._DOUBLE", 0)
    for name, values in resampled_spread(points, labels, 20, 0).items():
        np.testing.assert_allclose(values, double[name], rtol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_a_centroid_is_at_no_distance_from_itself(seed):
    rng = np.random.default_rng(seed)
    centroids, labels = rng.normal(size=(4, 64)), rng.integers(0, 4, 400)
    points = (centroids[labels] + rng.normal(0, 0.05, (400, 64))).astype(np.float32)
    found = resampled_spread(points, labels, 1000, 0)["davies-bouldin"]
    value = theirs.davies_bouldin_score(points, labels)
    assert np.abs(found - value).max() < 0.2 * value


def test_constant_rows_and_one_cluster():
    labels = np.arange(20) % 2
    found = resampled_spread(np.ones((20, 3), np.float32), labels, 10, 0)
    assert (found["davies-bouldin"] == 0).all()
    assert (found["calinski-harabasz"] == 1).all()
    found = resampled_spread(np.eye(20, dtype=np.float32), labels * 0, 10, 0)
    assert all(percentile(values) is None for values in found.values())


def test_too_many_clusters_or_rows_have_no_interval(monkeypatch):
    points = np.random.default_rng(0).normal(size=(700, 2)).astype(np.float32)
    assert resampled_spread(points, np.arange(700) % (CLUSTERS + 1), 5, 0) is None
    monkeypatch.setattr("clusterforge.evaluation.spread.WORK", 700 * 2 * 5 - 1)
    assert resampled_spread(points, np.arange(700) % 2, 5, 0) is None


def test_intervals_of_few_rows_hold_what_other_rows_score():
    """Without the bias taken off, four in ten do."""
    rng = np.random.default_rng(0)
    centres = 0.6 * rng.normal(size=(4, 50))

    def draw():
        labels = rng.integers(0, 4, 100)
        return (centres[labels] + rng.normal(size=(100, 50))).astype(np.float32), labels

    others = [draw() for _ in range(200)]
    for name, score in (
        ("davies-bouldin", lambda x, y: davies_bouldin(ClusterRows(x, y).moments())[0]),
        ("calinski-harabasz", lambda x, y: calinski_harabasz(ClusterRows(x, y).moments())[0]),
    ):
        usual = np.mean([score(*rows) for rows in others])
        held = 0
        for seed in range(60):
            rows = draw()
            low, high = unbiased(resampled_spread(*rows, 100, seed)[name], score(*rows))
            held += low <= usual <= high
        assert held >= 48
