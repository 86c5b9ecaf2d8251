"""What a trained encoder rests on beyond its parameters is in the key of its stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import clusterforge
from clusterforge.builtin import losses, trained_encoders
from clusterforge.contracts import Context, Encoder, View
from clusterforge.params import LocalPath, Params
from clusterforge.pipeline.result import Run
from clusterforge.registry import Distribution, Found, Registry
from clusterforge.specs import EncoderSpec
from tests.pipeline import toy

NETWORK = {"layers": [4], "dim": 2, "epochs": 1}


class ModelParams(Params):
    model: LocalPath


class Model(Encoder[ModelParams]):
    """A pre-trained encoder whose only weight lies in a file."""

    def encode(self, view: View, context: Context) -> Any:
        return view.rows() * np.float32(Path(self.params.model).read_text("utf-8"))


def registry() -> Registry:
    model = EncoderSpec(
        "model",
        "From a file.",
        ModelParams,
        f"{__name__}:Model",
        takes=frozenset({"embedding", "table"}),
    )
    ours = Distribution("clusterforge", clusterforge.__version__, "builtin", "clusterforge.builtin")
    own = [Found(spec, ours) for spec in (*trained_encoders.SPECS, *losses.SPECS)]
    toys = [Found(spec, Distribution("toy", "1.0")) for spec in (*toy.SPECS, model)]
    return Registry([*own, *toys])


def reused(folder: Path, encoder: dict[str, Any]) -> bool:
    """Run a recipe with one encoder and return whether its stage came from the cache."""
    recipe = toy.recipe(encoder=[encoder], report={"projection": "none"})
    done: Run = clusterforge.run(recipe, out=folder, registry=registry())
    return next(s.reused for s in done.info.stages if s.stage.startswith("encoder"))


def test_changed_weights_of_a_backbone_are_trained_on_again(tmp_path: Path) -> None:
    weights = tmp_path / "weight.txt"
    backbone = {"use": "model", "model": str(weights), "trainable": False}
    encoder = {"use": "autoencoder", **NETWORK, "backbone": backbone}
    weights.write_text("1.0")

    assert not reused(tmp_path / "first", encoder)
    assert reused(tmp_path / "same", encoder)
    weights.write_text("2.0")
    assert not reused(tmp_path / "other", encoder)


def test_a_frozen_encoder_whose_file_changed_encodes_again(tmp_path: Path) -> None:
    weights = tmp_path / "weight.txt"
    encoder = {"use": "model", "model": str(weights)}
    weights.write_text("1.0")
    assert not reused(tmp_path / "first", encoder)
    assert reused(tmp_path / "same", encoder)

    weights.write_text("0.5")
    assert not reused(tmp_path / "other", encoder)
    stages = [tmp_path / name / "encoders" / "0-model" for name in ("first", "other")]
    before, after = (np.load(stage / "train.npy") for stage in stages)
    np.testing.assert_allclose(after, before / 2)


@pytest.mark.parametrize("below", [False, True], ids=["of its own", "of its backbone"])
def test_changed_weights_to_start_from_are_trained_on_again(tmp_path: Path, below: bool) -> None:
    plain = {"use": "autoencoder", **NETWORK}
    assert not reused(tmp_path / "made", plain)
    weights = tmp_path / "start.safetensors"
    made = load_file(tmp_path / "made" / "encoders" / "0-autoencoder" / "state.safetensors")
    save_file(made, weights)
    started = {**plain, "weights": str(weights)}
    encoder = {**plain, "backbone": {**started, "trainable": False}} if below else started

    assert not reused(tmp_path / "first", encoder)
    assert reused(tmp_path / "same", encoder)
    save_file({name: array * 2 for name, array in made.items()}, weights)
    assert not reused(tmp_path / "other", encoder)
