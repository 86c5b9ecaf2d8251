from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoModel

from clusterforge.builtin.frozen_encoders import ImageModelParams
from clusterforge.contracts import Context, Images, Trainable, View
from clusterforge.encoders.image_model import ImageModel
from clusterforge.errors import InputError
from clusterforge.pretrained.image_input import ImageInput

from .tiny_models import image_model, text_model

VIT = {"image_processor_type": "ViTImageProcessor", "size": {"height": 32, "width": 32}}
VIT |= {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.25, 0.2], "resample": 2}
RESNET = {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 28}}
RESNET |= {"crop_pct": 0.875, "resample": 3}
PIXELS = np.random.default_rng(0).integers(0, 256, (7, 20, 24, 3)).astype(np.uint8)


class MixedSizes:
    content, shape, in_memory = "image", None, True

    def __init__(self, images: list[np.ndarray]) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> list[np.ndarray]:
        return [self.images[row] for row in rows]


def encoder(folder: Path, **params: object) -> ImageModel:
    return ImageModel(ImageModelParams(model=str(folder), **params))


@pytest.mark.parametrize(("kind", "settings"), [("vit", VIT), ("resnet", RESNET)])
def test_equals_the_model_on_prepared_pixels(
    tmp_path: Path, kind: str, settings: dict[str, object]
) -> None:
    image_model(tmp_path, kind, settings)
    model = AutoModel.from_pretrained(tmp_path).eval()
    prepare = ImageInput.of(tmp_path, model.config)
    with torch.no_grad():
        pooled = model(pixel_values=prepare(PIXELS)).pooler_output.flatten(1).numpy()
    ours = encoder(tmp_path, batch=3)
    answer = ours.encode(View(Images(PIXELS)), Context())
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, pooled, atol=1e-5)
    half = encoder(tmp_path).encode(View(Images(PIXELS)), Context(precision="bfloat16"))
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, pooled, atol=0.05)


def test_prepares_as_transformers_does(tmp_path: Path) -> None:
    processing = pytest.importorskip("transformers.models.vit.image_processing_pil_vit")
    theirs = processing.ViTImageProcessorPil(
        **{k: v for k, v in VIT.items() if k[0] != "i" or "mean" in k or "std" in k}
    )
    expected = theirs(list(PIXELS), return_tensors="pt")["pixel_values"]
    image_model(tmp_path, "vit", VIT)
    ours = ImageInput.of(tmp_path, SimpleNamespace(image_size=32, num_channels=3))(PIXELS)
    # Rounding to whole grey values may differ by one.
    assert float((ours - expected).abs().max()) <= 1.01 / 255 / 0.2


def test_resize_then_crop_and_without_resize(tmp_path: Path) -> None:
    config = SimpleNamespace(image_size=28, num_channels=3)
    image_model(tmp_path, "resnet", RESNET)
    made = ImageInput.of(tmp_path, config)
    assert (made.resize, made.crop) == ((32,), (28, 28))
    assert made(PIXELS).shape == (7, 3, 28, 28)
    image_model(tmp_path, "resnet", {"do_resize": False, "do_normalize": False})
    plain = ImageInput.of(tmp_path, config)(PIXELS)
    np.testing.assert_allclose(plain.movedim(1, -1).numpy(), PIXELS / 255, atol=1e-6)
    image_model(
        tmp_path,
        "resnet",
        {"do_resize": False, "do_center_crop": True, "crop_size": 10, "do_normalize": False},
    )
    cut = ImageInput.of(tmp_path, config)(PIXELS)
    np.testing.assert_allclose(cut.movedim(1, -1).numpy(), PIXELS[:, 5:15, 7:17] / 255, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_grey_and_transparent_images(tmp_path: Path, channels: int) -> None:
    image_model(tmp_path, "vit", VIT)
    opacity = PIXELS[::-1, ..., :1]
    colour = PIXELS if channels == 4 else PIXELS[..., :1]
    given = colour if channels == 1 else np.concatenate([colour, opacity], axis=3)
    answer = encoder(tmp_path).encode(View(Images(given)), Context())
    three = np.broadcast_to(colour, PIXELS.shape).copy()
    assert np.array_equal(answer, encoder(tmp_path).encode(View(Images(three)), Context()))


def test_images_of_several_sizes(tmp_path: Path) -> None:
    image_model(tmp_path, "resnet", RESNET)
    images = [PIXELS[0], PIXELS[1, :13], PIXELS[2, :, :9]]
    answer = encoder(tmp_path).encode(View(MixedSizes(images)), Context())
    alone = encoder(tmp_path).encode(View(Images(images[1][None])), Context())
    np.testing.assert_allclose(answer[1], alone[0], atol=1e-6)


def test_pixels_that_must_not_be_written_to(tmp_path: Path) -> None:
    image_model(tmp_path, "resnet", RESNET)
    prepare = ImageInput.of(tmp_path, SimpleNamespace(image_size=32, num_channels=3))
    kept = PIXELS.copy()
    kept.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert prepare([kept[0], kept[1]]).equal(prepare(PIXELS[:2]))


def test_a_pooler_without_weights_is_not_used(tmp_path: Path) -> None:
    image_model(tmp_path, "vit-without-pooler", VIT)
    auto, mean = (
        encoder(tmp_path, pooling=pooling).encode(View(Images(PIXELS)), Context())
        for pooling in ("auto", "mean")
    )
    assert np.array_equal(auto, mean)
    first = encoder(tmp_path, pooling="cls", normalize=True).encode(View(Images(PIXELS)), Context())
    assert not np.allclose(first, mean)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)


def test_can_be_trained_as_a_backbone(tmp_path: Path) -> None:
    image_model(tmp_path, "resnet", RESNET)
    made = encoder(tmp_path)
    assert isinstance(made, Trainable)
    rows = np.array([2, 0])
    network = made.module().eval()
    z = network(made.inputs(Images(PIXELS), Context(), again=True).batch(rows))
    frozen = encoder(tmp_path).encode(View(Images(PIXELS)), Context())
    np.testing.assert_allclose(z.detach().numpy(), frozen[rows], atol=1e-6)
    z.square().sum().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_state_and_progress(tmp_path: Path) -> None:
    image_model(tmp_path, "vit", VIT)
    made, fresh, seen = encoder(tmp_path, batch=2), encoder(tmp_path), []
    context = Context(progress=lambda done, total, text="": seen.append((done, total)))
    made.encode(View(Images(PIXELS)), context)
    assert seen[-1] == (7, 7)
    fresh.restore(made.state())
    fresh.encode(View(Images(PIXELS)), Context())
    before = made.state()
    (tmp_path / "preprocessor_config.json").write_text("{}")
    assert encoder(tmp_path).state() != before


def test_refusals(tmp_path: Path) -> None:
    text_model(tmp_path / "text")
    with pytest.raises(InputError, match="not a model over images"):
        encoder(tmp_path / "text").encode(View(Images(PIXELS)), Context())
    image_model(tmp_path / "image", "vit", {"size": {"width": 3}})
    with pytest.raises(InputError, match=r"preprocessor_config\.json can't be used"):
        encoder(tmp_path / "image").encode(View(Images(PIXELS)), Context())
