from __future__ import annotations

import itertools
import os
import signal
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from clusterforge import interrupts
from clusterforge.contracts import Context, Images, PhaseEnd, State, Table, View
from clusterforge.contracts.training import Batch, Loss
from clusterforge.errors import InputError
from clusterforge.params import Params
from clusterforge.registry import Distribution, Plugin
from clusterforge.specs import LossSpec
from clusterforge.training import NetworkEncoder, loop
from clusterforge.training.parts import Part
from tests.training.kit import (
    Memory,
    Streamed,
    digit_images,
    make,
    same_state,
    view,
    without_seconds,
)

SMALL: dict[str, Any] = {"layers": [16], "dim": 4, "batch": 64}


def fitted(
    name: str = "autoencoder",
    seen: View | None = None,
    context: Context | None = None,
    **params: Any,
) -> NetworkEncoder:
    encoder = make(name, **{**SMALL, **params})
    encoder.fit(view() if seen is None else seen, context or Context())
    return encoder


def losses(encoder: NetworkEncoder, name: str = "loss") -> list[float]:
    return [line.values[name] for line in encoder.report().history]


def test_the_loss_falls_and_the_history_tells_it():
    told: list[tuple[str, int]] = []
    context = Context(on_epoch=lambda phase, epoch, values: told.append((phase, epoch)))
    encoder = fitted(context=context, epochs=8)
    assert losses(encoder)[-1] < 0.6 * losses(encoder)[0]
    assert told == [("reconstruction", epoch) for epoch in range(1, 9)]
    line = encoder.report().history[0]
    assert (line.phase, line.epoch) == ("reconstruction", 1)
    assert set(line.values) == {"loss", "reconstruction", "lr", "seconds"}
    assert encoder.report().warnings == ()
    assert encoder.report().ends == (PhaseEnd("reconstruction", 8),)


def test_two_losses_are_summed_by_weight():
    phase = {
        "loss": [
            {"use": "reconstruction", "weight": 2.0},
            {"use": "reconstruction", "kind": "l1", "weight": 0.5},
        ],
        "epochs": 1,
    }
    values = fitted(phase=[phase]).report().history[0].values
    expected = 2 * values["reconstruction"] + 0.5 * values["reconstruction.2"]
    assert values["loss"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("autoencoder", {"dropout": 0.3, "noise": 0.2, "batch_norm": "before"}),
        ("siamese", {"pairs": "augment"}),
        ("triplet", {"pairs": {"use": "pseudo-labels", "n_clusters": 5}}),
    ],
)
def test_the_same_seed_gives_the_same_bytes_another_seed_does_not(name, params):
    first, again, other = (
        fitted(name, context=Context(seed=seed), epochs=2, **params) for seed in (3, 3, 4)
    )
    assert same_state(first.state(), again.state())
    assert without_seconds(first.report().history) == without_seconds(again.report().history)
    assert not same_state(first.state(), other.state())


def test_global_random_state_is_left_alone():
    torch_state, numpy_state = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    encoder = fitted("dec", epochs=1, pretrain_epochs=1, n_clusters=4, dropout=0.2)
    encoder.encode(view(), Context())
    assert torch.equal(torch.random.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)


RESUMED: dict[str, tuple[str, dict[str, Any]]] = {
    "adam with dropout and a schedule": (
        "autoencoder",
        {"epochs": 5, "dropout": 0.2, "schedule": "cosine", "warmup": 1.0, "batch_norm": "after"},
    ),
    "sgd, dec and two phases": (
        "dec",
        {"pretrain_epochs": 2, "epochs": 4, "n_clusters": 5, "update_interval": 5, "tolerance": 0},
    ),
    "patience": ("autoencoder", {"epochs": 8, "patience": 1, "lr": 0.3}),
    "plateau": (
        "autoencoder",
        {
            "phase": [
                {
                    "loss": "reconstruction",
                    "epochs": 6,
                    "lr": 0.2,
                    "schedule": {"use": "plateau", "patience": 1},
                }
            ]
        },
    ),
    "pseudo-labels kept for two epochs": (
        "triplet",
        {"epochs": 4, "pairs": {"use": "pseudo-labels", "n_clusters": 5, "refresh": 2}},
    ),
    "pseudo-labels of held-out rows": (
        "triplet",
        {
            "epochs": 4,
            "patience": 4,
            "pairs": {"use": "pseudo-labels", "n_clusters": 5, "refresh": 3},
        },
    ),
    "labels and a head": ("classifier", {"epochs": 3, "optimizer": "sgd"}),
    "a head before another phase": (
        "autoencoder",
        {
            "phase": [
                {"loss": {"use": "dec", "n_clusters": 4}, "epochs": 2},
                {"loss": "reconstruction", "epochs": 2},
            ]
        },
    ),
}


