from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge


def test_the_recipe_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    recipe = Path(__file__).parents[1] / "recipe.toml"
    few = [
        "compute.threads=1",
        "dataset.limit=800",
        "evaluation.refits=0",
        "evaluation.null_draws=0",
    ]
    run = clusterforge.run(recipe, overrides=few, out=tmp_path / "run")
    found = run.score("ari", clusterer="leiden", split="test")
    as_classes = run.score("accuracy", clusterer="leiden-as-classes", split="test")
    assert found is not None
    assert found > 0.7
    assert as_classes is not None
    assert as_classes > 0.7
    assert run.labels("leiden-as-classes").max() == 9
