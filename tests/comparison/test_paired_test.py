from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from clusterforge.comparison import compare
from clusterforge.numerics import contingency
from tests.comparison.conftest import INDICES, score, write_run

Labels = np.ndarray


def interval_of(
    folder: Path, truth: Labels, first: Labels, second: Labels, name: str
) -> tuple[float, float]:
    """Return both ends of a paired test, with the difference between them."""
    labels = {"x": first.tolist(), "y": second.tolist()}
    x, y = (
        float(INDICES[name](contingency.contingency(truth, of).counts)) for of in (first, second)
    )
    run = write_run(
        folder,
        labels,
        truth.tolist(),
        classes=[str(i) for i in range(100)],
        scores=[score("x", name, x), score("y", name, y)],
    )
    (line,) = compare(run).panels[0].lines
    (one,) = line.differences
    assert one.test == "paired"
    assert one.low is not None
    assert one.high is not None
    assert one.low <= y - x <= one.high
    return one.low, one.high


def test_it_sees_what_separate_intervals_hide(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 2000)
    first = np.where(rng.random(2000) < 0.3, (truth + 1) % 3, truth)
    second = np.where((first != truth) & (rng.random(2000) < 0.06), truth, first)
    a, b = np.mean(first == truth), np.mean(second == truth)

    low, _ = interval_of(tmp_path / "a", truth, first, second, "accuracy")

    assert low > 0
    assert b - a < 2 * 1.96 * np.sqrt(a * (1 - a) / 2000)  # within the intervals of each


def test_it_agrees_with_drawing_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 4, 300)
    first, second = (
        np.where(rng.random(300) < p, truth, rng.integers(0, 4, 300)) for p in (0.7, 0.6)
    )
    naive = []
    for _ in range(400):
        rows = rng.integers(0, 300, 300)
        a, b = (metrics.adjusted_rand_score(truth[rows], of[rows]) for of in (first, second))
        naive.append(b - a)

    interval = interval_of(tmp_path / "a", truth, first, second, "ari")

    assert interval == pytest.approx(np.percentile(naive, [2.5, 97.5]), abs=0.03)


@pytest.mark.parametrize("name", INDICES)
def test_many_small_clusters_are_not_flattered_by_resampled_rows(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(1)
    truth, few, many = np.arange(360) % 10, rng.integers(0, 10, 360), rng.integers(0, 60, 360)
    tables = [contingency.contingency(truth, of).counts for of in (few, many)]
    gap = float(INDICES[name](tables[1]) - INDICES[name](tables[0]))

    low, high = interval_of(tmp_path / "a", truth, few, many, name)

    assert abs((low + high) / 2 - gap) < 0.15 * (high - low)


@pytest.mark.parametrize("n", [10, 60, 5000])
@pytest.mark.parametrize("other", [1, 5, 6])
def test_a_handful_of_rows_tells_nothing_apart(tmp_path: Path, n: int, other: int) -> None:
    truth = np.arange(n) % 3
    second = truth.copy()
    second[:other] = (second[:other] + 1) % 3

    for name in INDICES:
        _, high = interval_of(tmp_path / name, truth, truth, second, name)
        assert (high < 0) == (other > 5 and n > 10), name


def test_an_interval_stays_within_the_range_of_a_difference(tmp_path: Path) -> None:
    truth = np.arange(20) % 4

    low, high = interval_of(tmp_path / "a", truth, truth, np.arange(20) // 5, "ari")

    assert -1.5 <= low < -1 < high < 0


def test_rows_in_another_order_are_not_paired(tmp_path: Path) -> None:
    truth = [i % 3 for i in range(60)]
    runs = [
        write_run(tmp_path / "a", {"x": truth}, truth, ids=range(60)),
        write_run(
            tmp_path / "b",
            {"x": [0, *truth[::-1][1:]]},
            truth[::-1],
            ids=range(59, -1, -1),
            fingerprint="0" * 64,
        ),
    ]
    one = compare(*runs).panels[0].lines[0].differences[0]

    assert not one.void
    assert one.test is None
