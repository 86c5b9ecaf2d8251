from __future__ import annotations

import numpy as np
import pytest
import torch

from clusterforge.builtin.trained_encoders import AutoencoderParams
from clusterforge.contracts import Context, View
from clusterforge.encoders.trained import Autoencoder
from tests.training.kit import digit_images, make, view


def linears(params: dict, shape: int = 64) -> list[tuple[int, int]]:
    network = Autoencoder(AutoencoderParams.model_validate(params)).build((shape,))
    return [
        (m.in_features, m.out_features) for m in network.modules() if isinstance(m, torch.nn.Linear)
    ]


@pytest.mark.parametrize("layers", [[], [32], [32, 16, 8]])
def test_the_decoder_mirrors_the_encoder(layers):
    found = linears({"layers": layers, "dim": 4})
    half = len(found) // 2
    assert found[:half] == list(zip([64, *layers], [*layers, 4], strict=True))
    assert found[half:] == [(b, a) for a, b in reversed(found[:half])]


@pytest.mark.parametrize(
    ("activation", "module"),
    [
        ("relu", "ReLU"),
        ("leaky-relu", "LeakyReLU"),
        ("gelu", "GELU"),
        ("tanh", "Tanh"),
        ("sigmoid", "Sigmoid"),
        ("elu", "ELU"),
    ],
)
def test_activation_stands_after_every_hidden_layer_and_not_on_the_code(activation, module):
    made = Autoencoder(AutoencoderParams(layers=(8, 6), activation=activation)).build((4,))
    names = [type(m).__name__ for m in made.encoder]
    assert names == ["Linear", module, "Linear", module, "Linear"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("none", ["Linear", "ReLU", "Dropout", "Linear"]),
        ("before", ["Linear", "BatchNorm1d", "ReLU", "Dropout", "Linear"]),
        ("after", ["Linear", "ReLU", "BatchNorm1d", "Dropout", "Linear"]),
    ],
)
def test_batch_normalisation_and_dropout(where, names):
    params = AutoencoderParams(layers=(8,), batch_norm=where, dropout=0.1)
    assert [type(m).__name__ for m in Autoencoder(params).build((4,)).encoder] == names


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1)])
def test_output_keeps_its_range(output, low, high):
    network = Autoencoder(AutoencoderParams(output=output)).build((4,))
    z = 100 * torch.randn(50, 64, generator=torch.Generator().manual_seed(0))
    found = network.decode(z).detach()
    assert low <= float(found.min()) < (low + high) / 2 < float(found.max()) <= high


def test_learns_digits_from_pixels_and_from_an_embedding():
    for seen in (View(digit_images(200)), view(200)):
        encoder = make("autoencoder", layers=[32], dim=8, epochs=20, batch=16)
        encoder.fit(seen, Context())
        assert encoder.report().history[-1].values["loss"] < 0.05
        assert encoder.encode(seen, Context()).shape == (200, 8)


def test_the_error_is_what_it_says():
    encoder = make("autoencoder", error="bce", output="sigmoid", layers=[8], dim=2, epochs=1)
    encoder.fit(view(100), Context())
    assert 0.3 < encoder.report().history[0].values["loss"] < 1.0
    absolute, squared = (
        make("autoencoder", error=error, layers=[8], dim=2, epochs=1, batch=100)
        for error in ("l1", "mse")
    )
    for encoder in (absolute, squared):
        encoder.fit(view(100), Context())
    first = [e.report().history[0].values["loss"] for e in (absolute, squared)]
    assert first[0] ** 2 < first[1] < first[0]  # of the same start: Jensen, and errors below 1


def test_normalised_embeddings_have_length_one():
    encoder = make("autoencoder", normalize=True, layers=[], dim=3, epochs=1)
    encoder.fit(view(60), Context())
    lengths = np.linalg.norm(encoder.encode(view(60), Context()), axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)
