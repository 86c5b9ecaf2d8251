"""Decoding of image files in memory: their size from the header, their pixels as uint8."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from clusterforge.errors import InputError

T = TypeVar("T")
Pixels = npt.NDArray[np.uint8]

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_GRAY = (0, 4)
_GRAY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "F")
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Layout:
    """What all images have in common.

    Parameters
    ----------
    size
        Height and width; None where they differ.
    channels
        1 where all are grey, else 3.
    """

    size: tuple[int, int] | None
    channels: int

    @property
    def shape(self) -> tuple[int, int, int] | None:
        """Height, width and channels, where all images have the same."""
        return None if self.size is None else (*self.size, self.channels)


class Header(NamedTuple):
    """Height, width and whether there is no colour."""

    height: int
    width: int
    gray: bool


def header(data: bytes) -> Header:
    """Return what an image file says of itself, without decoding it."""
    if data[:8] == _PNG and len(data) >= 26:
        width, height, _, colour = struct.unpack(">IIBB", data[16:26])
        return Header(height, width, colour in _PNG_GRAY)
    with Image.open(BytesIO(data)) as image:
        return Header(image.height, image.width, image.mode in _GRAY_MODES)


def decode(data: bytes, channels: int, resize: tuple[int, int] | None = None) -> Pixels:
    """Return the pixels of one image file: uint8 (height, width, channels).

    Sixteen-bit grey keeps its upper eight bits; transparency is dropped.
    """
    with Image.open(BytesIO(data)) as opened:
        image: Image.Image = opened
        if image.mode in ("I", "I;16", "I;16B"):
            wide = np.asarray(image).astype(np.int64)
            image = Image.fromarray(np.clip(wide >> 8, 0, 255).astype(np.uint8))
        mode = "L" if channels == 1 else "RGB"
        if image.mode != mode:
            image = image.convert(mode)
        if resize is not None and image.size != (resize[1], resize[0]):
            image = image.resize((resize[1], resize[0]), Image.Resampling.BILINEAR)
        return np.frombuffer(image.tobytes(), dtype=np.uint8).reshape(
            image.height, image.width, channels
        )


def readable(read: Callable[..., T], *args: Any, at: str, key: str) -> T:
    """Return ``read(*args)``; where the image can't be read, say which one.

    Raises
    ------
    InputError
        With the place of the file, ``at``, and the parameter ``key``.
    """
    try:
        return read(*args)
    except _UNREADABLE as error:
        why = "not an image" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError(f"the image {at} can't be read: {why}", key=key) from None
