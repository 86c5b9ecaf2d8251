"""The stage that explains, in whole runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clusterforge
from clusterforge.curation.edits import Rename
from clusterforge.pipeline.curate import refer
from clusterforge.pipeline.events import Observer
from tests.pipeline import toy

DIGITS: dict[str, Any] = {
    "name": "digits",
    "dataset": {"use": "digits"},
    "encoder": [
        {"use": "flatten"},
        {"use": "autoencoder", "layers": [16], "dim": 4, "epochs": 2},
    ],
    "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    "metric": [{"use": "purity"}],
    "evaluation": {"null_draws": 0},
    "report": {"projection": "none"},
    "compute": {"threads": 1},
}


@pytest.fixture(autouse=True)
def without_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "clusterforge.pipeline.execute.write_report",
        lambda folder, figures: (folder / "report.html").touch(),
    )


def test_a_run_has_explanations(tmp_path: Path) -> None:
    done = clusterforge.run(toy.recipe(), out=tmp_path / "run", registry=toy.registry())
    told = done.explanations
    assert told.content == "table"
    assert told.reconstructions == ()
    assert [c.cluster for c in told.clusterings["cut"].clusters] == [0, 1, 2]


def test_it_is_reused_and_the_same_bytes_without_a_cache(tmp_path: Path) -> None:
    runs = [
        clusterforge.run(toy.recipe(), out=tmp_path / name, registry=toy.registry(), cache=cache)
        for name, cache in (("first", True), ("second", True), ("third", False))
    ]
    reused = [
        stage.reused for run in runs for stage in run.info.stages if stage.stage == "explanations"
    ]
    assert reused == [False, True, False]
    assert len({(run.folder / "explanations.json").read_bytes() for run in runs}) == 1


def test_another_clusterer_or_other_data_are_another_stage(tmp_path: Path) -> None:
    first = clusterforge.run(toy.recipe(), out=tmp_path / "a", registry=toy.registry())
    changes = (
        {"clusterer": [{"use": "cut", "n_clusters": 2}]},
        {"dataset": {"use": "dots", "labels": False}},
    )
    for i, change in enumerate(changes):
        other = clusterforge.run(
            toy.recipe(**change), out=tmp_path / f"b{i}", registry=toy.registry()
        )
        assert other.explanations.clusterings != first.explanations.clusterings


def test_all_noise(tmp_path: Path) -> None:
    recipe = toy.recipe(clusterer=[{"use": "cut", "noise": 60}])
    done = clusterforge.run(recipe, out=tmp_path / "run", registry=toy.registry())
    assert done.explanations.clusterings["cut"].clusters == ()


def test_an_autoencoder_shows_what_it_gives_back(tmp_path: Path) -> None:
    done = clusterforge.run(DIGITS, out=tmp_path / "run")
    told = done.explanations
    assert len(told.reconstructions) == 12
    for row in told.reconstructions:
        assert (row.stage, row.split) == ("encoder.1.autoencoder", "test")
        assert 0 < row.error < 1
    assert told.clusterings["kmeans"].clusters[0].mean_image
    # What was trained in an earlier run, taken up again, shows the same.
    more = {**DIGITS, "clusterer": [{"use": "kmeans", "n_clusters": 2}]}
    again = clusterforge.run(more, out=tmp_path / "again")
    assert any(s.reused for s in again.info.stages if s.stage == "encoder.1.autoencoder")
    assert again.explanations.reconstructions == told.reconstructions


def test_an_autoencoder_of_something_else_than_pixels_shows_nothing(tmp_path: Path) -> None:
    pca = {"use": "pca", "components": 64}
    recipe = {**DIGITS, "encoder": [*DIGITS["encoder"][:1], pca, DIGITS["encoder"][1]]}
    assert clusterforge.run(recipe, out=tmp_path / "run").explanations.reconstructions == ()


def test_json_without_nan(tmp_path: Path) -> None:
    done = clusterforge.run(toy.recipe(), out=tmp_path / "run", registry=toy.registry())
    text = (done.folder / "explanations.json").read_text("utf-8")
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert np.isfinite(
        [f.z for f in done.explanations.clusterings["cut"].clusters[0].features]
    ).all()


class Notes(Observer):
    """Keeps what it is told of."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


def test_a_column_that_tells_clusters_alone_is_named_once(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(120, 3))
    rows[:, 0] = 1000 * (np.arange(120) % 2) + rows[:, 0]
    np.savetxt(tmp_path / "d.csv", rows, delimiter=",", header="pay,age,size", comments="")
    recipe = {
        "dataset": {"use": "files", "path": str(tmp_path / "d.csv"), "features": "all"},
        "encoder": [{"use": "scale", "kind": "range"}],
        "clusterer": [{"use": "kmeans", "n_clusters": 2}],
        "evaluation": {"refits": 0},
    }
    notes = Notes()
    run = clusterforge.run(recipe, out=tmp_path / "a", observer=notes, cache=False)
    assert [text for text in notes.texts if "by 'pay' alone" in text]
    notes.texts.clear()
    edit = Rename(cluster=refer(run.files, "kmeans", "0"), name="Mine")
    clusterforge.edit(run.folder, [edit], out=tmp_path / "b", observer=notes, cache=False)
    assert not [text for text in notes.texts if "alone" in text]
