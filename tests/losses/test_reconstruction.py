from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from clusterforge.builtin.losses import ReconstructionParams
from clusterforge.errors import InputError
from clusterforge.losses.reconstruction import ReconstructionLoss, reconstruction
from tests.losses.batches import decoded


def numbers() -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.uniform(0.05, 0.95, (5, 4))), torch.from_numpy(rng.random((5, 4)))


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("mse", lambda r, t: (r - t) ** 2),
        ("l1", lambda r, t: abs(r - t)),
        ("bce", lambda r, t: -t * math.log(r) - (1 - t) * math.log(1 - r)),
    ],
)
def test_equals_a_plain_loop(kind, one):
    found, target = numbers()
    each = [
        one(r, t)
        for row, wanted in zip(found.tolist(), target.tolist(), strict=True)
        for r, t in zip(row, wanted, strict=True)
    ]
    assert float(reconstruction(found, target, kind)) == pytest.approx(
        sum(each) / len(each), abs=1e-10
    )


@pytest.mark.parametrize("kind", ["mse", "l1", "bce"])
def test_gradient(kind):
    found, target = numbers()
    found.requires_grad_()
    assert torch.autograd.gradcheck(lambda r: reconstruction(r, target, kind), (found,))


def test_the_loss_compares_with_the_clean_input():
    batch = decoded(torch.tensor([[0.5, 0.5]]), clean=torch.tensor([[1.0, 0.0]]))
    assert float(ReconstructionLoss(ReconstructionParams())(batch)) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("found", "clean", "word"),
    [([[1.5, 0.5]], [[1.0, 0.0]], "output"), ([[0.5, 0.5]], [[2.0, 0.0]], "input")],
)
def test_cross_entropy_refuses_values_outside_its_range(found, clean, word):
    loss = ReconstructionLoss(ReconstructionParams(kind="bce"))
    with pytest.raises(InputError, match=word) as caught:
        loss(decoded(torch.tensor(found), clean=torch.tensor(clean)))
    assert caught.value.key is None
