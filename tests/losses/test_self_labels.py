from __future__ import annotations

import math
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from clusterforge.builtin.losses import SelfLabelsParams
from clusterforge.contracts.training import Batch, Network, Sample
from clusterforge.errors import InputError
from clusterforge.losses import self_labels
from clusterforge.losses.self_labels import BALANCED, SelfLabelsLoss, transport
from tests.losses.batches import Whole


def scaled(scores: list[list[float]], shares: list[float], epsilon: float) -> list[list[float]]:
    """Sinkhorn's algorithm, entry by entry, long enough to have ended."""
    n, k = len(scores), len(shares)
    q = [[math.exp(s / epsilon) for s in row] for row in scores]
    for _ in range(3000):
        for j in range(k):
            total = sum(q[i][j] for i in range(n))
            for i in range(n):
                q[i][j] *= n * shares[j] / total
        for i in range(n):
            total = sum(q[i])
            q[i] = [value / total for value in q[i]]
    return q


@given(st.integers(0, 1000), st.floats(0.2, 2), st.integers(2, 4))
def test_transport_equals_a_plain_loop(seed: int, epsilon: float, k: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.uniform(-1, 1, size=(12, k))
    shares = rng.dirichlet(np.full(k, 20.0))
    given = torch.from_numpy(scores), torch.from_numpy(shares), epsilon
    with mock.patch.multiple(self_labels, STEPS=5_000, BALANCED=1e-9):
        ended = transport(*given).numpy()
    expected = np.array(scaled(scores.tolist(), shares.tolist(), epsilon))
    np.testing.assert_allclose(ended, expected, atol=1e-6)
    found = transport(*given).numpy()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=0), 12 * shares, rtol=2 * BALANCED)


def groups(sizes: tuple[int, ...], seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    """Tight directions, one for each group."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.eye(len(sizes))[labels] + 0.05 * rng.normal(size=(len(labels), len(sizes)))
    return torch.from_numpy(rows), labels


def ready(z: torch.Tensor, **own: object) -> SelfLabelsLoss:
    loss = SelfLabelsLoss(SelfLabelsParams.model_validate({"n_clusters": 3, **own}))
    loss.setup(Whole(z))
    loss.on_epoch(0, Whole(z))
    return loss


def batch(z: torch.Tensor, rows: list[int], *others: torch.Tensor) -> Batch:
    place = torch.tensor(rows)
    views = tuple(Sample(None, view) for view in (z, *others)) if others else ()
    return Batch(place, None, z, Network(), views=views)


def test_labels_are_the_groups_and_uneven_sizes_stay_where_balance_is_not_asked_for() -> None:
    z, labels = groups((60, 20, 10))
    loss = ready(z, balance=0.0)
    assert loss.labels is not None
    pairs = set(zip(labels.tolist(), loss.labels.tolist(), strict=True))
    assert len(pairs) == 3
    assert loss.values()["smallest"] == pytest.approx(10 / 90)
    assert loss.values()["certain"] == 1.0


def test_balance_makes_clusters_even() -> None:
    z, _ = groups((60, 20, 10))
    loss = ready(z, balance=1.0, epsilon=0.01)
    assert loss.labels is not None
    sizes = torch.bincount(loss.labels, minlength=3)
    assert int(sizes.max()) < 60


@pytest.mark.parametrize("several", [False, True])
def test_value_equals_a_plain_loop(several: bool) -> None:
    z, _ = groups((5, 5, 5))
    loss = ready(z, confidence=0.0)
    loss.prototypes = nn.Parameter(loss.prototypes.detach().double())
    assert loss.labels is not None
    rows = [0, 6, 11, 14]
    other = z[rows] + 0.1
    seen = [z[rows], other] if several else [z[rows]]
    costs = []
    for view in seen:
        for row, vector in zip(rows, view.tolist(), strict=True):
            cosines = []
            for prototype in loss.prototypes.tolist():
                dot = sum(a * b for a, b in zip(vector, prototype, strict=True))
                cosines.append(dot / math.hypot(*vector) / math.hypot(*prototype))
            total = sum(math.exp(c / 0.1) for c in cosines)
            costs.append(-math.log(math.exp(cosines[int(loss.labels[row])] / 0.1) / total))
    found = loss(batch(z[rows].requires_grad_(), rows, *([other] if several else [])))
    assert float(found.detach()) == pytest.approx(sum(costs) / len(costs), rel=1e-9)


def test_gradient() -> None:
    z, _ = groups((5, 5, 5))
    loss = ready(z, confidence=0.0, temperature=0.7)
    rows = [1, 7, 13]

    def value(own: torch.Tensor, prototypes: torch.Tensor) -> torch.Tensor:
        loss.prototypes = prototypes  # type: ignore[assignment]
        return loss(batch(own, rows))

    start = loss.prototypes.detach().double().requires_grad_()
    own = (z[rows] + 0.2).requires_grad_()
    assert torch.autograd.gradcheck(value, (own, start))


def test_uncertain_rows_teach_nothing() -> None:
    z, _ = groups((5, 5, 5))
    between = torch.cat([z, torch.tensor([[1.0, 1.0, 1.0]]).double()])
    loss = ready(between, confidence=0.6)
    own = between[[15]].clone().requires_grad_()
    value = loss(batch(own, [15]))
    value.backward()
    assert float(value.detach()) == 0
    assert own.grad is not None
    assert float(own.grad.abs().max()) == 0


def test_state_goes_on() -> None:
    z, _ = groups((5, 5, 5))
    loss = ready(z)
    loss.on_epoch(1, Whole(z))
    again = SelfLabelsLoss(loss.params)
    again.restore(loss.state())
    assert again.values() == loss.values()
    assert torch.equal(again.assign(z.float()), loss.assign(z.float()))


def test_more_prototypes_than_rows_is_refused() -> None:
    z, _ = groups((1, 1, 1))
    with pytest.raises(InputError) as caught:
        ready(z, n_clusters=9)
    assert caught.value.key == "n_clusters"
