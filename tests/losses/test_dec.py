from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clusterforge.builtin.losses import DecParams
from clusterforge.errors import InputError
from clusterforge.losses import dec
from clusterforge.losses.dec import DecLoss, divergence, soft_assignment, target_distribution
from clusterforge.numerics.contingency import accuracy, contingency
from tests.losses.batches import Whole, seen


def code(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(7, 3))), torch.from_numpy(rng.normal(size=(4, 3)))


@given(st.integers(0, 1000), st.floats(0.3, 5))
def test_equals_plain_loops(seed, alpha):
    z, centres = code(seed)
    q = []
    for row in z.tolist():
        kernel = [
            (1 + sum((a - b) ** 2 for a, b in zip(row, c, strict=True)) / alpha)
            ** (-(alpha + 1) / 2)
            for c in centres.tolist()
        ]
        q.append([value / sum(kernel) for value in kernel])
    f = [sum(row[j] for row in q) for j in range(4)]
    p = []
    for row in q:
        weight = [row[j] ** 2 / f[j] for j in range(4)]
        p.append([value / sum(weight) for value in weight])
    kl = sum(p[i][j] * math.log(p[i][j] / q[i][j]) for i in range(7) for j in range(4)) / 7
    found = soft_assignment(z, centres, alpha)
    assert torch.allclose(found, torch.tensor(q, dtype=torch.float64), atol=1e-10, rtol=0)
    target = target_distribution(found)
    assert torch.allclose(target, torch.tensor(p, dtype=torch.float64), atol=1e-10, rtol=0)
    assert float(divergence(target, found)) == pytest.approx(kl, abs=1e-10)


def test_gradient():
    z, centres = code()
    p = target_distribution(soft_assignment(z, centres, 1.0))
    assert torch.autograd.gradcheck(
        lambda a, b: divergence(p, soft_assignment(a, b, 1.0)),
        (z.requires_grad_(), centres.requires_grad_()),
    )


@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1000.0])
def test_rows_far_from_every_centroid_are_still_assigned(alpha):
    z, centres = (1e6 * values.float() for values in code())
    q = soft_assignment(z, centres.requires_grad_(), alpha)
    assert torch.allclose(q.sum(1), torch.ones(7))
    assert torch.equal(q.argmax(1), torch.cdist(z, centres).argmin(1))
    divergence(target_distribution(q.detach()), q).backward()
    assert centres.grad is not None
    assert centres.grad.isfinite().all()


def test_a_target_of_zero_costs_nothing():
    p, q = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    assert float(divergence(p, q)) == 0.0


def blobs(rows: int = 60) -> torch.Tensor:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [10, 0], [0, 10]])[np.arange(rows) % 3]
    return torch.from_numpy((centres + rng.normal(size=(rows, 2))).astype(np.float32))


def test_centroids_start_at_the_clusters_and_assign_them():
    z = blobs()
    loss = DecLoss(DecParams(n_clusters=3))
    loss.setup(Whole(z))
    labels = loss.assign(z).argmax(1)
    assert all(len(set(labels[i::3].tolist())) == 1 for i in range(3))
    assert len(set(labels[:3].tolist())) == 3
    assert [p.shape for p in loss.parameters()] == [(3, 2)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sample", [200, 60_000])
def test_diffusion_finds_tight_groups_beside_a_wide_one(seed, sample, monkeypatch):
    monkeypatch.setattr(dec, "SAMPLE", sample)
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], [200, 30, 30])
    z = rng.normal(size=(260, 4)) * np.where(labels > 0, 0.2, 1.0)[:, None]
    z[labels == 1] += [5, 1, 0, 0]
    z[labels == 2] += [5, -1, 0, 0]
    right = {}
    for steps in (0, 10):
        loss = DecLoss(DecParams(n_clusters=3, diffusion=steps))
        loss.setup(Whole(torch.from_numpy(z.astype(np.float32))))
        found = loss.assign(torch.from_numpy(z.astype(np.float32))).argmax(1).numpy()
        right[steps] = float(accuracy(contingency(labels, found).counts))
    assert right[0] < 0.6 < 0.97 < right[10]


@pytest.mark.parametrize(
    ("k", "key", "says"), [(3, "diffusion", "fewer steps"), ("classes", "n_clusters", "a number")]
)
def test_diffusion_that_makes_rows_equal_is_told(k, key, says):
    z = torch.eye(4)
    with pytest.raises(InputError, match=says) as caught:
        DecLoss(DecParams(n_clusters=k, diffusion=5)).setup(Whole(z))
    assert caught.value.key == key


def test_auto_chooses_the_number_of_clusters():
    loss = DecLoss(DecParams(n_clusters="auto"))
    loss.setup(Whole(blobs()))
    assert len(loss.centroids) == 3


@pytest.mark.parametrize("k", [100, "classes"])
def test_a_number_that_cannot_be_is_the_users_error(k):
    with pytest.raises(InputError) as caught:
        DecLoss(DecParams(n_clusters=k)).setup(Whole(blobs()))
    assert caught.value.key == "n_clusters"


@pytest.mark.parametrize(("interval", "refreshes"), [(2, [0, 2, 4]), ("epoch", [])])
def test_target_is_refreshed_when_it_is_due(interval, refreshes):
    loss, seen_at = DecLoss(DecParams(n_clusters=3, update_interval=interval)), []
    whole = Whole(blobs())
    loss.setup(whole)
    for step in range(5):
        if loss.target is not None:
            loss.target.zero_()
        loss.before_step(step, whole)
        if loss.target is not None and loss.target.any():
            seen_at.append(step)
    assert seen_at == refreshes
    before = loss.target
    loss.on_epoch(1, whole)
    assert (loss.target is not before) == (interval == "epoch")


def test_stops_when_few_rows_change_but_not_at_the_first_look():
    z = blobs()
    whole, loss = Whole(z), DecLoss(DecParams(n_clusters=3, update_interval=1, tolerance=0.05))
    loss.setup(whole)
    loss.before_step(0, whole)
    assert loss.should_stop() is None
    assert "changed" not in loss.values()
    whole.z = z.roll(1, 0)  # every row in another cluster
    loss.before_step(1, whole)
    assert loss.values()["changed"] == 1.0
    assert loss.should_stop() is None
    loss.before_step(2, whole)
    assert loss.values()["changed"] == 0.0
    assert "changed their cluster" in str(loss.should_stop())


def test_state_goes_on_in_the_middle():
    z, whole = blobs(), Whole(blobs())
    loss = DecLoss(DecParams(n_clusters=3))
    loss.setup(whole)
    loss.before_step(0, whole)
    again = DecLoss(DecParams(n_clusters=3))
    again.restore(loss.state())
    assert torch.equal(loss(seen(z[:9])), again(seen(z[:9])))
    assert torch.equal(loss.assign(z), again.assign(z))
    whole.z = z.roll(1, 0)
    for each in (loss, again):
        each.before_step(140, whole)
    assert again.changed == loss.changed == 1.0


def test_a_cluster_that_lost_its_rows_is_told():
    loss = DecLoss(DecParams(n_clusters=2, update_interval="epoch"))
    whole = Whole(blobs())
    loss.setup(whole)
    assert loss.warnings() == []
    loss.on_epoch(0, whole)
    assert loss.warnings() == []
    assert 0.05 < loss.values()["smallest"] <= 0.5
    with torch.no_grad():
        loss.centroids[1] += 1e4
    loss.on_epoch(1, whole)
    assert loss.values()["smallest"] == 0.0
    assert [text.startswith("left 1 of 2 clusters") for text in loss.warnings()] == [True]
