from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.builtin.losses import TripletLossParams
from clusterforge.losses.pairs import TripletLoss, hinges
from tests.losses.batches import Whole, sample, seen


def triplets(seed: int = 0) -> list[torch.Tensor]:
    rng = np.random.default_rng(seed)
    return [torch.from_numpy(rng.normal(size=(8, 3))) for _ in range(3)]


@given(st.integers(0, 1000), st.floats(0.1, 5))
def test_equals_a_plain_loop(seed, margin):
    a, p, n = triplets(seed)
    for found, x, y, z in zip(
        hinges(a, p, n, margin).tolist(), a.tolist(), p.tolist(), n.tolist(), strict=True
    ):
        near = sum((i - j) ** 2 for i, j in zip(x, y, strict=True))
        far = sum((i - j) ** 2 for i, j in zip(x, z, strict=True))
        assert found == pytest.approx(max(0.0, near - far + margin), abs=1e-10)


def test_gradient():
    rows = [t.requires_grad_() for t in triplets()]
    assert torch.autograd.gradcheck(lambda a, p, n: hinges(a, p, n, 1.0).mean(), rows)


def test_active_counts_the_triplets_with_a_loss_of_this_epoch_only():
    a, p, n = triplets()
    loss = TripletLoss(TripletLossParams(margin=0.5))
    whole = Whole(a)
    expected = float((hinges(a, p, n, 0.5) > 0).double().mean())
    assert 0 < expected < 1
    for epoch in range(2):
        loss.on_epoch(epoch, whole)
        assert loss.values() == {}
        loss(seen(a, positive=sample(p), negative=sample(n)))
        with torch.no_grad():  # validation does not count
            loss(seen(a, positive=sample(a), negative=sample(a)))
        assert loss.values()["active"] == pytest.approx(expected)


def test_triplets_that_teach_nothing_any_more_are_told():
    a = torch.zeros(8, 3)
    loss = TripletLoss(TripletLossParams(margin=0.5))
    loss.on_epoch(0, Whole(a))
    loss(seen(a, positive=sample(a), negative=sample(a)))
    assert loss.warnings() == []
    loss.on_epoch(1, Whole(a))
    loss(seen(a, positive=sample(a), negative=sample(a + 9)))
    assert loss.warnings() == [
        "ended with 0.00% of its triplets active: a larger margin would teach more"
    ]
