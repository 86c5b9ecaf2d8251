from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import clusterforge


def test_the_recipe_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_CACHE", str(tmp_path / "cache"))
    recipe = Path(__file__).parents[1] / "recipe.toml"
    few = ["evaluation.refits=0"]
    run = clusterforge.run(recipe, overrides=few, out=tmp_path / "run")

    for split in ("train", "test"):
        labels, membership = run.labels("hdbscan", split), run.membership("hdbscan", split)
        assert membership is not None
        assert membership.shape == (len(labels), labels.max() + 1)
        scores = run.outlier_scores("hdbscan", split)
        assert scores is not None
        assert scores[labels < 0].mean() > scores[labels >= 0].mean() + 0.1
        assert (membership.argmax(axis=1) == labels)[labels >= 0].mean() > 0.95
    large = [*few, "clusterer.hdbscan.min_cluster_size=2000", "report.projection=none"]
    nothing = clusterforge.run(recipe, overrides=large, out=tmp_path / "nothing")
    remedy = "try min_cluster_size = 143 (now 2000) in clusterer.0"
    assert any("called every row noise" in w and remedy in w for w in nothing.info.warnings)
    large[1] = "clusterer.hdbscan.min_cluster_size=143"
    followed = clusterforge.run(recipe, overrides=large, out=tmp_path / "followed")
    assert len(set(followed.labels("hdbscan").tolist()) - {-1}) > 1
    reasons = {score.reason for score in nothing.metrics.scores}
    assert "no rows are left" in reasons
    assert "no rows" not in reasons
    purity = run.score("purity", clusterer="hdbscan", split="test")
    assert purity is not None
    assert purity > 0.9
    rows = np.random.default_rng(0).integers(0, 17, (3, 8, 8)).astype(np.uint8)
    columns = run.predict_columns(rows, "hdbscan")
    assert list(columns) == ["hdbscan", "hdbscan.nearest", "hdbscan.confidence", "hdbscan.outlier"]
