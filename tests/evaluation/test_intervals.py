import numpy as np
import pytest
from sklearn import metrics as theirs

from clusterforge.evaluation import intervals as module
from clusterforge.evaluation.intervals import (
    CLUSTERS,
    draws,
    interval,
    jackknife,
    of_moments,
    of_rows,
    of_tables,
    percentile,
    widened,
)
from clusterforge.numerics.contingency import accuracy, ari, nmi, purity
from clusterforge.numerics.moments import ClusterRows, calinski_harabasz, davies_bouldin


def everything(labels):
    return np.ones(len(labels), dtype=bool)


def replicates(resampler, rows, resamples, score=lambda drawn: drawn):
    return np.concatenate([score(resampler.of(w)) for w in draws(rows, resamples)])


def test_draws_are_the_same_rows_in_every_run_whatever_the_blocks(monkeypatch):
    first = np.concatenate(list(draws(50, 30)))
    assert first.shape == (30, 50)
    assert (first.sum(axis=1) == 50).all()
    assert len({row.tobytes() for row in first}) == 30
    monkeypatch.setattr(module, "_CHUNK", 7 * 50)
    blocks = list(draws(50, 30))
    assert [len(block) for block in blocks] == [7, 7, 7, 7, 2]
    assert np.array_equal(np.concatenate(blocks), first)
    assert len(next(draws(50, 30, width=70))) == 5


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(0).normal(3, 2, 4000).astype(np.float32)
    values[:2000] = np.nan
    found = replicates(of_rows(values), 4000, 1000)
    low, high = interval(found, float(np.nanmean(values)))
    error = np.nanstd(values) / np.sqrt(2000)
    assert (low, high) == pytest.approx(
        (np.nanmean(values) - 1.96 * error, np.nanmean(values) + 1.96 * error), abs=0.2 * error
    )
    assert percentile(replicates(of_rows(np.full(3, np.nan)), 3, 10)) is None


@pytest.mark.parametrize("kept", ["all", "some"])
def test_tables_of_a_resample_are_those_of_its_rows(kept):
    rng = np.random.default_rng(0)
    truth, labels = rng.integers(0, 4, 150), rng.integers(0, 5, 150)
    rows = everything(labels) if kept == "all" else rng.random(150) < 0.6
    resampler = of_tables(truth, labels, rows, 20)
    for weights in draws(150, 20):
        for weight, table in zip(weights.astype(int), resampler.of(weights), strict=True):
            drawn = np.repeat(np.arange(150), weight)
            drawn = drawn[rows[drawn]]
            t, p = truth[drawn], labels[drawn]
            assert table.sum() == len(drawn)
            assert float(ari(table)) == pytest.approx(theirs.adjusted_rand_score(t, p))
            assert float(nmi(table)) == pytest.approx(theirs.normalized_mutual_info_score(t, p))
            counts = theirs.cluster.contingency_matrix(t, p)
            assert float(purity(table)) == pytest.approx(counts.max(0).sum() / len(drawn))
            assert float(accuracy(table)) == pytest.approx(accuracy(counts))


def test_tables_with_one_row_less_are_those_of_the_other_rows():
    rng = np.random.default_rng(0)
    truth, labels, rows = rng.integers(0, 4, 90), rng.integers(0, 5, 90), rng.random(90) < 0.7
    one_less = of_tables(truth, labels, rows, 20).one_less
    tables = np.concatenate(list(one_less.tables()))
    left = [np.delete(np.flatnonzero(rows), place) for place in range(rows.sum())]
    each = [theirs.adjusted_rand_score(truth[some], labels[some]) for some in left]
    assert one_less.times.sum() == one_less.rows == len(each)
    found = np.repeat(ari(tables), one_less.times)
    assert np.sort(found) == pytest.approx(np.sort(each))
    n = len(each)
    assert jackknife(ari(tables), one_less.times, one_less.rows) == pytest.approx(
        np.std(each) * np.sqrt(n - 1)
    )


def test_of_very_many_cells_some_rows_are_left_out(monkeypatch):
    def sample(seed):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 60, 1_500)
        return truth, np.where(rng.random(1_500) < 0.5, rng.integers(0, 60, 1_500), truth)

    def less(seed):
        truth, labels = sample(seed)
        return of_tables(truth, labels, everything(labels), 20).one_less

    def deviation(less):
        return jackknife(nmi(np.concatenate(list(less.tables()))), less.times, less.rows)

    whole = deviation(less(0))
    monkeypatch.setattr(module, "TABLE_WORK", 60**3 * 400)
    some = less(0)
    assert some.times.sum() == 400
    assert some.rows == 1_500
    assert len(some.times) < 400
    assert deviation(some) == pytest.approx(whole, rel=0.1)


