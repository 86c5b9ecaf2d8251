"""Trainings that take turns do what each does alone."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import clusterforge
from clusterforge import interrupts
from clusterforge.contracts import Context
from clusterforge.pipeline import encode, seeds
from clusterforge.pipeline.events import Observer
from clusterforge.testing.tape import Tape
from clusterforge.training import NetworkEncoder, adapter, loop
from clusterforge.training.course import Course
from clusterforge.training.turns import in_turns
from tests.training.kit import Memory, make, same_state, without_seconds
from tests.training.test_steps import CASES

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every training records its steps and replays them, as on a GPU."""
    monkeypatch.setattr(adapter, "Course", lambda **given: Course(**{**given, "recorder": Tape()}))
    threads = threading.active_count()
    yield
    assert threading.active_count() == threads


def trainings(
    case: str, contexts: list[Context]
) -> tuple[list[NetworkEncoder], list[Callable[[], None]]]:
    name, seen, params = CASES[case]
    encoders = [make(name, **params) for _ in contexts]
    pairs = zip(encoders, contexts, strict=True)
    return encoders, [partial(encoder.fit, seen, context) for encoder, context in pairs]


def counted(seed: int, order: list[int]) -> Context:
    return Context(seed=seed, on_epoch=lambda phase, epoch, values: order.append(seed))


@pytest.mark.parametrize("case", ["noise and dropout", "dec", "triplet", "images, idec, views"])
def test_each_is_what_it_is_alone_byte_for_byte(case: str) -> None:
    order: list[int] = []
    alone, works = trainings(case, [counted(seed, order) for seed in range(2)])
    for work in works:
        work()
    in_line, before = order.copy(), torch.get_rng_state()
    order.clear()
    together, works = trainings(case, [counted(seed, order) for seed in range(2)])
    assert in_turns(works, CPU) == []
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(alone, together, strict=True):
        assert same_state(one.state(), other.state())
        histories = [without_seconds(encoder.report().history) for encoder in (one, other)]
        assert histories[0] == histories[1]
    assert not same_state(together[0].state(), together[1].state())
    assert sorted(order) == in_line
    assert order != in_line  # an epoch of one has ended between two of another


def test_steps_that_are_not_replayed_give_no_turn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "Course", Course)
    order: list[int] = []
    in_turns(trainings("dec", [counted(seed, order) for seed in range(2)])[1], CPU)
    assert order == sorted(order)


def test_after_a_signal_all_go_on_where_they_were() -> None:
    kept, ended = [Memory(), Memory(), Memory()], list[int]()

    def stop(phase: str, epoch: int, values: object) -> None:
        ended.append(epoch)
        if len(ended) == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    contexts = [
        Context(seed=seed, checkpoint=memory, on_epoch=stop) for seed, memory in enumerate(kept)
    ]
    with interrupts.exceptions(), pytest.raises(interrupts.Terminated):
        in_turns(trainings("dec", contexts)[1], CPU)
    assert [len(memory.states) for memory in kept] == [1, 1, 1]
    alone, works = trainings("dec", [Context(seed=seed) for seed in range(3)])
    for work in works:
        work()
    starts = [Memory(start=memory.states[0]) for memory in kept]
    again, works = trainings(
        "dec", [Context(seed=s, checkpoint=start) for s, start in enumerate(starts)]
    )
    in_turns(works, CPU)
    assert all(same_state(a.state(), b.state()) for a, b in zip(alone, again, strict=True))


def failing(after: int, error: Exception) -> Callable[..., None]:
    calls = itertools.count()

    def told(*of: object) -> None:
        if next(calls) == after:
            raise error

    return told


def test_the_first_error_is_raised_and_the_others_leave_a_checkpoint() -> None:
    memory = Memory()
    contexts = [
        Context(seed=0, checkpoint=memory),
        Context(seed=1, on_epoch=failing(1, ValueError("no second epoch"))),
    ]
    _, works = trainings("sgd", contexts)
    begun: list[int] = []
    with interrupts.exceptions():
        with pytest.raises(ValueError, match="no second epoch"):
            in_turns(works, CPU)
        interrupts.let_through()  # nothing is left of what stopped the other
        interrupts.raise_swallowed()
    assert len(memory.states) == 1

    def fails() -> None:
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        in_turns([fails, lambda: begun.append(1)], CPU)
    assert begun == []


def test_where_memory_runs_out_one_is_left_for_later() -> None:
    contexts = [
        Context(seed=0),
        Context(seed=1, on_epoch=failing(1, RuntimeError("CUDA out of memory. Tried …"))),
    ]
    encoders, works = trainings("sgd", contexts)
    alone, whole = trainings("sgd", [Context(seed=0), Context(seed=1)])
    assert in_turns(works, CPU) == [works[1]]
    works[1]()
    for work in whole:
        work()
    assert all(same_state(a.state(), b.state()) for a, b in zip(alone, encoders, strict=True))


def test_what_there_was_no_memory_for_is_not_held() -> None:
    class Tensors:
        pass

    held: Any = None

    def within() -> None:
        large = Tensors()
        nonlocal held
        held = weakref.ref(large)
        raise RuntimeError("CUDA out of memory. Tried …")

    in_turns([within], CPU)
    assert held() is None


class Events(Observer):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def stage_started(self, stage: str) -> None:
        self.events.append(("started", stage))

    def epoch_finished(self, stage: str, phase: str, epoch: int, values: object) -> None:
        self.events.append(("epoch", stage, phase, str(epoch)))

    def stage_finished(self, stage: str, reused: bool, seconds: float) -> None:
        self.events.append(("finished", stage, str(reused)))


RECIPE: dict[str, Any] = {
    "name": "turns",
    "seeds": 3,
    "dataset": {"use": "digits", "limit": 300},
    "encoder": [
        {"use": "scale"},
        {"use": "autoencoder", "layers": [16], "dim": 4, "batch": 24, "epochs": 3},
    ],
    "clusterer": [{"use": "kmeans", "n_clusters": 10}],
    "evaluation": {"resamples": 0, "refits": 0, "null_draws": 0},
    "namer": {"use": "none"},
    "report": {"projection": "none"},
}


def test_a_run_of_several_seeds_is_the_same_in_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    runs, events = [], []
    for turns in (False, True):
        monkeypatch.setattr(seeds, "takes_turns", lambda resources, turns=turns: turns)
        told = Events()
        out = tmp_path / f"{turns}"
        runs.append(clusterforge.run(RECIPE, out=out, cache=False, observer=told))
        events.append(told.events)
    assert sorted(events[0]) == sorted(events[1])
    assert events[0] != events[1]
    alone, together = runs
    assert together.files.seeds == alone.files.seeds
    np.testing.assert_array_equal(
        together.files.labels("kmeans", "train"), alone.files.labels("kmeans", "train")
    )
    states = [run.folder / "encoders" for run in runs]
    weights = [sorted(folder.rglob("*.safetensors")) for folder in states]
    assert weights[0]
    assert [w.read_bytes() for w in weights[0]] == [w.read_bytes() for w in weights[1]]


def test_a_training_that_no_seed_changes_is_done_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec_of = encode.encoder_spec
    monkeypatch.setattr(encode, "encoder_spec", lambda e: replace(spec_of(e), stochastic=False))
    monkeypatch.setattr(seeds, "takes_turns", lambda resources: True)
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    told = Events()
    clusterforge.run(RECIPE, out=tmp_path / "run", observer=told)
    ended = [event[2] for event in told.events if event[0] == "finished" and "auto" in event[1]]
    assert ended == ["False", "True", "True", "True"]
