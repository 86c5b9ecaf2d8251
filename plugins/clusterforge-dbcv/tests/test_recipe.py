from __future__ import annotations

from pathlib import Path

import pytest

import clusterforge


def test_the_recipe_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    recipe = Path(__file__).parents[1] / "recipe.toml"
    few = ["evaluation.refits=0"]
    run = clusterforge.run(recipe, overrides=few, out=tmp_path / "run")

    def gain(metric: str) -> float:
        found = [run.score(metric, clusterer=name, split="train") for name in ("dbscan", "kmeans")]
        assert None not in found
        return found[0] - found[1]

    assert gain("ari") > 0.2
    assert gain("dbcv") > 0.2
    assert gain("silhouette") < 0
