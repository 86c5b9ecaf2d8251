from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from clusterforge.builtin.losses import CrossEntropyParams, PseudoLabelsParams
from clusterforge.errors import InputError
from clusterforge.losses.cross_entropy import (
    CrossEntropyLoss,
    PseudoLabelsLoss,
    cross_entropy,
    soft_targets,
)
from clusterforge.numerics.kmeans import KMeansResult
from tests.losses.batches import Whole, seen

LABELS = torch.tensor([0, 2, -1, 1])


def logits() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(4, 3)))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_equals_a_plain_loop(smoothing):
    total, rows = 0.0, 0
    for row, label in zip(logits().tolist(), LABELS.tolist(), strict=True):
        if label < 0:
            continue
        rows += 1
        norm = math.log(sum(math.exp(v) for v in row))
        for k, value in enumerate(row):
            target = (1 - smoothing) * (k == label) + smoothing / 3
            total -= target * (value - norm)
    assert float(cross_entropy(logits(), LABELS, smoothing)) == pytest.approx(
        total / rows, abs=1e-10
    )


def test_gradient():
    assert torch.autograd.gradcheck(
        lambda x: cross_entropy(x, LABELS, 0.1), (logits().requires_grad_(),)
    )


def test_a_batch_without_labels_costs_nothing():
    found = cross_entropy(logits().requires_grad_(), torch.full((4,), -1))
    assert float(found.detach()) == 0.0


def ready() -> CrossEntropyLoss:
    loss = CrossEntropyLoss(CrossEntropyParams())
    loss.setup(Whole(torch.zeros(4, 5), LABELS, 3))
    return loss


def test_head_gives_probabilities_and_comes_back_from_its_state():
    loss, z = ready(), torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    again = CrossEntropyLoss(CrossEntropyParams())
    again.restore(loss.state())
    assert torch.equal(loss.assign(z), again.assign(z))
    assert torch.allclose(loss.assign(z).sum(1), torch.ones(4))
    assert len(loss.parameters()) == len(again.parameters()) == 2
    assert torch.equal(loss(seen(z, labels=LABELS)), again(seen(z, labels=LABELS)))


@pytest.mark.parametrize("labels", [None, torch.full((4,), -1)])
def test_no_labels_is_the_users_error(labels):
    with pytest.raises(InputError, match="labels"):
        CrossEntropyLoss(CrossEntropyParams()).setup(Whole(torch.zeros(4, 5), labels, 3))


class Incoming(Whole):
    """A scope whose rows come in as three groups, whatever their embedding is."""

    def points(self) -> np.ndarray:
        return np.float32(10 * np.eye(3)[np.arange(len(self)) % 3])


def pupil(n_clusters: int | str = 3, **own: object) -> PseudoLabelsLoss:
    loss = PseudoLabelsLoss(PseudoLabelsParams.model_validate({"n_clusters": n_clusters, **own}))
    loss.setup(Incoming(torch.zeros(12, 5)))
    return loss


def clustered(points: np.ndarray, centroids: np.ndarray) -> KMeansResult:
    """What k-means says of rows (n, d) that have these centroids (k, d)."""
    squared = ((points[:, None].astype(np.float64) - centroids) ** 2).sum(axis=2)
    return KMeansResult(centroids, squared.argmin(axis=1), float(squared.min(axis=1).sum()), 1)


def cloud(rows: int = 400) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, 6)).astype(np.float32)


def test_labels_are_the_clusters_of_what_comes_in():
    loss = pupil()
    labels = loss.targets.tolist()
    assert sorted(labels[:3]) == [0, 1, 2]
    assert labels == labels[:3] * 4
    with pytest.raises(InputError, match="13"):
        pupil(13)


@pytest.mark.parametrize("softness", [0.0, 0.3])
def test_pseudo_labels_equal_a_plain_loop_and_its_gradient(softness):
    loss = pupil(softness=softness)
    loss.head.double()
    z = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 5))).requires_grad_()
    batch, total = seen(z), 0.0
    logits = loss.head(z).detach()
    targets = loss.targets[batch.rows] if softness else torch.eye(3)[loss.targets[batch.rows]]
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        norm = math.log(sum(math.exp(v) for v in row))
        total -= sum(t * (v - norm) / 4 for t, v in zip(target, row, strict=True))
    assert float(loss(batch).detach()) == pytest.approx(total, abs=1e-7)
    assert torch.autograd.gradcheck(lambda x: loss(seen(x)), (z,))


def test_soft_targets_are_shared_among_near_clusters():
    points = cloud()
    centroids = points[:4] * 2
    found = soft_targets(points, clustered(points, centroids), 0.25)
    distance = np.linalg.norm(points[:, None] - centroids, axis=2)
    assert np.allclose(found.sum(dim=1), 1)
    assert np.array_equal(found.argsort(dim=1, descending=True), distance.argsort(axis=1))
    assert float(found.max(dim=1).values.mean()) == pytest.approx(0.75, abs=1e-3)


def test_soft_targets_equal_a_plain_loop():
    points = cloud(20)
    of = clustered(points, points[:3] * 2)
    found = soft_targets(points, of, 0.25).double().numpy()
    unit = of.inertia / len(points)
    logs = np.log1p(((points[:, None].astype(float) - of.centroids) ** 2).sum(axis=2) / unit)
    # m is the same for all pairs: log(t_i1/t_i0) = m (log1p(d_i0²/s²) - log1p(d_i1²/s²)).
    exponents = np.log(found[:, 1] / found[:, 0]) / (logs[:, 0] - logs[:, 1])
    assert exponents == pytest.approx(np.full(20, np.median(exponents)), rel=1e-3)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_soft_targets_do_not_rest_on_the_unit(scale):
    points = cloud(60)
    alike = soft_targets(points, clustered(points, points[:3] * 2), 0.25)
    other = soft_targets(points * scale, clustered(points * scale, points[:3] * 2 * scale), 0.25)
    assert torch.allclose(other, alike, atol=1e-4)


def test_soft_targets_far_from_zero_are_of_the_nearest():
    points = 1e4 + cloud(300) * 0.05
    points[:, 0] += np.arange(300) % 3
    of = clustered(points, np.stack([points[part::3].mean(axis=0) for part in range(3)]))
    found = soft_targets(points, of, 0.1)
    assert np.array_equal(found.argmax(dim=1), of.labels)


def test_soft_targets_of_rows_on_their_centroids_and_more_than_even():
    points = np.repeat(cloud(3), 7000, axis=0)
    points[-1] += 1
    found = soft_targets(points, clustered(points, points[:14_001:7000]), 0.25)
    assert bool(found.isfinite().all())
    assert np.allclose(found.sum(dim=1), 1)
    same = np.ones((5, 2), np.float32)
    assert torch.equal(soft_targets(same, clustered(same, same[:1]), 0.25), torch.ones(5, 1))
    even = soft_targets(cloud(60), clustered(cloud(60), cloud(3)), 0.9)
    assert torch.allclose(even, torch.full((60, 3), 1 / 3), atol=1e-4)


def test_rows_held_out_are_judged_by_the_head_alone():
    loss, z = pupil(), torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = loss(seen(z))
        surest = loss.assign(z).max(dim=1).values.log().mean()
    assert float(found) == pytest.approx(-float(surest), abs=1e-6)


def test_pseudo_labels_come_back_from_their_state():
    loss, z = pupil(), torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    again = PseudoLabelsLoss(loss.params)
    again.restore(loss.state())
    assert torch.equal(loss.assign(z), again.assign(z))
    assert torch.equal(loss.targets, again.targets)
