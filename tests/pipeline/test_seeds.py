from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.cli.main import main
from clusterforge.numerics.contingency import ari, contingency
from clusterforge.runs.side_tables import baseline_table, seed_tables

RECIPE: Mapping[str, Any] = {
    "name": "seeds",
    "dataset": {"use": "iris"},
    "encoder": [{"use": "scale"}],
    "clusterer": [{"use": "kmeans", "n_clusters": 6, "restarts": 1}],
    "metric": [{"use": "ari"}, {"use": "silhouette"}],
    "evaluation": {"resamples": 0, "refits": 0, "null_draws": 0},
    "namer": {"use": "none"},
    "report": {"projection": "none"},
}


def test_the_run_is_that_of_the_seed_which_agrees_best(tmp_path: Path) -> None:
    alone = {
        seed: clusterforge.run({**RECIPE, "seed": seed}, out=tmp_path / str(seed), cache=False)
        for seed in (3, 4, 5, 6)
    }
    run = clusterforge.run({**RECIPE, "seed": 3, "seeds": 4}, out=tmp_path / "all", cache=False)
    labels = {seed: one.files.labels("kmeans", "train") for seed, one in alone.items()}
    mean = {
        seed: np.mean([ari(contingency(own, labels[o]).counts) for o in labels if o != seed])
        for seed, own in labels.items()
    }
    chosen = max(mean, key=lambda seed: (round(float(mean[seed]), 9), -seed))
    seeds = run.files.seeds
    assert seeds is not None
    assert (seeds.chosen, run.info.seed) == (chosen, chosen)
    np.testing.assert_array_equal(run.files.labels("kmeans", "train"), labels[chosen])
    score = next(s for s in seeds.scores if s.metric == "ari" and s.split == "train")
    values = [
        next(s.value for s in one.metrics.scores if s.metric == "ari" and s.split == "train")
        for one in alone.values()
    ]
    assert list(score.values) == values
    assert score.mean == pytest.approx(np.mean(values))
    assert score.sd == pytest.approx(np.std(values, ddof=1))
    assert score.low is not None
    assert score.low < score.mean
    assert not (run.folder / "seeds").exists()
    (table, *_) = seed_tables(seeds, run.metrics)
    assert table.title == "over 4 seeds, train"
    page = (run.folder / "report.html").read_text()
    assert "Over 4 seeds, train" in page


def test_a_curation_keeps_the_seed(tmp_path: Path) -> None:
    run = clusterforge.run({**RECIPE, "seeds": 3}, out=tmp_path / "run", cache=False)
    assert main(["edit", str(run.folder), "--merge", "0", "1", "--out", str(tmp_path / "e")]) == 0
    edited = clusterforge.load(tmp_path / "e")
    assert edited.info.seed == run.info.seed
    assert edited.files.seeds is None


def test_baselines_have_as_many_clusters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = {**RECIPE, "baselines": True, "encoder": [{"use": "scale"}, {"use": "pca"}]}
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    found = run.files.baselines
    assert found is not None
    assert found.features == ("scale", "pca")
    titles = [one.title for one in found.baselines]
    assert "features + k-means" in titles
    assert "spectral clustering" in titles
    assert all(one.clusters == 6 for one in found.baselines if one.reason is None)
    own = next(one for one in found.baselines if one.title == "features + k-means")
    assert own.shared["silhouette"] == pytest.approx(found.shared["kmeans"]["silhouette"], abs=0.05)
    table = baseline_table(found, run.metrics)
    assert table.rows[0][0] == "kmeans of this recipe"
    assert table.title.endswith("test")
    assert "Silhouette ↑ in scale + pca, train" in table.headers
    assert not (run.folder / "baselines").exists()


def test_baselines_see_no_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    discriminant = "python:sklearn.discriminant_analysis:LinearDiscriminantAnalysis"
    recipe = {
        **RECIPE,
        "baselines": True,
        "encoder": [{"use": "scale"}, {"use": discriminant}],
        "clusterer": [{"use": "dbscan", "eps": 1e-9}],
    }
    found = clusterforge.run(recipe, out=tmp_path / "run", cache=False).files.baselines
    assert found is not None
    assert found.features == ("scale",)
    # All rows are noise: there is no number of clusters to compare with.
    assert {one.reason for one in found.baselines} == {"the recipe's clusterer has no clusters"}


def test_features_that_are_a_baseline_are_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    texts = tmp_path / "t.csv"
    texts.write_text("text\n" + "\n".join(f"word{i % 3} other{i % 2} {i}" for i in range(30)))
    recipe = {
        **RECIPE,
        "baselines": True,
        "dataset": {"use": "files", "path": str(texts), "text": "text"},
        "encoder": [{"use": "tfidf"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "metric": [{"use": "silhouette"}],
    }
    run = clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    found = run.files.baselines
    assert found is not None
    titles = [one.title for one in found.baselines]
    assert titles == ["features + k-means", "PCA + k-means", "spectral clustering"]
