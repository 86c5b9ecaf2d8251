from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from clusterforge.comparison.named_runs import open_runs
from clusterforge.comparison.paired_test import Interval, PairedRows
from clusterforge.comparison.shared_rows import shared_rows
from clusterforge.comparison.table_metrics import OfTables
from clusterforge.numerics import contingency
from clusterforge.runs import files
from clusterforge.runs.records import MetricRecord
from tests.comparison.conftest import METRICS, score, write_run

Labels = np.ndarray
INDICES: dict[str, OfTables] = {
    "accuracy": contingency.accuracy,
    "ari": contingency.ari,
    "nmi": contingency.nmi,
    "purity": contingency.purity,
}


def interval_of(folder: Path, truth: Labels, first: Labels, second: Labels, name: str) -> Interval:
    """Return both ends of a paired test and the difference between them."""
    labels = {"x": first.tolist(), "y": second.tolist()}
    classes = [str(i) for i in range(100)]
    (run,), selections = open_runs([write_run(folder, labels, truth.tolist(), classes=classes)])
    (a, b) = selections[0].clusterings
    rows = PairedRows.of(a, b, "test", shared_rows(run, run))
    assert rows is not None
    index = INDICES[name]
    x, y = (float(index(contingency.contingency(truth, of).counts)) for of in (first, second))
    interval = rows.test(METRICS[name], index, score("x", name, x), score("y", name, y))
    assert interval is not None
    assert interval[0] <= y - x <= interval[1]
    return interval


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


def test_a_mean_over_rows_is_resampled_by_its_values(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.random((2, 200)).astype(np.float32)
    values[1] = values[0] + 0.02 + rng.normal(0, 0.01, 200)
    metric = MetricRecord.model_validate({**METRICS["nmi"].model_dump(), "rests_on": "rows"})
    labels = [i % 3 for i in range(200)]
    run = write_run(
        tmp_path / "a",
        {"x": labels, "y": labels},
        labels,
        row_values={
            files.score_values(of, "test", "mine", "excluded"): values[i].tolist()
            for i, of in enumerate("xy")
        },
    )
    (opened,), selections = open_runs([run])
    rows = PairedRows.of(*selections[0].clusterings, "test", shared_rows(opened, opened))
    assert rows is not None
    means = values.mean(axis=1).tolist()
    gaps = values[1] - values[0]
    naive = [gaps[rng.integers(0, 200, 200)].mean() for _ in range(400)]

    interval = rows.test(metric, None, score("x", "mine", means[0]), score("y", "mine", means[1]))

    assert interval == pytest.approx(np.percentile(naive, [2.5, 97.5]), abs=1e-3)
    wrong = score("y", "mine", means[1] + 0.1)
    assert rows.test(metric, None, score("x", "mine", means[0]), wrong) is None
