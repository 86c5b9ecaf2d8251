from __future__ import annotations

import numpy as np
import pytest
import torch

from clusterforge.augmentations.random import RandomAugmentation, moved
from clusterforge.builtin.pairs import RandomParams
from clusterforge.contracts import View
from clusterforge.contracts.training import Inputs
from clusterforge.training.inputs import TensorInputs, rows_of
from clusterforge.training.seeds import seeded
from tests.training.kit import digit_images

CPU = torch.device("cpu")


def still(**more: float) -> RandomParams:
    return RandomParams(
        **{"noise": 0.0, "dropout": 0.0, "shift": 0.0, "rotate": 0.0, "scale": 0.0, **more}
    )


def views(params: RandomParams, inputs: Inputs) -> RandomAugmentation:
    made = RandomAugmentation(params)
    made.setup(inputs)
    return made


def image() -> torch.Tensor:
    return torch.rand(3, 2, 8, 8, generator=torch.Generator().manual_seed(0))


def test_without_movement_images_stay_as_they_are():
    assert torch.allclose(moved(image(), still()), image(), atol=1e-5)


@pytest.mark.parametrize("what", [{"shift": 0.25}, {"rotate": 40.0}, {"scale": 0.3}])
def test_each_image_is_moved_in_its_own_way(what):
    same = image()[:1].repeat(3, 1, 1, 1)
    with seeded(CPU, 0):
        found = moved(same, still(**what))
    assert found.shape == same.shape
    assert not torch.allclose(found[0], same[0], atol=1e-3)
    assert not torch.allclose(found[0], found[1], atol=1e-3)
    assert found.min() >= same.min() - 1e-6
    assert found.max() <= same.max() + 1e-6


def test_a_quarter_turn_is_torchs_rotation(monkeypatch):
    before = image()
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.ones(*shape))
    found = moved(before, still(rotate=90.0))
    turned = [torch.allclose(found, torch.rot90(before, k, (2, 3)), atol=1e-4) for k in (1, 3)]
    assert sum(turned) == 1


def test_flattened_images_move_like_images():
    images = digit_images(4)
    flat = rows_of(View(images), CPU, None)
    square = rows_of(View(images), CPU, (0.0, 1.0))
    rows = torch.arange(4)
    params = RandomParams()
    with seeded(CPU, 0):
        a = views(params, flat)(flat.take(rows))
    with seeded(CPU, 0):
        b = views(params, square)(square.take(rows))
    assert torch.equal(a, b.permute(0, 2, 3, 1).flatten(1))


def test_noise_is_in_standard_deviations_and_dropout_a_share():
    x = torch.from_numpy(
        (np.random.default_rng(0).normal(size=(4000, 2)) * [1, 100]).astype(np.float32)
    )
    noisy = views(still(noise=0.5), TensorInputs(x))
    with seeded(CPU, 0):
        noise = (noisy(x) - x).std(dim=0)
    assert noise.tolist() == pytest.approx([0.5, 50], rel=0.1)
    with seeded(CPU, 0):
        kept = views(still(dropout=0.3), TensorInputs(x))(x)
    assert float((kept == 0).float().mean()) == pytest.approx(0.3, abs=0.03)
