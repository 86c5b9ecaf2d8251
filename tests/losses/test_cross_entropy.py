from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from clusterforge.builtin.losses import CrossEntropyParams
from clusterforge.errors import InputError
from clusterforge.losses.cross_entropy import CrossEntropyLoss, cross_entropy
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
