"""Images as a pre-trained network takes them: resized, cropped, scaled and normalised."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from clusterforge.errors import InputError

RESAMPLING = {0: "nearest", 1: "bicubic", 2: "bilinear", 3: "bicubic"}
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
Pixels = npt.NDArray[np.uint8] | list[npt.NDArray[np.uint8]]
GREY = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class ImageInput:
    """Resize, crop, scale and normalise, as ``preprocessor_config.json`` says.

    Parameters
    ----------
    resize
        (height, width) to resize to; or (side,), the shorter side, before a crop.
    crop
        (height, width) cut from the centre; None keeps everything.
    mode
        Interpolation, with antialiasing.
    factor
        What pixels are multiplied by.
    mean, std
        Subtracted from and divided by, for each channel.
    """

    resize: tuple[int, ...] | None
    crop: tuple[int, int] | None
    mode: str
    factor: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, folder: Path, config: Any) -> ImageInput:
        """Read the settings of a model's folder; without any, the model's image size is used.

        Raises
        ------
        InputError
            Where they can't be read; ``key`` is ``model``.
        """
        path = folder / "preprocessor_config.json"
        try:
            given = json.loads(path.read_text("utf-8")) if path.is_file() else {}
            resize, crop = _sizes(given, getattr(config, "image_size", None) or 224)
            channels = int(config.num_channels)
            normal = given.get("do_normalize", True)
            mean = given.get("image_mean", IMAGENET_MEAN) if normal else [0.0]
            std = given.get("image_std", IMAGENET_STD) if normal else [1.0]
            return cls(
                resize,
                crop,
                RESAMPLING.get(given.get("resample", 2), "bilinear"),
                given.get("rescale_factor", 1 / 255) if given.get("do_rescale", True) else 1.0,
                _for_channels(mean, channels),
                _for_channels(std, channels),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"{folder.name}: preprocessor_config.json can't be used ({error})",
                key="model",
                remedy="name a complete model folder, or a model on the Hub",
            ) from error

    def __call__(self, images: Pixels) -> Tensor:
        """Return float32 (b, c, h, w) for images uint8 (height, width, channels)."""
        if isinstance(images, np.ndarray):
            return self._batch(_tensor(images))
        return torch.cat([self._batch(_tensor(image)[None]) for image in images])

    def _batch(self, images: Tensor) -> Tensor:
        pixels = _as_channels(images.movedim(-1, 1).float(), len(self.mean))
        if self.resize is not None:
            size = self.resize
            if len(size) == 1:
                short = min(pixels.shape[-2:])
                size = tuple(max(1, int(side * size[0] / short)) for side in pixels.shape[-2:])
            smooth = {} if self.mode == "nearest" else {"antialias": True, "align_corners": False}
            pixels = nn.functional.interpolate(pixels, size, mode=self.mode, **smooth)
            pixels = pixels.round().clamp(0, 255)
        if self.crop is not None:
            pixels = _centre(pixels, self.crop)
        mean = torch.tensor(self.mean).view(1, -1, 1, 1)
        std = torch.tensor(self.std).view(1, -1, 1, 1)
        return (pixels * self.factor - mean) / std


def _sizes(
    given: Mapping[str, Any], side: Any
) -> tuple[tuple[int, ...] | None, tuple[int, int] | None]:
    crop = None
    if given.get("do_center_crop") and "crop_size" in given:
        crop = _pair(given["crop_size"])
    if not given.get("do_resize", True):
        return None, crop
    size = given.get("size", side)
    short = size.get("shortest_edge") if isinstance(size, Mapping) else None
    if short is None:
        kind = str(given.get("image_processor_type") or given.get("feature_extractor_type") or "")
        # Before sizes were tables, one number meant the shorter side for these.
        if not (isinstance(size, int) and kind.startswith(("ConvNext", "CLIP", "Bit"))):
            return _pair(size), crop
        short = size
    short = int(short)
    share = given.get("crop_pct")
    if share is None and str(given.get("image_processor_type", "")).startswith("ConvNext"):
        share = 224 / 256
    if share is not None:
        # ConvNeXt and ResNet: larger first, then the centre; from 384 on, squeezed.
        return ((int(short / share),), (short, short)) if short < 384 else ((short, short), None)
    # Without a crop, sides would differ between images of a batch.
    return ((short,), crop) if crop else ((short, short), None)


def _pair(size: Any) -> tuple[int, int]:
    if isinstance(size, Mapping):
        return int(size["height"]), int(size["width"])
    if isinstance(size, list | tuple):
        return int(size[0]), int(size[1])
    return int(size), int(size)


def _for_channels(values: Sequence[float] | float, channels: int) -> tuple[float, ...]:
    listed = [values] if isinstance(values, int | float) else list(values)
    if len(listed) != channels:
        listed = [sum(listed) / len(listed)] * channels
    return tuple(float(value) for value in listed)


def _tensor(values: Any) -> Tensor:
    """Return an array as a tensor, which shares no memory that must not be written to."""
    return torch.from_numpy(np.require(values, requirements=["C", "W"]))


def _as_channels(pixels: Tensor, channels: int) -> Tensor:
    have = pixels.shape[1]
    if have != channels and have in (2, 4):  # the last one is opacity
        pixels, have = pixels[:, :-1], have - 1
    if have == channels:
        return pixels
    if have == 3:
        grey = torch.tensor(GREY).view(1, 3, 1, 1)
        pixels = (pixels * grey).sum(dim=1, keepdim=True)
    return pixels[:, :1].expand(-1, channels, -1, -1)


def _centre(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    height, width = pixels.shape[-2:]
    missing = (max(0, size[0] - height), max(0, size[1] - width))
    if any(missing):
        top, left = missing[0] // 2, missing[1] // 2
        pixels = nn.functional.pad(pixels, (left, missing[1] - left, top, missing[0] - top))
        height, width = pixels.shape[-2:]
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    return pixels[..., top : top + size[0], left : left + size[1]]
