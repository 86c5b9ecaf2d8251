"""Networks trained by several processes are those that one process trains."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clusterforge.training.ranks import group, training
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
    assert of["distance"] < 1e-3


def test_all_processes_have_the_same_weights_where_each_draws_its_own_dropout(found):
    assert found["dropout"]["same on all"]


def test_processes_that_a_program_has_joined_itself_do_not_train_together(monkeypatch):
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 2)

    assert group() is None
    assert training() is None
