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


def test_labels_are_the_clusters_of_what_comes_in():
    loss = pupil()
    labels = loss.targets.argmax(dim=1).tolist()
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
    for row, target in zip(logits.tolist(), loss.targets[batch.rows].tolist(), strict=True):
        norm = math.log(sum(math.exp(v) for v in row))
        total -= sum(t * (v - norm) / 4 for t, v in zip(target, row, strict=True))
    assert float(loss(batch).detach()) == pytest.approx(total, abs=1e-7)
    assert torch.autograd.gradcheck(lambda x: loss(seen(x)), (z,))


def test_soft_targets_are_shared_among_near_clusters():
    rng = np.random.default_rng(0)
    points = torch.from_numpy(rng.normal(size=(400, 6)).astype(np.float32))
    centroids = points[:4] * 2
    found = soft_targets(points, centroids, 0.25)
    distance = np.linalg.norm(points.numpy()[:, None] - centroids.numpy(), axis=2)
    assert np.allclose(found.sum(dim=1), 1)
    assert np.array_equal(found.argsort(dim=1, descending=True), distance.argsort(axis=1))
    assert float(found.max(dim=1).values.mean()) == pytest.approx(0.75, abs=1e-3)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_soft_targets_do_not_rest_on_the_unit(scale):
    points = torch.from_numpy(np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32))
    alike = soft_targets(points, points[:3] * 2, 0.25)
    assert torch.allclose(
        soft_targets(points * scale, points[:3] * 2 * scale, 0.25), alike, atol=1e-4
    )


def test_no_softness_is_the_nearest_and_more_than_even_is_even():
    points = torch.from_numpy(np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32))
    hard, even = (soft_targets(points, points[:3], softness) for softness in (0.0, 0.9))
    assert torch.equal(hard, torch.nn.functional.one_hot(hard.argmax(dim=1), 3).float())
    assert torch.allclose(even, torch.full((60, 3), 1 / 3), atol=1e-4)
    assert torch.equal(soft_targets(points, points[:1], 0.25), torch.ones(60, 1))


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
