from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterforge.builtin.trained_encoders import ConvAutoencoderParams
from clusterforge.contracts import Context, View
from clusterforge.encoders.trained import ConvAutoencoder
from tests.training.kit import digit_images, make


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 3),
    st.integers(1, 33),
    st.integers(1, 33),
    st.sampled_from([1, 3, 5]),
    st.sampled_from(["stride", "max", "average"]),
)
def test_images_of_any_size_come_back_in_their_size(channels, height, width, kernel, pooling):
    params = ConvAutoencoderParams(channels=(2, 3), dim=5, kernel=kernel, pooling=pooling)
    network = ConvAutoencoder(params).build((channels, height, width)).eval()
    x = torch.rand(2, channels, height, width)
    z = network.encode(x)
    assert z.shape == (2, 5)
    assert network.decode(z).shape == x.shape


def test_defaults_are_those_of_the_recipe():
    made = ConvAutoencoder(ConvAutoencoderParams())
    assert made.image_range() == (-1.0, 1.0)
    names = [type(m).__name__ for m in made.build((1, 28, 28)).encoder]
    assert names == ["Conv2d", "BatchNorm2d", "ReLU"] * 3 + ["Flatten", "Dropout", "Linear"]
    assert isinstance(made.build((1, 28, 28)).decoder[-1], torch.nn.Tanh)
    (phase,) = made.params.phases
    assert phase.weight_decay == 1e-5


@pytest.mark.parametrize(("output", "low"), [("tanh", -1.0), ("sigmoid", 0.0)])
def test_images_come_in_the_range_of_the_output(output, low):
    assert ConvAutoencoder(ConvAutoencoderParams(output=output)).image_range() == (low, 1.0)


def test_learns_and_clusters():
    seen = View(digit_images(150))
    encoder = make(
        "conv-autoencoder", channels=[8, 16], dim=8, epochs=4, batch=16, n_clusters=5, dec_epochs=1
    )
    encoder.fit(seen, Context())
    losses = [line.values["loss"] for line in encoder.report().history]
    assert losses[3] < 0.7 * losses[0]
    last = encoder.report().history[-1].values
    assert last["loss"] == pytest.approx(last["reconstruction"] + 0.1 * last["dec"], rel=1e-5)
    soft = encoder.assign(encoder.encode(seen, Context()))
    assert soft is not None
    assert soft.shape == (150, 5)