@pytest.mark.parametrize("case", RESUMED)
def test_a_resumed_run_equals_one_that_was_not_interrupted(case, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    name, params = RESUMED[case]
    seen, kept = view(300, labels=name == "classifier"), Memory()
    whole = fitted(name, seen, Context(checkpoint=kept), **params)
    within = [state for state in kept.states if state.meta["run.counters"]["batch"]]
    assert len(kept.states) - len(within) == len(whole.report().history)
    assert within
    for start in (*within[:: len(within) // 4 + 1], within[-1], kept.states[-1]):
        again = fitted(name, seen, Context(checkpoint=Memory(start=start)), **params)
        assert same_state(again.state(), whole.state())
        assert again.state().meta == whole.state().meta
        assert without_seconds(again.report().history) == without_seconds(whole.report().history)
        assert (again.report().warnings, again.report().pairs) == (
            whole.report().warnings,
            whole.report().pairs,
        )


def test_a_signal_in_the_midst_of_an_epoch_leaves_a_checkpoint_and_then_ends_training():
    def stop(done: float, total: float, text: str = "") -> None:
        if len(told) == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    told: list[int] = []
    kept, seen = Memory(), view(300)
    context = Context(checkpoint=kept, progress=stop, on_epoch=lambda p, e, v: told.append(e))
    with pytest.MonkeyPatch.context() as patch, interrupts.exceptions():
        patch.setattr(loop, "TELL_EVERY", 0.0)
        with pytest.raises(interrupts.Terminated):
            fitted("dec", seen, context, epochs=3, pretrain_epochs=2, n_clusters=4)
    (state,) = kept.states
    assert (state.meta["run.counters"]["epoch"], state.meta["run.counters"]["batch"]) == (1, 1)
    whole = fitted("dec", seen, epochs=3, pretrain_epochs=2, n_clusters=4)
    again = fitted(
        "dec",
        seen,
        Context(checkpoint=Memory(start=state)),
        epochs=3,
        pretrain_epochs=2,
        n_clusters=4,
    )
    assert same_state(again.state(), whole.state())


def test_checkpoints_are_as_rare_as_they_should_be():
    kept = Memory()
    fitted(context=Context(checkpoint=kept), epochs=3)
    assert kept.states == []


@pytest.mark.parametrize("name", ["autoencoder", "siamese", "conv-autoencoder"])
def test_streamed_rows_train_like_rows_in_memory(name):
    images = digit_images(120)
    params = {"channels": [4], "dim": 4} if name == "conv-autoencoder" else SMALL
    encoders = []
    for items in (images, Streamed(images)):
        encoder = make(name, **params, epochs=2)
        encoder.fit(View(items), Context())
        encoders.append(encoder)
    assert same_state(encoders[0].state(), encoders[1].state())
    assert np.array_equal(
        encoders[0].encode(View(images), Context()),
        encoders[1].encode(View(Streamed(images)), Context()),
    )


def test_a_streamed_table_trains_like_one_in_memory():
    table = view(200).items
    a, b = (fitted(seen=View(items), epochs=2) for items in (table, Streamed(table)))
    assert same_state(a.state(), b.state())


def test_patience_stops_and_keeps_the_best_weights():
    encoder = fitted(epochs=60, lr=0.1, patience=2)
    validation = losses(encoder, "validation")
    assert len(validation) < 60
    assert min(validation) == validation[-3]
    assert encoder.report().ends[0].reason == "no better validation loss for 2 epochs"
    fewer = fitted(epochs=len(validation) - 2, lr=0.1, patience=2)
    assert same_state(encoder.state(), fewer.state())


def test_validation_uses_the_data_sets_own_split():
    x = view(300).rows()
    seen = View(Table(x[:200]), validation=View(Table(x[200:])))
    encoder = fitted(seen=seen, epochs=1, patience=1)
    z = torch.from_numpy(encoder.encode(View(Table(x[200:])), Context()))
    assert encoder.network is not None
    with torch.no_grad():
        error = (encoder.network.decode(z) - torch.from_numpy(x[200:])).square().mean()
    assert losses(encoder, "validation")[0] == pytest.approx(float(error), rel=1e-5)


@pytest.mark.parametrize("pairs", ["labels", "neighbors", "augment", "pseudo-labels"])
def test_every_source_of_pairs_can_be_validated(pairs):
    encoder = fitted("triplet", view(300, labels=True), epochs=2, patience=2, pairs=pairs)
    assert np.isfinite(losses(encoder, "validation")).all()
    (used,) = encoder.report().pairs
    assert (used.source, used.labels) == (pairs, pairs == "labels")


def test_dec_can_be_validated():
    encoder = fitted("dec", pretrain_epochs=1, epochs=2, n_clusters=4, patience=2)
    assert np.isfinite(losses(encoder, "validation")).all()


def test_a_plateau_lowers_the_rate():
    schedule = {"use": "plateau", "patience": 1, "factor": 0.5}
    rates = losses(fitted(epochs=12, lr=0.3, schedule=schedule), "lr")
    assert rates[0] == 0.3
    assert rates[-1] < 0.3
    assert all(a / b in (1.0, 2.0) for a, b in itertools.pairwise(rates))


def test_clipping_bounds_the_step():
    def first_step(clip: float | None) -> float:
        phase = {
            "loss": {"use": "reconstruction", "weight": 1e3},
            "optimizer": {"use": "sgd", "momentum": 0.0},
            "lr": 1.0,
            "clip": clip,
            "batch": 400,
        }
        before = fitted(phase=[{**phase, "epochs": 0}]).state().arrays
        after = fitted(phase=[{**phase, "epochs": 1}]).state().arrays
        return float(sum(((after[k] - before[k]) ** 2).sum() for k in before) ** 0.5)

    assert first_step(0.01) == pytest.approx(0.01, rel=1e-3)
    assert first_step(None) > 1.0


def test_what_learns():
    def moved(train: str) -> set[str]:
        def phase(epochs: int) -> dict[str, Any]:
            loss = [
                {"use": "reconstruction"},
                {"use": "dec", "n_clusters": 4, "update_interval": 100},
            ]
            return {"loss": loss, "epochs": epochs, "train": train}

        before, after = (fitted(phase=[phase(n)]).state().arrays for n in (0, 1))
        same = {k for k in before if np.array_equal(before[k], after[k])}
        learnt = set(before) - same - {"head.target", "head.clusters"}
        return {k.removesuffix(".centroids").rsplit(".", 2)[0] for k in learnt}

    assert moved("all") == {"network.encoder", "network.decoder", "head"}
    assert moved("encoder") == {"network.encoder", "head"}
    assert moved("losses") == {"head"}


@pytest.mark.parametrize("weight", [1e2, 1e30])
def test_divergence_stops_and_keeps_the_last_good_weights(weight):
    phases = [
        {"loss": "reconstruction", "epochs": 2},
        {
            "name": "wild",
            "loss": {"use": "reconstruction", "weight": weight},
            "epochs": 5,
            "lr": 100,
            "optimizer": "sgd",
        },
    ]
    encoder = fitted(phase=phases)
    assert len(encoder.report().history) == 3
    assert len(encoder.report().warnings) == 1
    assert "wild diverged in epoch 1" in encoder.report().warnings[0]
    assert same_state(encoder.state(), fitted(phase=phases[:1]).state())
    for line in encoder.report().history:
        assert all(np.isfinite(value) for value in line.values.values())


def test_collapse_is_told():
    class Pull(Loss[Params]):
        def __call__(self, batch: Batch) -> torch.Tensor:
            return batch.z.var(dim=0).mean()

    phase = {"loss": "pull", "epochs": 40, "lr": 5.0, "optimizer": "sgd"}
    encoder = make("autoencoder", **SMALL, phase=[phase])
    pull = Plugin(LossSpec("pull", "", Params, ""), Distribution("clusterforge", ""))
    encoder.make = lambda kind, use: Part(pull, Pull(Params()))
    encoder.fit(view(), Context())
    assert len(encoder.report().warnings) == 1
    assert "pull collapsed" in encoder.report().warnings[0]


def test_a_last_batch_of_one_row_does_not_kill_batch_normalisation():
    encoder = fitted(seen=view(129), epochs=1, batch_norm="before")
    assert encoder.report().history[0].values["loss"] > 0


@pytest.mark.parametrize(("rows", "said"), [(0, "0 rows"), (1, "1 row")])
def test_too_few_rows_are_the_users_error(rows, said):
    with pytest.raises(InputError, match=rf"train on {said}\b"):
        fitted(seen=view(rows))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_rows_that_are_not_numbers_are_the_users_error(bad):
    x = view(50).rows().copy()
    x[7, 3] = bad
    with pytest.raises(InputError, match="NaN or infinity"):
        fitted(seen=View(Table(x)))


def test_a_loss_that_needs_a_decoder_says_so():
    encoder = make("triplet", **SMALL)
    encoder.params = encoder.params.model_copy(
        update={"phase": make("autoencoder", **SMALL).params.phases}
    )
    with pytest.raises(InputError, match="needs a decoder"):
        encoder.fit(view(), Context())


def test_a_thousand_rows_of_zero_epochs_still_give_a_head():
    encoder = fitted("dec", pretrain_epochs=0, epochs=0, n_clusters=4)
    soft = encoder.assign(encoder.encode(view(), Context()))
    assert soft is not None
    assert soft.shape == (400, 4)
    assert encoder.report().history == ()


def test_progress_is_in_order_and_seldom(monkeypatch):
    told: list[tuple[float, float, str]] = []
    context = Context(progress=lambda done, total, text="": told.append((done, total, text)))
    monkeypatch.setattr(loop, "TELL_EVERY", 0.0)
    fitted("dec", context=context, pretrain_epochs=2, epochs=2, n_clusters=4, tolerance=0)
    assert [line[0] for line in told] == sorted(line[0] for line in told)
    assert told[-1][:2] == (4, 4)
    assert told[0][2] == "pretrain 1/2"
    assert told[-1][2].startswith("dec 2/2 loss ")
    monkeypatch.undo()
    told.clear()
    fitted(context=context, epochs=2)
    assert len(told) <= 3


def test_an_interrupt_goes_through():
    def stop(phase: str, epoch: int, values: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(context=Context(on_epoch=stop))


def test_bfloat16_trains_nearly_the_same():
    exact, rough = (
        fitted(context=replace(Context(), precision=p), epochs=5) for p in ("float32", "bfloat16")
    )
    assert losses(rough)[-1] == pytest.approx(losses(exact)[-1], rel=0.05)
    assert losses(rough) != losses(exact)
    assert {v.dtype for v in rough.state().arrays.values()} == {np.dtype("float32")}


def test_dec_stops_when_few_rows_change():
    encoder = fitted(
        "dec", pretrain_epochs=3, epochs=50, n_clusters=4, tolerance=0.5, update_interval=3
    )
    assert "changed their cluster" in encoder.report().ends[1].reason
    assert encoder.report().ends[1].epochs == 1


def test_images_of_one_channel_or_three():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (20, 7, 9, 3), dtype=np.uint8)
    encoder = make("conv-autoencoder", channels=[4, 8], dim=3, epochs=1)
    encoder.fit(View(Images(pixels)), Context())
    assert encoder.encode(View(Images(pixels)), Context()).shape == (20, 3)
    assert isinstance(encoder.state(), State)
