"""What phases can't use, and what a loss needs and doesn't get: one line each, with the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w

from clusterforge.cli.main import main

AUTOENCODER = {"use": "autoencoder", "layers": [4], "dim": 2}
DEC = {"use": "dec", "layers": [4]}
RECONSTRUCTION = {"loss": "reconstruction"}
KL = "python:tests.training.plugins.vae:KlLoss"
VAE = {"use": "python:tests.training.plugins.vae:Vae"}


def check(
    encoder: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Return the status of ``check`` and what it says on stderr."""
    path = folder / "recipe.toml"
    recipe = {
        "dataset": {"use": "blobs", "rows": 40},
        "encoder": [encoder],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
    }
    path.write_text(tomli_w.dumps(recipe), "utf-8")
    return main(["check", str(path)]), capsys.readouterr().err


@pytest.mark.parametrize(
    ("encoder", "key", "says"),
    [
        pytest.param(
            {**AUTOENCODER, "lr": 0.1, "phase": [{**RECONSTRUCTION, "lr": 0.2}]},
            "lr",
            "no phase uses it: every phase sets its own",
            id="default that every phase overrides",
        ),
        pytest.param(
            {**AUTOENCODER, "pairs": "neighbors"},
            "pairs",
            "no phase uses it: no loss takes pairs",
            id="pairs without a loss on pairs",
        ),
        pytest.param(
            {**AUTOENCODER, "phase": [{**RECONSTRUCTION, "pairs": "neighbors"}]},
            "phase.0.pairs",
            "no loss takes pairs",
            id="pairs in a phase without a loss on pairs",
        ),
        pytest.param(
            {**AUTOENCODER, "phase": [RECONSTRUCTION, {**RECONSTRUCTION, "validation": 0.2}]},
            "phase.1.validation",
            "validation needs patience or a plateau",
            id="validation that nothing looks at",
        ),
        pytest.param(
            {**AUTOENCODER, "optimizer": {"use": "adam", "momentum": 0.9}},
            "optimizer.momentum",
            "unknown key 'momentum'",
            id="key of another optimizer",
        ),
        pytest.param(
            {
                **AUTOENCODER,
                "phase": [{**RECONSTRUCTION, "schedule": {"use": "cosine", "every": 3}}],
            },
            "phase.0.schedule.every",
            "unknown key 'every'",
            id="key of another schedule",
        ),
        pytest.param(
            {**DEC, "n_clusters": 3, "phase": [RECONSTRUCTION]},
            "n_clusters",
            "applies to the encoder's own phases only",
            id="key of the encoder's own phases",
        ),
        pytest.param(
            {**AUTOENCODER, "phase": [RECONSTRUCTION, {"loss": ["reconstruction", KL]}]},
            "phase.1.loss",
            "loss 'kl-loss' needs log_var and mu besides the embedding, "
            "but encoder 'autoencoder' returns nothing",
            id="outputs that the network does not give",
        ),
    ],
)
def test_an_error_is_one_line_with_the_key(
    encoder: dict[str, Any], key: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, err = check(encoder, tmp_path, capsys)

    assert status == 2
    assert err.count("\n") == 1
    assert f"recipe.toml: encoder.0.{key}: {says}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "encoder",
    [
        pytest.param(
            {**AUTOENCODER, "lr": 0.1, "phase": [{**RECONSTRUCTION, "lr": 0.2}, RECONSTRUCTION]},
            id="default of one phase",
        ),
        pytest.param({**AUTOENCODER, "validation": 0.2, "patience": 3}, id="validation is used"),
        pytest.param({**AUTOENCODER, "optimizer": {"use": "sgd", "momentum": 0.5}}, id="momentum"),
        pytest.param({**AUTOENCODER, "schedule": {"use": "step", "every": 3}}, id="step"),
        pytest.param({**DEC, "phase": [RECONSTRUCTION]}, id="none of the own phases' keys"),
        pytest.param({**VAE, "phase": [{"loss": KL}]}, id="a network that gives the outputs"),
    ],
)
def test_what_a_phase_uses_is_valid(
    encoder: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(encoder, tmp_path, capsys) == (0, "")
