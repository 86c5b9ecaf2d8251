from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.builtin.losses import ContrastiveParams
from clusterforge.losses.pairs import ContrastiveLoss, contrastive
from tests.losses.batches import sample, seen


def pairs(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    a, b = torch.from_numpy(rng.normal(size=(6, 3))), torch.from_numpy(rng.normal(size=(6, 3)))
    return a, b, torch.tensor([1.0, 0, 1, 0, 0, 1], dtype=torch.float64)


@given(st.integers(0, 1000), st.floats(0.1, 5))
def test_equals_a_plain_loop(seed, margin):
    a, b, same = pairs(seed)
    total = 0.0
    for p, q, y in zip(a.tolist(), b.tolist(), same.tolist(), strict=True):
        d = math.sqrt(sum((i - j) ** 2 for i, j in zip(p, q, strict=True)))
        total += y * d**2 + (1 - y) * max(0.0, margin - d) ** 2
    assert float(contrastive(a, b, same, margin)) == pytest.approx(total / 6, abs=1e-10)


def test_gradient():
    a, b, same = pairs()
    a.requires_grad_()
    b.requires_grad_()
    assert torch.autograd.gradcheck(lambda p, q: contrastive(p, q, same, 2.0), (a, b))


def test_gradient_is_finite_where_two_different_rows_coincide():
    a = torch.ones(1, 3, requires_grad=True)
    contrastive(a, torch.ones(1, 3), torch.zeros(1), 1.0).backward()
    assert a.grad is not None
    assert torch.isfinite(a.grad).all()


def test_loss_reads_partner_and_margin():
    a, b, same = pairs()
    loss = ContrastiveLoss(ContrastiveParams(margin=2.0))
    assert loss(seen(a, partner=sample(b), same=same)) == contrastive(a, b, same, 2.0)
