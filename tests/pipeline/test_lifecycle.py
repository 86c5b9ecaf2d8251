"""What a tracker is told of a run: begun, resumed, reused, finished, failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import clusterforge
from clusterforge.contracts import Context, Epoch, FitReport, State, View
from clusterforge.errors import InputError, PluginError
from clusterforge.hookspecs import hookimpl
from clusterforge.pipeline import execute
from clusterforge.pipeline.api import resume
from clusterforge.pipeline.events import Observer
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import EncoderSpec
from clusterforge.training import NetworkEncoder, loop
from tests.pipeline import toy
from tests.training.kit import make, view

STAGES = [
    "dataset.dots",
    "encoder.0.trained",
    "clusterer.0.cut",
    "projection.flat",
    "scores.cut",
    "evaluation.cut",
    "evaluation.data",
    "explanations",
    "namer.widest",
    "report",
]


class Trained(toy.Shift):
    def fit(self, view: View, context: Context) -> None:
        super().fit(view, context)
        self.history = tuple(Epoch("all", epoch, {"loss": 1 / epoch}) for epoch in (1, 2))
        for line in self.history:
            context.on_epoch(line.phase, line.epoch, line.values)

    def report(self) -> FitReport:
        return FitReport(history=self.history)


TRAINED = EncoderSpec(
    "trained",
    "Two epochs.",
    toy.ShiftParams,
    f"{__name__}:Trained",
    takes=frozenset({"table"}),
)


class Tracker:
    """Writes down every hook that is called."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    @hookimpl
    def clusterforge_run_started(self, folder: Path, recipe: Any) -> None:
        assert (folder / "recipe.toml").is_file()
        self.told.append(("started", recipe["name"]))

    @hookimpl
    def clusterforge_epoch_finished(
        self, folder: Path, stage: str, phase: str, epoch: int, values: Any
    ) -> None:
        self.told.append(("epoch", stage, phase, epoch, dict(values)))

    @hookimpl
    def clusterforge_stage_finished(self, stage: str, reused: bool) -> None:
        self.told.append(("stage", stage, reused))

    @hookimpl
    def clusterforge_run_finished(self, folder: Path, scores: Any) -> None:
        assert (folder / "run.json").is_file()
        assert (folder / "report.html").is_file()
        clusterforge.load(folder)  # it is complete
        (folder / "scores.txt").write_text("part of the run")
        (folder / ".mine").write_text("not part of the run")
        self.told.append(("finished", len(scores)))

    @hookimpl
    def clusterforge_run_failed(self, folder: Path, reason: str, interrupted: bool) -> None:
        assert folder.is_dir()
        self.told.append(("failed", reason, interrupted))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [event for event in self.told if event[0] == kind]


class Ear(Observer):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def tracked(tracker: Any) -> Registry:
    found = [Found(spec, Distribution("toy", "1.0")) for spec in (*toy.SPECS, TRAINED)]
    registry = Registry(found)
    registry.manager.register(tracker, "tracker")
    return registry


def run(folder: Path, tracker: Any, observer: Observer | None = None) -> clusterforge.Run:
    recipe = toy.recipe(encoder=[{"use": "trained"}])
    return clusterforge.run(recipe, out=folder, registry=tracked(tracker), observer=observer)


def test_every_event_in_order(tmp_path: Path) -> None:
    tracker = Tracker()
    done = run(tmp_path / "run", tracker)

    assert [event[1] for event in tracker.of("stage")] == STAGES
    assert tracker.told[:4] == [
        ("started", "toy"),
        ("stage", "dataset.dots", False),
        ("epoch", "encoder.0.trained", "all", 1, {"loss": 1.0}),
        ("epoch", "encoder.0.trained", "all", 2, {"loss": 0.5}),
    ]
    assert tracker.told[-1] == ("finished", len(done.scores))


def test_what_a_hook_writes_is_part_of_the_run_unless_hidden(tmp_path: Path) -> None:
    done = run(tmp_path / "run", Tracker())
    (done.folder / ".mine").write_text("changed")
    clusterforge.load(done.folder)
    (done.folder / "scores.txt").write_text("changed")
    with pytest.raises(InputError, match=r"scores\.txt is missing or has changed since the run"):
        clusterforge.load(done.folder)


def test_the_epochs_of_a_reused_stage_are_told_again(tmp_path: Path) -> None:
    first, second = Tracker(), Tracker()
    run(tmp_path / "first", first)
    done = run(tmp_path / "second", second)

    assert ("stage", "encoder.0.trained", True) in second.told
    assert second.of("epoch") == first.of("epoch")
    history = json.loads((done.folder / "history.json").read_text("utf-8"))["epochs"]
    assert second.of("epoch") == [("epoch", *line.values()) for line in history]


