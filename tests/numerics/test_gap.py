import numpy as np
import pytest

from clusterforge.numerics.choosing.gap import gap_statistic, within_errors
from clusterforge.numerics.choosing.sample import along_components
from clusterforge.numerics.many_k import ManyK


def log_inertia(rows, k, seed):
    """Half the mean squared distance within clusters, summed: Tibshirani's W, by its definition."""
    labels = ManyK(rows, 4, seed=seed).fit(k)[0]
    total = 0.0
    for i in range(k):
        part = rows[labels == i]
        total += sum(((a - b) ** 2).sum() for a in part for b in part) / (2 * len(part))
    return np.log(total)


def test_as_by_its_definition():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(40, 3)) * [5, 2, 1] + 30
    rows[:20, 0] += 15
    ks = [1, 2, 3, 4]
    gap, error = gap_statistic(rows, ks, seed=9, references=4)

    centred = rows - rows.mean(axis=0)
    aligned = centred @ np.linalg.svd(centred)[2].T
    aligned *= np.sign((aligned * along_components(rows)).sum(axis=0))
    expected = []
    for i in range(4):
        drawn = np.random.default_rng([9, i]).uniform(aligned.min(0), aligned.max(0), (40, 3))
        expected.append([log_inertia(drawn, k, 9) for k in ks])
    expected = np.array(expected)
    ours = [log_inertia(aligned, k, 9) for k in ks]
    np.testing.assert_allclose(gap, expected.mean(axis=0) - ours, atol=1e-5)
    np.testing.assert_allclose(error, expected.std(axis=0) * np.sqrt(1.25), atol=1e-5)


@pytest.mark.parametrize("shape", [(30, 4), (5, 9), (80, 70), (20, 90)])
def test_components_keep_distances_up_to_64_of_them(shape):
    rows = np.random.default_rng(0).normal(size=shape) + 7
    aligned = along_components(rows)
    spread = (aligned**2).sum(axis=0)
    singular = np.linalg.svd(rows - rows.mean(axis=0))[1]
    assert aligned.shape == (shape[0], min(*shape, 64))
    np.testing.assert_allclose(spread, singular[: aligned.shape[1]] ** 2, atol=1e-6)
    if max(shape) <= 64:
        gaps = np.linalg.norm(rows[:, None] - rows[None], axis=2)
        np.testing.assert_allclose(
            np.linalg.norm(aligned[:, None] - aligned[None], axis=2), gaps, atol=1e-6
        )


@pytest.mark.parametrize(
    ("gap", "error", "k"),
    [
        ([0.5, 0.4, 0.3], [0, 0, 0], 1),
        ([0.1, 0.9, 0.95], [0, 0, 0.1], 2),
        ([0.1, 0.9, 0.95], [0.4, 0.4, 0.01], 3),
        ([0.5, 0.2, 0.9], [0, 0, 0.1], 3),
        ([0.4], [0.0], 1),
    ],
)
def test_three_standard_errors_of_the_largest(gap, error, k):
    assert within_errors([1, 2, 3][: len(gap)], np.array(gap), np.array(error)) == k
