"""Nearness as a person's groups show it."""

from __future__ import annotations

import numpy as np
import pytest

from clusterforge.curation.metric import RIDGE, plain, within
from clusterforge.numerics.kmeans import assign

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dimensions", [3, 60])
def test_it_is_the_mahalanobis_distance_within_groups(dimensions: int) -> None:
    points = RNG.normal(size=(40, dimensions)).astype(np.float32) * np.arange(1, dimensions + 1)
    groups = [np.arange(0, 15), np.arange(15, 40)]
    moved = within(points.astype(np.float32), groups)(points.astype(np.float32))
    deviations = np.concatenate([points[g] - points[g].mean(axis=0) for g in groups])
    inner = deviations.T @ deviations / 40
    inner += RIDGE * np.trace(inner) / dimensions * np.eye(dimensions)
    apart = points[:10] - points[10:20]
    expected = np.einsum("ij,jk,ik->i", apart, np.linalg.inv(inner), apart) ** 0.5
    distances = np.linalg.norm(moved[:10] - moved[10:20], axis=1)
    assert np.std(distances / expected) < 0.01 * np.mean(distances / expected)


def test_a_direction_in_which_groups_spread_does_not_decide() -> None:
    points = RNG.normal(0, 0.3, (200, 50))
    points[:, 0] *= 20
    points[100:, 1] += 3
    points = points.astype(np.float32)
    groups = [np.arange(20), np.arange(100, 120)]
    truth = np.repeat([0, 1], 100)

    def right(metric: object) -> float:
        moved = metric(points)  # type: ignore[operator]
        means = np.stack([moved[rows].mean(axis=0) for rows in groups])
        return float((assign(moved, means)[0] == truth).mean())

    assert right(plain(50)) < 0.9
    assert right(within(points, groups)) > 0.99


def test_groups_of_one_row_leave_distance_as_it_is() -> None:
    points = RNG.normal(size=(4, 3)).astype(np.float32)
    metric = within(points, [np.array([0]), np.array([2])])
    assert metric(points) is points
