"""One phase: what it validates with, what it refuses, and what it leaves in a checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clusterforge.contracts import Context, State, Table, View
from clusterforge.errors import InputError
from clusterforge.training import NetworkEncoder, loop
from tests.training.kit import Memory, digits, same_state, view, without_seconds
from tests.training.test_loop import fitted, losses


def test_a_checkpoint_after_a_loss_that_is_no_number_is_json_and_goes_on(monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    seen, kept = View(Table(view(100).rows() * np.float32(1e25))), Memory()
    params: dict[str, Any] = {"epochs": 3, "patience": 2}
    whole = fitted("autoencoder", seen, Context(checkpoint=kept), **params)
    assert "diverged in epoch 1" in whole.report().ends[0].reason
    for kept_state in (kept.states[0], kept.states[-1]):
        meta = json.loads(json.dumps(kept_state.meta, allow_nan=False))
        start = State(kept_state.arrays, meta)
        again = fitted("autoencoder", seen, Context(checkpoint=Memory(start=start)), **params)
        assert same_state(again.state(), whole.state())
        assert (again.report().warnings, again.report().ends) == (
            whole.report().warnings,
            whole.report().ends,
        )


@pytest.mark.parametrize("labels", [None, np.full(100, -1)], ids=["withheld", "unlabelled"])
@pytest.mark.parametrize(("name", "params"), [("classifier", {}), ("triplet", {"pairs": "labels"})])
def test_a_validation_split_without_labels_can_not_judge_what_learns_from_them(
    name, params, labels
):
    x, y = digits(300)
    rows = View(Table(x[:200]), labels=y[:200], n_classes=10)
    params = {**params, "epochs": 3, "patience": 3}

    def validated(validation: View | None) -> NetworkEncoder:
        return fitted(name, replace(rows, validation=validation), **params)

    held_out = validated(None)
    assert np.isfinite(losses(held_out, "validation")).all()
    found = validated(View(Table(x[200:]), labels=labels))
    assert without_seconds(found.report().history) == without_seconds(held_out.report().history)
    assert same_state(found.state(), held_out.state())
    labelled = validated(View(Table(x[200:]), labels=y[200:]))
    assert losses(labelled, "validation") != losses(held_out, "validation")


def test_one_row_a_step_is_too_few_for_batch_normalisation():
    with pytest.raises(InputError, match="one row per step") as caught:
        fitted(seen=view(20), epochs=1, batch=1, batch_norm="after")
    assert caught.value.key == "batch"
    assert len(fitted(seen=view(20), epochs=1, batch=1).report().history) == 1
