from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from clusterforge.contracts import Context, Split, Table, View
from clusterforge.explaining import reconstructions, spread
from tests.training.kit import digit_images, make


def test_rows_are_spread_over_the_classes() -> None:
    truth = np.array([0] * 100 + [1] * 5 + [2] * 50 + [-1] * 20)
    rows = spread(Split("test", Table(np.zeros((175, 1), np.float32)), truth))
    assert np.bincount(truth[rows]).tolist() == [4, 4, 4]
    assert rows[:4].tolist() == [0, 25, 50, 75]
    five = Split("test", Table(np.zeros((50, 1), np.float32)), np.arange(50) % 5)
    assert np.bincount(spread(five) % 5).tolist() == [3, 3, 2, 2, 2]
    unlabelled = Split("test", Table(np.zeros((24, 1), np.float32)))
    assert spread(unlabelled).tolist() == list(range(0, 24, 2))
    many = Split("test", Table(np.zeros((60, 1), np.float32)), np.arange(60) // 2)
    assert len(spread(many)) == 12
    few = Split("test", Table(np.zeros((3, 1), np.float32)), np.zeros(3, np.int64))
    assert spread(few).tolist() == [0, 1, 2]


def test_error_and_pictures() -> None:
    original = np.float32([[0, 0.5, 1, 1], [0, 0, 0, 0]])
    found = np.float32([[0, 0.5, 1, 0], [2, -1, 0, 0]])
    first, second = reconstructions("encoder.0.x", "test", original, found, (2, 2, 1))
    assert (first.error, second.error) == (0.25, 1.25)
    shown = Image.open(io.BytesIO(base64.b64decode(second.reconstruction)))
    assert shown.size == (112, 112)
    assert shown.getpixel((0, 0)) == 255  # what leaves [0, 1] is cut off in the picture alone
    assert shown.getpixel((111, 0)) == 0


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("autoencoder", {"layers": [32], "dim": 8, "epochs": 1}),
        ("conv-autoencoder", {"channels": [4], "dim": 8, "epochs": 1}),
        ("conv-autoencoder", {"channels": [4], "dim": 8, "epochs": 1, "output": "sigmoid"}),
        ("idec", {"layers": [32], "dim": 5, "n_clusters": 3, "pretrain_epochs": 1, "epochs": 1}),
    ],
)
def test_an_encoder_gives_back_rows_fitted_and_restored(name: str, params: dict) -> None:
    seen = View(digit_images(60))
    encoder = make(name, batch=16, **params)
    encoder.fit(seen, Context())
    found = encoder.reconstruct(seen, Context())
    assert found is not None
    assert (found.shape, found.dtype) == ((60, 64), np.float32)
    restored = make(name, batch=16, **params)
    restored.restore(encoder.state())
    np.testing.assert_array_equal(restored.reconstruct(seen, Context()), found)
    if params.get("output") == "sigmoid" or name == "conv-autoencoder":
        assert found.min() >= 0
        assert found.max() <= 1


def test_a_trained_one_gives_back_what_it_was_given() -> None:
    seen = View(digit_images(150))
    for name in ("autoencoder", "conv-autoencoder"):
        own = {"layers": [64]} if name == "autoencoder" else {"channels": [8]}
        encoder = make(name, batch=16, epochs=40, dim=16, lr=3e-3, **own)
        encoder.fit(seen, Context())
        found = encoder.reconstruct(seen, Context())
        assert found is not None
        rows = seen.rows()
        assert ((found - rows) ** 2).mean() < 0.4 * ((rows.mean(axis=0) - rows) ** 2).mean(), name


def test_one_without_a_decoder_gives_nothing() -> None:
    seen = View(digit_images(40))
    encoder = make("siamese", layers=[16], dim=4, epochs=1, pairs="neighbors", batch=16)
    encoder.fit(seen, Context())
    assert encoder.reconstruct(seen, Context()) is None
