"""Phases of training that are done are not done again when what follows them changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.pipeline.events import Observer
from clusterforge.pipeline.result import Run
from clusterforge.training import loop


class Epochs(Observer):
    """Remembers the epochs it was told of."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def epoch_finished(self, stage: str, phase: str, epoch: int, values: Any) -> None:
        self.told.append((phase, epoch))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(loop, "WORTH", 0.0)


def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the title of each phase that is trained."""
    phases: list[str] = []
    begin = loop.PhaseRun.setup

    def setup(self: Any) -> None:
        phases.append(self.phase.title)
        begin(self)

    monkeypatch.setattr(loop.PhaseRun, "setup", setup)
    return phases


def run(folder: Path, use: str = "dec", seed: int = 0, cache: bool = True, **params: Any) -> Run:
    encoder = {"use": use, "layers": [16], "dim": 4, "n_clusters": 10, "pretrain_epochs": 2}
    recipe = {
        "name": "memory",
        "seed": seed,
        "dataset": {"use": "digits", "limit": 300},
        "encoder": [{"use": "flatten"}, {**encoder, "epochs": 1, **params}],
        "clusterer": [{"use": "head"}],
        "metric": [{"use": "accuracy"}],
        "evaluation": {"null_draws": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    return clusterforge.run(recipe, out=folder, cache=cache)


def same(a: Run, b: Run) -> bool:
    return np.array_equal(a.embedding("test"), b.embedding("test")) and a.phases == b.phases


def test_only_what_follows_a_change_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phases = trained(monkeypatch)
    run(tmp_path / "first")
    assert phases == ["pretrain", "dec"]
    again = run(tmp_path / "second", epochs=2)
    assert phases == ["pretrain", "dec", "dec"]
    assert same(again, run(tmp_path / "anew", epochs=2, cache=False))


def test_another_encoder_shares_the_phases_that_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phases = trained(monkeypatch)
    run(tmp_path / "dec")
    found = run(tmp_path / "idec", use="idec")
    assert phases[:2] == ["pretrain", "dec"]
    assert "pretrain" not in phases[2:]
    assert len(phases) == 3
    assert same(found, run(tmp_path / "anew", use="idec", cache=False))


def test_an_autoencoder_shares_the_pre_training_that_dec_begins_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phase = {"name": "pretrain", "loss": "reconstruction", "epochs": 2}
    recipe = {
        "name": "memory",
        "dataset": {"use": "digits", "limit": 300},
        "encoder": [
            {"use": "flatten"},
            {"use": "autoencoder", "layers": [16], "dim": 4, "phase": [phase]},
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 10}],
        "evaluation": {"null_draws": 0},
        "report": {"projection": "none"},
        "compute": {"threads": 1},
    }
    phases = trained(monkeypatch)
    run(tmp_path / "dec")
    found = clusterforge.run(recipe, out=tmp_path / "autoencoder")
    assert phases == ["pretrain", "dec"]
    assert same(found, clusterforge.run(recipe, out=tmp_path / "anew", cache=False))


SCALED: dict[str, Any] = {"use": "scale", "trainable": False}


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"dim": 5},
        {"noise": 0.5},
        {"batch": 128},
        {"normalize": True},  # not in the network's structure or weights
        {"backbone": {**SCALED, "kind": "unit"}},
    ],
)
def test_another_beginning_is_trained_from_the_start(
    change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "first", **({"backbone": SCALED} if "backbone" in change else {}))
    phases = trained(monkeypatch)
    run(tmp_path / "second", **change)
    assert phases == ["pretrain", "dec"]


def test_a_cache_that_can_not_be_written_costs_the_memory_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    run(tmp_path / "first")


def test_a_phase_that_is_remembered_is_told_and_recorded(tmp_path: Path) -> None:
    run(tmp_path / "first")
    told = Epochs()
    recipe = tmp_path / "first" / "recipe.toml"
    done = clusterforge.run(
        recipe, overrides=["encoder.1.epochs=2"], out=tmp_path / "second", observer=told
    )
    assert told.told == [("pretrain", 1), ("pretrain", 2), ("dec", 1), ("dec", 2)]
    assert [r.phase for r in done.phases] == ["input", "pretrain", "dec"]


def test_short_phases_are_not_worth_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WORTH", 1e9)
    run(tmp_path / "first")
    phases = trained(monkeypatch)
    run(tmp_path / "second", epochs=2)
    assert phases == ["pretrain", "dec"]
