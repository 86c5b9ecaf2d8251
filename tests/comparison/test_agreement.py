from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from clusterforge.comparison import agreement


def test_paired_bootstrap_sees_what_separate_intervals_hide() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 2000)
    first = np.where(rng.random(2000) < 0.3, (truth + 1) % 3, truth)
    second = np.where((first != truth) & (rng.random(2000) < 0.06), truth, first)

    a, b, low, high = agreement.paired(truth, first, second)["accuracy"]

    assert a == pytest.approx(np.mean(first == truth))
    assert b == pytest.approx(np.mean(second == truth))
    assert 0 < low < b - a < high
    assert b - a < 2 * 1.96 * np.sqrt(a * (1 - a) / 2000)  # within the intervals of each


def test_paired_bootstrap_agrees_with_drawing_rows() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 4, 300)
    first, second = (
        np.where(rng.random(300) < p, truth, rng.integers(0, 4, 300)) for p in (0.7, 0.6)
    )
    naive = []
    for _ in range(400):
        rows = rng.integers(0, 300, 300)
        of = [metrics.adjusted_rand_score(truth[rows], x[rows]) for x in (first, second)]
        naive.append(of[1] - of[0])

    _, _, low, high = agreement.paired(truth, first, second)["ari"]

    assert [low, high] == pytest.approx(np.percentile(naive, [2.5, 97.5]), abs=0.03)


def test_many_small_clusters_are_not_flattered_by_resampled_rows() -> None:
    rng = np.random.default_rng(1)
    truth, few, many = np.arange(360) % 10, rng.integers(0, 10, 360), rng.integers(0, 60, 360)

    for name, (a, b, low, high) in agreement.paired(truth, few, many).items():
        assert low < b - a < high, name
        assert abs((low + high) / 2 - (b - a)) < 0.15 * (high - low), name


@pytest.mark.parametrize("n", [3, 10, 60, 300, 5000])
@pytest.mark.parametrize("other", [1, 3, 5, 6])
def test_a_handful_of_rows_tells_nothing_apart(n: int, other: int) -> None:
    truth = np.arange(n) % 3
    second = truth.copy()
    second[:other] = (second[:other] + 1) % 3

    for name, (a, b, low, high) in agreement.paired(truth, truth, second).items():
        assert -1.5 <= low <= b - a <= high <= 1.5, name
        assert (high < 0) == (other > 5 and n > 10), name


def test_ends_of_an_ari_are_beyond_its_value() -> None:
    truth = np.arange(20) % 4
    _, _, low, high = agreement.paired(truth, truth, np.arange(20) // 5)["ari"]

    assert -1.5 <= low < -1 < high < 0


def test_too_many_clusters_are_refused() -> None:
    with pytest.raises(ValueError, match="5,000 by 5,000"):
        agreement.table(np.arange(5000), np.arange(5000))
