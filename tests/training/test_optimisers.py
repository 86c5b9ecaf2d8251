from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from clusterforge.phases import Phase
from clusterforge.training.tensors import lr_factor, optimiser, set_lr


def factors(**phase: object) -> list[float]:
    made = Phase(loss="reconstruction", **{"epochs": 4, **phase})
    return [lr_factor(made, step, 5) for step in range(made.epochs * 5)]


def test_schedules_follow_their_formulas():
    assert factors() == [1.0] * 20
    assert factors(schedule="cosine") == pytest.approx(
        [(1 + math.cos(math.pi * t / 20)) / 2 for t in range(20)]
    )
    assert factors(schedule="linear") == pytest.approx([1 - t / 20 for t in range(20)])
    step = factors(schedule={"use": "step", "every": 2, "factor": 0.5})
    assert step == [1.0] * 10 + [0.5] * 10


def test_warm_up_rises_from_zero_and_the_schedule_begins_after_it():
    found = factors(schedule="linear", warmup=1.0)
    assert found[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert found[5:] == pytest.approx([1 - t / 15 for t in range(15)])
    assert factors(warmup=100.0)[-1] == pytest.approx(20 / 500)


def test_against_torch():
    weight = nn.Parameter(torch.zeros(1))
    theirs = torch.optim.SGD([weight], lr=1.0)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 20)
    for ours in factors(schedule="cosine"):
        assert ours == pytest.approx(theirs.param_groups[0]["lr"])
        theirs.step()
        cosine.step()


@pytest.mark.parametrize("kind", ["adam", "adamw", "sgd"])
def test_fused_and_plain_optimisers_agree(kind):
    own = {"momentum": 0.5} if kind == "sgd" else {}
    phase = Phase(loss="reconstruction", lr=0.1, optimizer={"use": kind, **own}, weight_decay=0.1)
    ours, theirs = (nn.Parameter(torch.arange(4.0)) for _ in range(2))
    fused = optimiser(phase, [([ours], 1.0)])
    assert fused is not None
    assert fused.param_groups[0]["fused"]
    plain = {
        "adam": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1, momentum=0.5),
    }[kind]([theirs])
    for _ in range(3):
        for weight, opt in ((ours, fused), (theirs, plain)):
            opt.zero_grad()
            weight.square().sum().backward()
            opt.step()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_groups_keep_their_share_of_the_rate_and_frozen_weights_stay_out():
    a, b, frozen = (nn.Parameter(torch.zeros(2)) for _ in range(3))
    frozen.requires_grad_(False)
    made = optimiser(Phase(loss="x", lr=0.2), [([a], 1.0), ([b], 0.1), ([frozen], 1.0)])
    assert made is not None
    assert [group["lr"] for group in made.param_groups] == pytest.approx([0.2, 0.02])
    set_lr(made, 0.5)
    assert [group["lr"] for group in made.param_groups] == pytest.approx([0.5, 0.05])
    assert optimiser(Phase(loss="x"), [([frozen], 1.0)]) is None
