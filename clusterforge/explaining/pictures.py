"""Pictures for a page: small PNG, crisp where the image is smaller than the picture."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from clusterforge.contracts import IntArray, Items
from clusterforge.explaining.selection import spaced

THUMBNAIL, LARGE = 56, 112
EACH = 40
BLOCK_VALUES = 32_000_000

Pixels = npt.NDArray[np.uint8]


def png(pixels: Pixels, side: int = THUMBNAIL) -> str:
    """Return an image as base64 PNG, no side longer than ``side`` pixels.

    A smaller image has its pixels repeated, so that they stay sharp.

    Parameters
    ----------
    pixels
        uint8 (height, width, channels): one or two channels are grey, of more the first three are
        red, green and blue.
    """
    image = _image(pixels)
    times = side // max(image.size)
    if times > 1:
        image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    elif max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def mean_images(items: Items, clusters: Sequence[IntArray]) -> list[str]:
    """Return the mean image of some rows, for each cluster, as base64 PNG.

    Of images that are not in memory 40 evenly spaced ones are read; those of several sizes are
    cropped to a square first.

    Parameters
    ----------
    items
        The images.
    clusters
        For each cluster int64 (m,): its rows, at least one.
    """
    return [png(_mean(items, rows), LARGE) for rows in clusters]


def _mean(items: Items, rows: IntArray) -> Pixels:
    if not items.in_memory:
        rows = rows[spaced(len(rows), EACH)]
    if items.shape is None:
        squares = [_square(pixels) for pixels in items.take(rows)]
        width = max(square.shape[2] for square in squares)
        images = np.stack([np.broadcast_to(s, (*s.shape[:2], width)) for s in squares])
        return _rounded(images.sum(axis=0, dtype=np.int64) / len(rows))
    total: npt.NDArray[np.int64] = np.zeros(items.shape, np.int64)
    step = max(1, BLOCK_VALUES // max(1, int(np.prod(items.shape))))
    for start in range(0, len(rows), step):
        block = np.asarray(items.take(rows[start : start + step]))
        total += block.sum(axis=0, dtype=np.int64)
    return _rounded(total / len(rows))


def _rounded(mean: npt.NDArray[np.float64]) -> Pixels:
    return np.floor(mean + 0.5).astype(np.uint8)


def _square(pixels: object) -> Pixels:
    """Return an image cropped and scaled to a square: uint8 (112, 112, 1 or 3)."""
    image = ImageOps.fit(_image(np.asarray(pixels)), (LARGE, LARGE))
    return np.asarray(image).reshape(LARGE, LARGE, -1)


def _image(pixels: Pixels) -> Image.Image:
    if pixels.shape[-1] < 3:
        return Image.fromarray(np.ascontiguousarray(pixels[..., 0]))
    return Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
