from __future__ import annotations

import pytest
from sklearn.metrics import normalized_mutual_info_score

from clusterforge.builtin.trained_encoders import DecEncoderParams
from clusterforge.contracts import Context, View
from clusterforge.encoders.trained import Dec
from clusterforge.phases import Sgd
from tests.training.kit import digit_images, digits, make, view


def test_phases_are_those_of_the_paper():
    pretrain, clustering = DecEncoderParams(n_clusters=10).phases
    assert (pretrain.title, pretrain.optimizer.use, pretrain.loss[0].use) == (
        "pretrain",
        "adam",
        "reconstruction",
    )
    assert (clustering.optimizer, clustering.lr) == (Sgd(momentum=0.9), 0.01)
    assert clustering.train == "encoder"
    assert clustering.loss[0].own == {
        "n_clusters": 10,
        "alpha": 1.0,
        "update_interval": 140,
        "tolerance": 0.001,
        "restarts": 20,
        "diffusion": 0,
    }
    network = Dec(DecEncoderParams(n_clusters=10)).build((784,))
    assert [m.out_features for m in network.encoder if hasattr(m, "out_features")] == [
        500,
        500,
        2000,
        10,
    ]


def test_finds_the_digits():
    params = {"layers": [64, 64], "dim": 10, "n_clusters": 10, "update_interval": 20, "batch": 64}
    encoder = make("dec", **params, pretrain_epochs=40, epochs=20)
    seen = view(1797)
    encoder.fit(seen, Context())
    soft = encoder.assign(encoder.encode(seen, Context()))
    assert soft is not None
    _, truth = digits(1797)
    assert normalized_mutual_info_score(truth, soft.argmax(1)) > 0.7
    assert encoder.report().warnings == ()


@pytest.mark.parametrize("output", ["linear", "tanh"])
def test_a_convolutional_network_clusters_images(output):
    seen = View(digit_images(100))
    encoder = make(
        "dec",
        network="conv",
        channels=[4, 8],
        n_clusters=4,
        output=output,
        pretrain_epochs=1,
        epochs=1,
    )
    encoder.fit(seen, Context())
    assert encoder.encode(seen, Context()).shape == (100, 10)
    assert "Conv2d" in {layer.type for layer in encoder.report().layers}
