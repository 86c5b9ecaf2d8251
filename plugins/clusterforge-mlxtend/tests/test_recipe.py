from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge


def test_the_recipe_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    recipe = Path(__file__).parents[1] / "recipe.toml"
    few = [
        *("dataset.limit=1500", "encoder.dec.pretrain_epochs=10", "encoder.dec.epochs=2"),
        *("evaluation.refits=0", "evaluation.null_draws=0", 'report.projection="none"'),
    ]
    run = clusterforge.run(recipe, overrides=few, out=tmp_path / "run")
    accuracy = run.score("accuracy", clusterer="head", split="test")
    assert accuracy is not None
    assert accuracy > 0.3
    assert len(run.labels("head", "train")) == 1500
