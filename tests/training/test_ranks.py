"""Networks trained by several processes are those that one process trains."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import nn

from clusterforge.training.ranks import Ranks, group, normalised_together, training
from tests.torchrun import torchrun
from tests.training.trained_together import cases


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("together")
    done = torchrun("-m", "tests.training.trained_together", "found.json", folder=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "found.json").read_text("utf-8"))


@pytest.mark.parametrize("case", cases())
def test_two_processes_train_what_one_trains(case, found):
    of = found[case]
    assert of["same on all"]
    together, alone = of["losses"]
    assert together == pytest.approx(alone, rel=1e-4)
    assert of["distance"] < 1e-4


def test_all_processes_have_the_same_weights_where_each_draws_its_own_dropout(found):
    assert found["dropout"]["same on all"]


def test_no_process_imports_the_compiler_of_torch(found):
    assert not found["compiler"]["imported"]


def test_processes_that_a_program_has_joined_itself_do_not_train_together(monkeypatch):
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 2)

    assert group() is None
    assert training() is None


@pytest.fixture
def alone(monkeypatch) -> Ranks:
    """A process whose sums over all are its own."""
    monkeypatch.setattr("torch.distributed.all_reduce", lambda values: None)
    return Ranks(0, 1, sharing=True)


def layers(**of: Any) -> list[nn.BatchNorm1d]:
    return [nn.BatchNorm1d(3, **of) for _ in range(2)]


@pytest.mark.parametrize("momentum", [0.1, 0.0, None])
def test_batches_are_normalised_as_torch_does_also_far_from_zero(momentum, alone):
    x = 2000 + 0.5 * torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    plain, ours = layers(momentum=momentum)
    with normalised_together(nn.Sequential(ours), alone):
        made = ours(x)

    assert torch.allclose(made, plain(x), atol=1e-3)
    assert torch.allclose(ours.running_mean, plain.running_mean)
    assert torch.allclose(ours.running_var, plain.running_var, rtol=1e-3)
    assert not ours.running_var.requires_grad


def test_rows_that_every_process_sees_are_normalised_by_themselves(alone):
    alone.sharing = False
    x = torch.randn(4, 3)
    plain, ours = layers()
    with normalised_together(nn.Sequential(ours), alone):
        assert torch.equal(ours(x), plain(x))
    assert torch.equal(ours.running_var, plain.running_var)


def test_a_layer_with_a_pass_of_its_own_keeps_it(alone):
    class Own(nn.BatchNorm1d):
        def forward(self, x):
            return x + 1

    with normalised_together(nn.Sequential(own := Own(3)), alone):
        assert torch.equal(own(torch.zeros(2, 3)), torch.ones(2, 3))
