"""Steps that are recorded and replayed give what steps as they are give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from torch import Tensor

from clusterforge.contracts import Context, View
from clusterforge.contracts.training import Batch, Loss
from clusterforge.encoders.networks import Mlp
from clusterforge.params import Params
from clusterforge.registry import Distribution, Plugin
from clusterforge.specs import LossSpec
from clusterforge.testing.tape import Tape
from clusterforge.training import NetworkEncoder, adapter
from clusterforge.training.course import Course
from clusterforge.training.parts import Part
from tests.training.kit import (
    Streamed,
    digit_images,
    make,
    make_part,
    same_state,
    view,
    without_seconds,
)


class AsItIs:
    """Takes every step by its Python, with the optimiser of steps that are replayed."""

    def warm(self, step: Any) -> None:
        step()

    def record(self, step: Any) -> None:
        self.step = step
        raise RuntimeError("not here")

    def replay(self) -> None:
        raise AssertionError


def trained(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, encoder: NetworkEncoder, seen: View, **of: Any
) -> NetworkEncoder:
    def course(**given: Any) -> Course:
        return Course(**{**given, "recorder": recorder})

    monkeypatch.setattr(adapter, "Course", course)
    encoder.fit(seen, Context(**of))
    return encoder


SMALL: dict[str, Any] = {"layers": [16], "dim": 4, "batch": 40, "epochs": 2}
IMAGES = View(digit_images(200))
DEC: dict[str, Any] = {"layers": [16], "dim": 4, "batch": 40, "n_clusters": 10, "epochs": 2}
CASES: dict[str, tuple[str, View, dict[str, Any]]] = {
    "noise and dropout": ("autoencoder", view(), SMALL | {"noise": 0.2, "dropout": 0.1}),
    "batch norm": ("autoencoder", view(), SMALL | {"batch_norm": "before", "clip": 0.01}),
    "sgd": (
        "autoencoder",
        view(),
        SMALL | {"epochs": 3, "optimizer": {"use": "sgd", "momentum": 0.9}},
    ),
    "adamw": ("autoencoder", view(), SMALL | {"optimizer": "adamw", "schedule": "cosine"}),
    "last batch smaller": (
        "autoencoder",
        view(390),
        SMALL | {"epochs": 3, "validation": 0.1, "patience": 2},
    ),
    "dec": ("dec", view(), DEC | {"pretrain_epochs": 2, "update_interval": 3}),
    "idec": ("idec", view(), DEC | {"pretrain_epochs": 1, "update_interval": "epoch"}),
    "triplet": ("triplet", view(labels=True), SMALL),
    "triplet of neighbours": ("triplet", view(), SMALL | {"pairs": "neighbors"}),
    "triplet of views": ("triplet", view(), SMALL | {"pairs": "augment"}),
    "siamese": ("siamese", view(labels=True), SMALL),
    "views": (
        "triplet",
        view(),
        {"layers": [16], "dim": 4}
        | {"phase": [{"loss": "infonce", "batch": 40, "epochs": 2, "augment": {"use": "random"}}]},
    ),
    "self-labels": (
        "triplet",
        view(),
        {"layers": [16], "dim": 4}
        | {"phase": [{"loss": {"use": "self-labels", "n_clusters": 5}, "batch": 40, "epochs": 2}]},
    ),
    "classifier": ("classifier", view(labels=True), SMALL),
    "student": (
        "student",
        replace(IMAGES, embedding=view(len(IMAGES)).embedding),
        {"n_clusters": 5, "channels": [4, 8], "dim": 4, "batch": 24, "epochs": 2},
    ),
    "images": (
        "conv-autoencoder",
        IMAGES,
        {"channels": [4, 8], "dim": 4, "batch": 24, "epochs": 2},
    ),
    "images, idec, views": (
        "conv-autoencoder",
        IMAGES,
        {"channels": [4, 8], "dim": 4, "batch": 24, "epochs": 2, "batch_norm": "after"}
        | {"augment": {"use": "random", "shift": 0.1, "rotate": 10.0}},
    ),
}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("case", CASES)
def test_replayed_steps_are_the_steps_byte_for_byte(case, precision, monkeypatch):
    name, seen, params = CASES[case]
    tape = Tape()
    encoders = [
        trained(monkeypatch, recorder, make(name, **params), seen, precision=precision)
        for recorder in (tape, AsItIs())
    ]
    assert tape.replays > 4
    assert same_state(*(encoder.state() for encoder in encoders))
    histories = [without_seconds(encoder.report().history) for encoder in encoders]
    assert histories[0] == histories[1]


class Adaptive(Loss[Params]):
    """Reads a number in each step, and says that it does not."""

    def __call__(self, batch: Batch) -> Tensor:
        return batch.z.square().mean() / max(float(batch.z.detach().abs().max()), 1e-3)


class Drifting(Loss[Params]):
    """Counts in Python, and says that its steps are alike."""

    steps = 0

    def __call__(self, batch: Batch) -> Tensor:
        self.steps += 1
        return batch.z.square().mean() * self.steps


def with_loss(loss: type[Loss[Any]], *, replayable: bool = True) -> NetworkEncoder:
    spec = LossSpec("own", "", Params, "", replayable=replayable)
    plugin = Plugin(spec, Distribution("stranger", "1"))

    def part(kind: Any, use: Any) -> Part[Any]:
        return Part(plugin, loss(Params())) if kind == "loss" else make_part(kind, use)

    phase = [{"loss": "own", "batch": 40, "epochs": 2}]
    # A capture runs nothing, but the tape has moved the statistics of a batch before it is refused.
    of = {"layers": [16], "dim": 4, "batch_norm": "none", "phase": phase}
    return NetworkEncoder(make("triplet", **of).plugin, part)


def test_a_step_that_can_not_be_recorded_is_taken_as_it_is_and_said(monkeypatch):
    tape, kept = Tape(), AsItIs()
    encoders = [
        trained(monkeypatch, recorder, with_loss(Adaptive), view()) for recorder in (tape, kept)
    ]
    assert tape.replays == 0
    assert same_state(*(encoder.state() for encoder in encoders))
    (line,) = encoders[0].report().warnings
    assert "took its steps one by one" in line
    assert "reads a number" in line


def test_the_tape_shows_python_that_a_replay_leaves_out(monkeypatch):
    states = [
        trained(monkeypatch, recorder, with_loss(Drifting), view()).state()
        for recorder in (Tape(), AsItIs())
    ]
    assert not same_state(*states)


def test_parts_that_do_not_say_so_are_never_recorded(monkeypatch):
    tape = Tape()
    trained(monkeypatch, tape, with_loss(Drifting, replayable=False), view())
    assert tape.replays == 0 == len(tape.calls)


def test_rows_that_are_streamed_are_never_recorded(monkeypatch):
    tape, seen = Tape(), View(Streamed(digit_images(200)))
    trained(monkeypatch, tape, make("autoencoder", layers=[16], dim=4, batch=20, epochs=1), seen)
    assert len(tape.calls) == 0


def test_a_derived_network_says_for_itself_that_it_can_be_replayed(monkeypatch):
    class Derived(Mlp):
        pass

    tape, encoder = Tape(), make("triplet", **SMALL, phase=[{"loss": "infonce", "batch": 40}])
    monkeypatch.setattr(encoder.plugin, "build", lambda shape: Derived(shape[0], encoder.params))
    trained(monkeypatch, tape, encoder, view())
    assert len(tape.calls) == 0


def test_a_state_of_dec_stays_what_it_was():
    encoder = make("dec", **DEC, pretrain_epochs=1, update_interval=3)
    encoder.fit(view(), Context())
    with encoder._head as head:
        state = head.state()
        before = {name: array.copy() for name, array in state.arrays.items()}
        head.target.mul_(0.5)
    assert all((state.arrays[name] == before[name]).all() for name in before)
