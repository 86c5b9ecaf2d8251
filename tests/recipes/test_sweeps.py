"""The recipes that are made for sweeps: some of their trials, on fewer rows and epochs."""

from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge
from tests.recipes.short_forms import MIRROR, SWEEPS

FEWER = {
    "digits_sweep": ("encoder.1.epochs=15",),
    "mnist_grid": ("encoder.1.epochs=12", "dataset.limit=600"),
}


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_some_trials_reach_the_floor(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "mnist_grid" and not MIRROR:
        pytest.skip("needs CLUSTERFORGE_MIRROR or the Hub")
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    done = clusterforge.sweep(
        name, overrides=FEWER[name], out=tmp_path / "sweep", workers=1, trials=4
    )
    assert [trial.problem for trial in done.trials] == [None] * 4
    reached = [trial.score("accuracy") or 0.0 for trial in done.trials]
    assert max(reached) > SWEEPS[name], reached
