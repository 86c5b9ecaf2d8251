from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from clusterforge.contracts import Images
from clusterforge.explaining.pictures import LARGE, THUMBNAIL, mean_images, png


class OfAnySize:
    """Images read one by one, of several sizes."""

    content = "image"
    shape = None
    in_memory = False

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.pictures, self.taken = pictures, 0

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, rows: np.ndarray) -> list[np.ndarray]:
        self.taken += len(rows)
        return [self.pictures[row] for row in rows]


def opened(picture: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture)), formats=["PNG"])


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_small_images_have_their_pixels_repeated() -> None:
    pixels = noise(28, 28, 1)
    shown = opened(png(pixels, LARGE))
    assert (shown.size, shown.mode) == ((112, 112), "L")
    np.testing.assert_array_equal(np.asarray(shown)[::4, ::4], pixels[..., 0])
    np.testing.assert_array_equal(np.asarray(shown)[3::4, 3::4], pixels[..., 0])
    assert opened(png(pixels)).size == (THUMBNAIL, THUMBNAIL)


@pytest.mark.parametrize(
    ("shape", "size", "mode"),
    [
        ((8, 8, 3), (112, 112), "RGB"),
        ((224, 112, 3), (56, 112), "RGB"),
        ((300, 400, 4), (112, 84), "RGB"),
        ((100, 60, 2), (60, 100), "L"),
        ((1, 1, 1), (112, 112), "L"),
        ((1, 2000, 1), (112, 1), "L"),
    ],
)
def test_images_of_any_shape(shape: tuple[int, ...], size: tuple[int, int], mode: str) -> None:
    shown = opened(png(noise(*shape), LARGE))
    assert (shown.size, shown.mode) == (size, mode)


@pytest.mark.parametrize("channels", [1, 3])
def test_mean_images_against_a_plain_mean(channels: int) -> None:
    pixels = noise(50, 7, 9, channels)
    clusters = [np.array([3]), np.array([0, 9, 20, 21]), np.arange(30, 50)]
    for rows, picture in zip(clusters, mean_images(Images(pixels), clusters), strict=True):
        shown = np.asarray(opened(picture)).reshape(84, 108, -1)[::12, ::12]
        exact = pixels[rows].astype(float).mean(axis=0)
        assert np.abs(shown - exact).max() <= 0.5


def test_images_of_several_sizes_are_cropped_to_a_square() -> None:
    red = np.zeros((40, 80, 3), np.uint8)
    red[:, 20:60, 0] = 200  # the middle; what is left and right of it is cropped
    items = OfAnySize(
        [red, np.full((10, 10, 1), 100, np.uint8), np.full((300, 90, 1), 100, np.uint8)]
    )
    first, grey, both = mean_images(items, [np.array([0]), np.array([1, 2]), np.array([0, 1])])
    assert opened(first).size == opened(grey).size == (112, 112)
    assert opened(grey).mode == "L"
    assert opened(first).getpixel((56, 56)) == (200, 0, 0)
    assert opened(grey).getpixel((56, 56)) == 100
    assert opened(both).getpixel((56, 56)) == (150, 50, 50)


def test_only_some_images_are_read_where_reading_costs() -> None:
    items = OfAnySize([noise(5, 5, 1)] * 1000)
    mean_images(items, [np.arange(1000)])
    assert items.taken == 40
