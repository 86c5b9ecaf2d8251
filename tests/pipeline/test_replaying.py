"""A run computed once more."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import clusterforge
from clusterforge.contracts import Clustering, Metric
from clusterforge.errors import InputError
from clusterforge.numerics.kmeans import kmeans
from clusterforge.params import Params
from clusterforge.pipeline.replaying import _changed
from clusterforge.registry import Distribution, Registry
from clusterforge.registry.hooks import Found
from clusterforge.runs.manifest import write_manifest
from clusterforge.specs import MetricSpec
from clusterforge.storage.stages import key_of, seal
from tests.cli.conftest import BLOBS, Cli, cli

__all__ = ["cli"]

RECIPE = BLOBS.replace(
    '[[clusterer]]\nuse = "dbscan"\n',
    '[[encoder]]\nuse = "autoencoder"\nlayers = [4]\ndim = 2\nepochs = 2\n',
)


@pytest.fixture
def done(cli: Cli, tmp_path: Path) -> Path:
    (tmp_path / "r.toml").write_text(RECIPE)
    assert cli("run", "r.toml", "--out", "done", "--quiet").status == 0
    return tmp_path / "done"


def test_a_replay_is_identical_and_takes_nothing_from_the_cache(done: Path, cli: Cli) -> None:
    again = cli("replay", "done")

    assert again.status == 0, again.err
    assert again.out.splitlines()[-2:] == [
        "identical: every stage gave the same bytes",
        f"replay: {done}-replay",
    ]
    assert "reused" not in again.err
    assert cli("replay", "done").status == 2  # the folder is not empty


def test_a_replay_computes_the_metrics_of_then(done: Path) -> None:
    of_then = Registry.installed(limit="")
    spec = MetricSpec("largest", "Share of the largest cluster.", Params, f"{__name__}:Largest")
    found = [Found(plugin.spec, plugin.distribution) for plugin in of_then.plugins]
    later = Registry([*found, Found(spec, Distribution("stranger", "1"))])
    assert clusterforge.replay(done, registry=later).identical


class Largest(Metric[Params]):
    """The share of the largest cluster."""

    def score(self, clustering: Clustering) -> float:
        return float(np.bincount(clustering.labels[clustering.labels >= 0]).max())


def test_a_replay_keeps_the_defaults_of_then(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = json.loads((done / "recipe.json").read_text())
    (encoder,) = [table for table in tables["encoder"] if table["id"] == "autoencoder"]
    from clusterforge.builtin.trained_encoders import AutoencoderParams

    field = AutoencoderParams.model_fields["batch"]
    assert encoder["batch"] == field.default
    monkeypatch.setattr(field, "default", 8)
    AutoencoderParams.model_rebuild(force=True)
    try:
        found = clusterforge.replay(done)
    finally:
        monkeypatch.undo()
        AutoencoderParams.model_rebuild(force=True)
    assert found.identical
    assert found.differences == ()


def test_a_replay_says_which_stage_diverged_first_and_by_how_much(
    done: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(*args: object, **options: object) -> object:
        return kmeans(*args, **{**options, "seed": 7, "n_init": 1, "max_iter": 1})  # type: ignore[arg-type]

    monkeypatch.setattr("clusterforge.clusterers.kmeans.kmeans", other)
    again = cli("replay", "done", "--out", "again", "--json")

    assert again.status == 5, again.err
    found = json.loads(again.out)
    first = found["stages"][0]
    assert (found["identical"], first["stage"]) == (False, "clusterers/kmeans")
    assert first["embedding"] is None or first["embedding"] >= 0
    assert 0 <= first["labels"] <= 1


def test_another_embedding_is_measured(
    done: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clusterforge.encoders.scale import Scale

    encode = Scale.encode
    monkeypatch.setattr(Scale, "encode", lambda *args: encode(*args) + np.float32(0.5))
    again = cli("replay", "done", "--out", "again")

    assert again.status == 5, again.err
    first = again.out.splitlines()[0]
    assert first.startswith("diverged first: encoders/1-autoencoder: embeddings differ by at most ")


def test_a_curation_is_refused(done: Path, cli: Cli) -> None:
    assert cli("edit", "done", "--merge", "0", "1", "--out", "edited", "--quiet").status == 0
    with pytest.raises(InputError, match=r"is a curation.*replay done"):
        clusterforge.replay("edited")


def test_labels_are_matched_before_they_are_compared() -> None:
    a = np.array([0, 0, 0, 1, 1, -1])
    assert _changed(a, np.array([5, 5, 5, 2, 2, -1])) == 0
    assert _changed(a, np.array([5, 5, 2, 2, 2, -1])) == pytest.approx(1 / 6)
    assert _changed(a, np.array([5, 5, 5, 2, 2, 2])) == pytest.approx(1 / 6)
    assert _changed(a, a[:3]) is None


def test_a_damaged_run_is_refused_before_it_is_computed_again(
    done: Path, tmp_path: Path, cli: Cli
) -> None:
    """Also where stage and manifest agree with the damage."""
    place = done / "evaluation" / "kmeans"
    key = key_of(place)
    assert key
    for name in ("resamples.npy", "stage.json"):
        (place / name).unlink()
    (place / "resamples.npy").touch()
    seal(place, key)
    write_manifest(done)
    again = cli("replay", "done")
    assert (again.status, again.out) == (2, "")
    (line,) = again.err.splitlines()
    assert line.startswith("error: done/evaluation/kmeans/resamples.npy: ")
    assert not (tmp_path / "done-replay").exists()