@pytest.mark.parametrize(
    ("failure", "raised", "reason"),
    [
        (
            InputError("too far", key="by", remedy="come back"),
            InputError,
            "encoder.0.by: too far; come back",
        ),
        (
            ZeroDivisionError("by\nzero"),
            PluginError,
            "encoder.0: encoder 'trained' of toy 1.0 failed: ZeroDivisionError: by zero",
        ),
        (KeyboardInterrupt(), KeyboardInterrupt, "interrupted"),
    ],
)
def test_a_run_that_ends_early_is_told_with_its_reason(
    tmp_path: Path, failure: BaseException, raised: type[BaseException], reason: str
) -> None:
    toy.FAIL["shift"] = failure
    tracker = Tracker()
    with pytest.raises(raised):
        run(tmp_path / "run", tracker)
    name, told, interrupted = tracker.told[-1]
    assert (name, interrupted) == ("failed", raised is KeyboardInterrupt)
    assert told.startswith(reason)
    assert not tracker.of("finished")

    toy.FAIL.clear()
    tracker.told.clear()
    if raised is not KeyboardInterrupt:  # before any stage was done: nothing is left to resume
        run(tmp_path / "run", tracker)
    else:
        resume(tmp_path / "run", registry=tracked(tracker))
    assert tracker.told[0] == ("started", "toy")
    assert len(tracker.of("epoch")) == 2
    assert tracker.of("finished")
    assert not tracker.of("failed")


def test_a_run_whose_manifest_cannot_be_written_is_not_told_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(execute, "write_manifest", full)
    tracker = Tracker()
    with pytest.raises(OSError, match="no space left"):
        run(tmp_path / "run", tracker)
    assert tracker.told[-1] == ("failed", "OSError: no space left", False)
    assert not tracker.of("finished")


def test_a_run_that_never_began_is_not_told_of(tmp_path: Path) -> None:
    tracker = Tracker()
    with pytest.raises(InputError, match="device"):
        clusterforge.run(
            toy.recipe(compute={"device": "cuda:99"}),
            out=tmp_path / "run",
            registry=tracked(tracker),
        )
    assert tracker.told == []


@pytest.mark.parametrize("error", [RuntimeError("no\nserver"), SystemExit(3)])
def test_a_hook_that_fails_costs_one_warning(tmp_path: Path, error: BaseException) -> None:
    class Broken(Tracker):
        @hookimpl
        def clusterforge_stage_finished(self, stage: str) -> None:
            self.told.append(("stage", stage))
            raise error

    tracker, other, ear = Broken(), Tracker(), Ear()
    registry = tracked(tracker)
    registry.manager.register(other, "other")
    clusterforge.run(
        toy.recipe(encoder=[{"use": "trained"}]),
        out=tmp_path / "run",
        registry=registry,
        observer=ear,
    )
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    assert ear.warnings == [
        f"hook clusterforge_stage_finished of tracker failed: {said}; "
        "its hooks are left out until the run ends"
    ]
    assert [event[0] for event in tracker.told] == ["started", "stage", "finished"]
    assert len(other.of("stage")) == len(STAGES)


def test_an_interrupt_within_a_hook_ends_the_run(tmp_path: Path) -> None:
    class Slow(Tracker):
        @hookimpl
        def clusterforge_stage_finished(self, stage: str) -> None:
            raise KeyboardInterrupt

    tracker = Slow()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", tracker)
    assert tracker.told[-1] == ("failed", "interrupted", True)


def test_a_training_that_goes_on_tells_the_epochs_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    told: list[tuple[Any, ...]] = []
    again: NetworkEncoder | None = None

    class Checkpoint:
        kept: State | None = None

        def load(self) -> State | None:
            return self.kept

        def save(self, state: State) -> None:
            self.kept = state
            if len(told) == 2 and not again:
                raise KeyboardInterrupt

    context = Context(checkpoint=Checkpoint(), on_epoch=lambda *line: told.append(line))
    encoder = make("autoencoder", layers=[8], dim=2, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        encoder.fit(view(), context)
    assert [line[:2] for line in told] == [("reconstruction", 1), ("reconstruction", 2)]
    first, told[:] = list(told), []
    again = make("autoencoder", layers=[8], dim=2, epochs=3)
    again.fit(view(), context)
    assert told[:2] == first
    history = again.report().history
    assert told == [(line.phase, line.epoch, line.values) for line in history]
