"""The recipe of the package, made small: UMAP as an encoder, and as the report's map."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from clusterforge_umap.umap import Umap

import clusterforge
from clusterforge.contracts import Context
from clusterforge.pipeline.result import Run

ROWS = 600


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("umap")
    recipe = Path(__file__).parents[1] / "recipe.toml"
    small = [f"dataset.limit={ROWS}", "encoder.1.epochs=50", "report.projection.epochs=50"]
    small += ["report.projection.rows=200", "evaluation.refits=0"]
    return clusterforge.run(recipe, overrides=small, out=folder / "run", cache=False)


def test_the_map_shows_both_splits(run: Run) -> None:
    about = json.loads((run.folder / "projection.json").read_text("utf-8"))
    assert (about["use"], about["note"]) == ("umap", "")
    assert (about["params"]["dim"], about["params"]["min_dist"]) == (2, 0.3)
    shown = pq.read_table(run.folder / "projection.parquet").to_pandas()
    assert (shown["split"] == "train").sum() == 200
    assert (shown["split"] == "test").sum() > 0
    places = {name: part.set_index("row")[["x", "y"]] for name, part in shown.groupby("split")}
    assert np.isfinite(shown[["x", "y"]].to_numpy()).all()
    # Rows of one cluster lie together in the map, rows of either split alike.
    labels = {name: run.labels(split=name)[part.index] for name, part in places.items()}
    train = places["train"].to_numpy()
    gap = np.linalg.norm(places["test"].to_numpy()[:, None] - train[None], axis=2)
    assert (labels["train"][gap.argmin(axis=1)] == labels["test"]).mean() > 0.8


def test_new_rows_are_placed_without_a_fit(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from clusterforge.datasets.scikit import Digits

    def refuse(*_: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(Umap, "fit", refuse)
    monkeypatch.setattr(Umap, "_fitted", refuse)
    monkeypatch.setitem(sys.modules, "umap", None)  # not even imported
    corpus = Digits(run.recipe.dataset.params).load(Context())
    opened = clusterforge.load(run.folder)
    for split in ("train", "test"):
        items = corpus.splits[split].items
        assert opened.encode(items).tobytes() == run.embedding(split).tobytes()
    labels = opened.predict(corpus.splits["test"].items)
    np.testing.assert_array_equal(labels, run.labels(split="test"))