def test_resamples_of_few_rows_in_many_cells_are_spread_as_other_samples_are():
    def sample(seed):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 20, 400)
        return truth, np.where(rng.random(400) < 0.4, rng.integers(0, 20, 400), truth)

    def deviations(seed):
        truth, labels = sample(seed)
        resampler = of_tables(truth, labels, everything(labels), 200)
        drawn = nmi(np.concatenate([resampler.of(weights) for weights in draws(400, 200)]))
        fewer = nmi(np.concatenate(list(resampler.one_less.tables())))
        less = resampler.one_less
        return drawn.std(), widened(drawn, jackknife(fewer, less.times, less.rows)).std()

    true = np.std([theirs.normalized_mutual_info_score(*sample(seed)) for seed in range(400)])
    plain, spread = np.mean([deviations(seed) for seed in range(20)], axis=0)
    assert plain < 0.9 * true
    assert spread == pytest.approx(true, rel=0.1)
    values = np.array([1.0, 2.0, np.nan])
    assert widened(values, 0.1) is values
    assert widened(values, np.nan) is values


def test_moments_of_a_resample_are_those_of_its_rows():
    rng = np.random.default_rng(1)
    labels, rows = rng.integers(0, 4, 120), rng.random(120) < 0.7
    points = (rng.normal(size=(120, 3)) + labels[:, None]).astype(np.float32)
    resampler = of_moments(points, labels, rows, 20)
    for weights in draws(120, 20):
        found = resampler.of(weights)
        for i, weight in enumerate(weights.astype(int)):
            drawn = np.repeat(np.arange(120), weight)
            drawn = drawn[rows[drawn]]
            x, y = points[drawn].astype(float), labels[drawn]
            assert davies_bouldin(found)[i] == pytest.approx(
                theirs.davies_bouldin_score(x, y), rel=1e-4
            )
            assert calinski_harabasz(found)[i] == pytest.approx(
                theirs.calinski_harabasz_score(x, y), rel=1e-5
            )


def test_too_much_work_has_no_interval(monkeypatch):
    n = 700
    points = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    number = np.arange(n)
    rows = everything(number)
    assert of_moments(points, number % (CLUSTERS + 1), rows, 5) is None
    assert of_moments(points, number % 2, ~rows, 5) is None
    assert of_tables(number % 2, number, ~rows, 5) is None
    monkeypatch.setattr(module, "MOMENTS_WORK", n * 2 * 5 - 1)
    assert of_moments(points, number % 2, rows, 5) is None
    monkeypatch.setattr(module, "TABLE_WORK", 2 * 2 * n * 5 - 1)
    assert of_tables(number % 2, number, rows, 5) is None


def test_bias_is_taken_off_within_the_range():
    values = np.random.default_rng(0).normal(0.9, 0.1, 5000)
    low, high = interval(values, 0.8, 0.0, 1.0)
    assert (low, high) == pytest.approx((0.8 - 0.196, 0.8 + 0.196), abs=0.02)
    assert interval(values, 0.95, 0.0, 1.0)[1] == 1.0
    assert percentile(np.array([1.0] * 8 + [np.nan] * 2)) is None  # undefined too often
    assert percentile(np.array([1.0] * 19 + [np.nan])) == (1.0, 1.0)


@pytest.mark.parametrize("index", [davies_bouldin, calinski_harabasz])
def test_intervals_of_few_rows_hold_what_other_rows_score(index):
    """Without the bias taken off, four in ten do."""
    rng = np.random.default_rng(0)
    centres = 0.6 * rng.normal(size=(4, 50))

    def draw():
        labels = rng.integers(0, 4, 100)
        return (centres[labels] + rng.normal(size=(100, 50))).astype(np.float32), labels

    def score(points, labels):
        return float(index(ClusterRows(points, labels).moments())[0])

    usual = np.mean([score(*draw()) for _ in range(200)])
    held = 0
    for _ in range(60):
        points, labels = draw()
        resampler = of_moments(points, labels, everything(labels), 100)
        low, high = interval(replicates(resampler, 100, 100, index), score(points, labels))
        held += low <= usual <= high
    assert held >= 48
