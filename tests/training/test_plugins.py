"""Losses, networks, sources of pairs and augmentations that are not ours, trained for real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import normalized_mutual_info_score

import clusterforge
from clusterforge.contracts import Context
from clusterforge.errors import InputError, PluginError
from clusterforge.numerics.kmeans import kmeans
from clusterforge.training import NetworkEncoder, loop
from tests.training.kit import Memory, digits, make, make_part, same_state, view
from tests.training.plugins.byol import ByolEncoder, ByolEncoderParams
from tests.training.plugins.dcn import DcnLoss, DcnParams
from tests.training.plugins.vae import Vae, VaeParams, divergence

HERE = "python:tests.training.plugins"
SMALL: dict[str, Any] = {"layers": [16], "dim": 4, "batch": 64}


def values(encoder: NetworkEncoder, name: str) -> list[float]:
    return [epoch.values[name] for epoch in encoder.report().history]


def test_divergence_equals_a_plain_loop_and_has_its_gradient() -> None:
    mu, log_var = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True).unbind()
    total = 0.0
    for m, v in zip(mu.flatten().tolist(), log_var.flatten().tolist(), strict=True):
        total += (m * m + np.exp(v) - 1 - v) / 2
    assert float(divergence(mu, log_var).detach()) == pytest.approx(total / 5)
    inputs = (mu.detach().requires_grad_(), log_var.detach().requires_grad_())
    assert torch.autograd.gradcheck(divergence, inputs)


def test_a_vae_lowers_its_bound_while_the_prior_gets_its_weight() -> None:
    encoder = NetworkEncoder(Vae(VaeParams(batch=64, lr=3e-3)), make_part)
    encoder.fit(view(600), Context())
    assert values(encoder, "beta")[:6] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])
    bound = np.array(values(encoder, "reconstruction")) + 1e-3 * np.array(
        values(encoder, f"{HERE}.vae:KlLoss")
    ) / np.array(values(encoder, "beta"))
    assert bound[-1] < 0.7 * bound[0]
    z = encoder.encode(view(600), Context())
    assert np.array_equal(z, encoder.encode(view(600), Context()))  # the mean, not a sample
    assert 0.1 < z.std() < 3


def test_byol_learns_from_views_alone_and_does_not_collapse() -> None:
    params = ByolEncoderParams(batch=128, lr=3e-3)
    encoder = NetworkEncoder(ByolEncoder(params), make_part)
    encoder.fit(view(1000), Context())
    name = f"{HERE}.byol:ByolLoss"
    assert values(encoder, name)[-1] < 0.5 * values(encoder, name)[0]
    assert encoder.report().pairs[0].source == "augment"
    z = encoder.encode(view(1000), Context())
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    assert z.std(axis=0).mean() > 0.3 / np.sqrt(z.shape[1])
    labels = kmeans(z, 10, seed=0, n_init=5).labels
    assert normalized_mutual_info_score(digits(1000)[1], labels) > 0.4


def test_dcn_moves_its_own_centroids_and_finds_the_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    dcn = {"use": f"{HERE}.dcn:DcnLoss", "weight": 0.01}
    phases = [
        {"name": "pretrain", "loss": "reconstruction", "epochs": 20},
        {"name": "dcn", "loss": ["reconstruction", dcn], "epochs": 4},
    ]
    table = {"layers": [64], "dim": 10, "batch": 64, "phase": phases}
    kept = Memory()
    encoder = make("autoencoder", **table)
    encoder.fit(view(900), Context(checkpoint=kept))
    soft = encoder.assign(encoder.encode(view(900), Context()))
    assert soft is not None
    assert normalized_mutual_info_score(digits(900)[1], soft.argmax(1)) > 0.5
    assert encoder.state().arrays["head.counts"].sum() == pytest.approx(5 * 900)
    again = make("autoencoder", **table)
    again.fit(view(900), Context(checkpoint=Memory(start=kept.states[-2])))
    assert same_state(again.state(), encoder.state())


def test_dcn_centroids_are_running_means() -> None:
    loss = DcnLoss(DcnParams(n_clusters=1))
    loss.centroids, loss.counts = torch.zeros(1, 2), torch.zeros(1)
    rows = torch.randn(7, 2)
    batch: Any = type("Rows", (), {"z": rows})
    loss.on_step(0, batch, scope=None)  # type: ignore[arg-type]
    assert torch.allclose(loss.centroids[0], rows.mean(0), atol=1e-6)


def test_a_loss_and_a_network_that_do_not_fit_are_told_before_training() -> None:
    with pytest.raises(InputError, match="needs log_var and mu besides the embedding") as caught:
        make("autoencoder", phase=[{"loss": f"{HERE}.vae:KlLoss"}]).fit(view(50), Context())
    assert "MlpAutoencoder" in str(caught.value)


def test_pairs_and_views_of_classes_that_a_recipe_names() -> None:
    pairs = {"use": f"{HERE}.parts:Shifted", "by": 3}
    encoder = make("siamese", **SMALL, pairs=pairs, augment={"use": f"{HERE}.parts:Grey"})
    encoder.fit(view(200), Context())
    (used,) = encoder.report().pairs
    assert (used.source, used.details) == (pairs["use"], {"by": 3})
    flat = {"use": f"{HERE}.parts:Grey", "level": 0.0}
    other = make("siamese", **SMALL, pairs=pairs, augment=flat)
    other.fit(view(200), Context())
    assert not same_state(encoder.state(), other.state())


@pytest.mark.parametrize(
    ("phase", "blamed", "why"),
    [
        ({"loss": f"{HERE}.parts:BrokenLoss"}, "loss 'broken-loss'", "IndexError"),
        (
            {"loss": "contrastive", "pairs": f"{HERE}.parts:BrokenSource"},
            "source of pairs 'broken-source'",
            "TypeError",
        ),
        (
            {"loss": "contrastive", "pairs": "augment", "augment": f"{HERE}.parts:BrokenView"},
            "augmentation 'broken-view'",
            "ValueError: no view today",
        ),
    ],
)
def test_what_fails_is_blamed_by_its_own_name(
    phase: dict[str, Any], blamed: str, why: str, tmp_path: Path
) -> None:
    recipe = {
        "dataset": {"use": "blobs", "rows": 60},
        "encoder": [{"use": "autoencoder", **SMALL, "phase": [phase]}],
        "clusterer": [{"use": "kmeans", "n_clusters": 3}],
        "evaluation": {"null_draws": 0},
        "report": {"projection": "none", "figures": False},
    }
    with np.errstate(all="ignore"), pytest.raises(PluginError) as caught:
        clusterforge.run(recipe, out=tmp_path / "run", cache=False)
    message = str(caught.value)
    assert caught.value.exit_code == 4
    assert blamed in message
    assert f"{HERE}.parts" in message
    assert why in message
    assert "plugins/parts.py:" in message
