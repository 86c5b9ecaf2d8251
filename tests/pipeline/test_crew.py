"""A run of several processes: the first does it, the others train with it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import clusterforge
from clusterforge.errors import InputError
from clusterforge.pipeline import crew
from clusterforge.runs import RunFolder
from tests.torchrun import torchrun

OWN = """
from clusterforge.contracts.training import Loss
from clusterforge.params import Params

class Small(Loss[Params]):
    def __call__(self, batch):
        return batch.network.decode(batch.z).square().mean()
"""
RECIPE = """
seed = 0

[dataset]
use = "iris"

[[encoder]]
use = "scale"

[[encoder]]
use = "autoencoder"
layers = [16]
dim = 2

[[encoder.phase]]
epochs = 3
batch = 16
loss = [{ use = "reconstruction" }, { use = "python:./own.py:Small", weight = 0.1 }]

[[clusterer]]
use = "kmeans"
n_clusters = 3

[compute]
precision = "float32"
threads = 1
"""


def test_two_processes_make_the_run_of_one(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    alone = clusterforge.run(tmp_path / "recipe.toml", out=tmp_path / "alone", cache=False)
    run = ("-m", "clusterforge", "run", "recipe.toml", "--out", "together", "--no-cache", "--json")
    done = torchrun(*run, folder=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["run"] == "together"  # printed once
    assert done.stderr.count("encoder.1.autoencoder") <= 2  # and so is what is told of a stage
    together = clusterforge.load(tmp_path / "together")
    histories = [RunFolder.open(run.folder).history for run in (together, alone)]
    losses = [[epoch.values["loss"] for epoch in history.epochs] for history in histories]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    rows = [np.load(run.folder / "encoders/1-autoencoder/train.npy") for run in (together, alone)]
    assert np.abs(rows[0] - rows[1]).max() < 1e-4
    counts = [
        json.loads((run.folder / "run.json").read_text("utf-8"))["compute"]["processes"]
        for run in (together, alone)
    ]
    assert counts == [2, 1]
    with pytest.raises(InputError, match="2 processes of torchrun"):
        clusterforge.replay(together.folder)


def test_an_error_is_told_by_the_first_process_alone(tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE.replace("dim = 2", "dims = 2"))
    run = ("-m", "clusterforge", "run", "recipe.toml", "--out", "together")
    done = torchrun(*run, folder=tmp_path)
    assert done.returncode == 1  # torchrun's own
    assert done.stderr.count("error: ") == 1
    assert "unknown key 'dims'" in done.stderr
    assert not (tmp_path / "together").exists()


def test_one_process_that_torchrun_starts_is_no_crew(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert not crew.started()
