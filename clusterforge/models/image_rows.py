"""Images as users have them in Python: paths, PIL images, bytes and arrays, read as a data set reads them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from clusterforge import pixels
from clusterforge.contracts import Images, IntArray, ItemKind, Items, PixelFormat
from clusterforge.errors import InputError
from clusterforge.formats import count
from clusterforge.models.frames import is_gap, of_type
from clusterforge.pixels import BrokenImage, DeepImage, Pixels

NAMED = 5
CHANNELS = (1, 3, 4)
BLANK = (32, 32)
NO_IMAGE = "no image that can be read"
T = TypeVar("T")


@dataclass(frozen=True)
class AnyImages:
    """Images in memory, each of its own size: uint8 (height, width, channels)."""

    images: Sequence[Pixels]
    content: ItemKind = "image"
    shape: tuple[int, ...] | None = None
    in_memory: bool = True

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: IntArray) -> list[Pixels]:
        """Return some images."""
        return [self.images[row] for row in rows]


def is_image(row: object) -> bool:
    """Tell whether a row is an image and could be nothing else."""
    from PIL import Image

    if isinstance(row, np.ndarray):
        return row.dtype.kind in "buif" and row.ndim in (2, 3)
    return isinstance(row, Image.Image | bytes | os.PathLike)


def image_items(
    rows: Any,
    form: PixelFormat | None,
    shape: tuple[int, ...] | None,
    lacks: dict[int, str] | None = None,
) -> Items:
    """Return images as a model takes them.

    Parameters
    ----------
    rows
        An array (n, h, w[, c]) or a list of paths, PIL images, encoded bytes and arrays, of any size.
    form
        How the images of the fit were read; None where they were uint8 arrays.
    shape
        Height, width and channels of the fit's images; None where they differ.
    lacks
        Takes up what is wrong with rows that can't be read, which are blank then; None: they are refused.

    Raises
    ------
    InputError
        Where some can't be read: how many, and the first few.
    """
    _check_several(rows, form, shape)
    if isinstance(rows, np.ndarray) and rows.dtype == np.uint8 and rows.ndim in (3, 4):
        whole = rows if rows.ndim == 4 else rows[..., None]
        as_fitted = shape is None and whole.shape[3] == (form.channels if form else whole.shape[3])
        if as_fitted or whole.shape[1:] == shape:
            return Images(np.ascontiguousarray(whole))
    own = form or PixelFormat(shape[2] if shape else image_format(rows).channels)
    size = (shape[0], shape[1]) if shape else None
    blank = np.zeros(shape or (*BLANK, own.channels), np.uint8)
    images = _each(rows, lambda row: _read(row, own, size), lacks, blank)
    one_size = len({image.shape for image in images}) == 1
    return Images(np.stack(images)) if one_size else AnyImages(images)


def _check_several(rows: Any, form: PixelFormat | None, shape: tuple[int, ...] | None) -> None:
    """Refuse an array that is one image: its rows of pixels would be taken for images."""
    if not isinstance(rows, np.ndarray) or rows.dtype == object or not rows.size:
        return
    colour = rows.ndim == 3 and rows.shape[2] in (1, 3, 4)
    if shape is None:  # images of any size: none is three or four pixels wide
        unlike = form is not None and form.channels == 3 and rows.shape[2:] != (1,)
    else:
        unlike = rows.shape[1:] != shape[:2]
    if rows.ndim == 2 or (colour and unlike):
        raise InputError(
            f"an array {rows.shape} is one image",
            remedy="put it into a list, or give it as image[None]",
        )


def image_format(rows: Any) -> PixelFormat:
    """Return how images are read that a model is fitted on: in grey if all are, and their levels."""
    looks = _each(rows, _look)
    ranges = [levels for _, levels in looks if levels is not None]
    return PixelFormat(1 if all(grey for grey, _ in looks) else 3, pixels.levels(ranges))


def _look(row: Any) -> tuple[bool, tuple[float, float, bool] | None]:
    """Return whether an image is grey, and the range of its values where they are not eight bits."""
    if isinstance(row, np.ndarray):
        deep = row.dtype.kind in "iuf" and row.dtype != np.uint8
        grey = row.ndim == 2 or row.shape[2:] in ((1,), (2,))
        return grey, pixels.value_range(row) if deep else None

    def of_image(image: Any) -> tuple[bool, tuple[float, float, bool] | None]:
        look = pixels.look_at(image)
        return look.grey, pixels.deep_range(image) if look.deep else None

    return _opened(row, of_image)


def _read(row: Any, form: PixelFormat, size: tuple[int, int] | None) -> Pixels:
    if isinstance(row, np.ndarray):
        with pixels.reading():
            return pixels.prepared(pixels.from_array(row, form.levels), form, size)
    return _opened(row, lambda image: pixels.prepared(image, form, size))


def _opened(row: Any, read: Callable[[Any], T]) -> T:
    from PIL import Image

    if isinstance(row, Image.Image):
        with pixels.reading():
            return read(row)
    if isinstance(row, str | os.PathLike):
        try:
            row = Path(row).read_bytes()
        except (OSError, ValueError) as error:
            raise BrokenImage(getattr(error, "strerror", None) or str(error)) from None
    if not isinstance(row, bytes):
        raise BrokenImage(f"it is {of_type(row)}")
    return pixels.opened(row, read)


def _each(
    rows: Any,
    read: Callable[[Any], T],
    lacks: dict[int, str] | None = None,
    blank: T | None = None,
) -> list[T]:
    """Return what is read of each row; of files that can't be, where ``lacks`` takes them up, another's.

    Where there is no other, ``blank`` stands in their place.
    """
    done: dict[int, T] = {}
    why: dict[int, str] = {}
    for number, row in enumerate(rows):
        try:
            done[number] = read(row)
        except BrokenImage as error:
            why[number] = str(error)
            of_file = isinstance(row, str | os.PathLike | bytes) and not isinstance(
                error, DeepImage
            )
            if lacks is not None and (of_file or is_gap(row)):
                lacks[number] = f"{NO_IMAGE} ({_where(row)}{error})" if of_file else NO_IMAGE
    refused = {number: reason for number, reason in why.items() if number not in (lacks or {})}
    if refused or (why and not done and blank is None):
        raise _unreadable(rows, refused or why)
    other = next(iter(done.values()), blank)
    return [done.get(number, other) for number in range(len(rows))]  # type: ignore[misc]


def _where(row: object) -> str:
    return f"{row!s:.200}: " if isinstance(row, str | os.PathLike) else ""


def _unreadable(rows: Any, why: Mapping[int, str]) -> InputError:
    arrays = [rows[number] for number in why if isinstance(rows[number], np.ndarray)]
    first = {reason: number for number, reason in [*why.items()][::-1]}
    numbers = sorted(first.values()) if len(arrays) == len(why) else [*why]  # files have names
    named = []
    for number in numbers[:NAMED]:
        path = f" ({rows[number]!s:.200})" if isinstance(rows[number], str | os.PathLike) else ""
        named.append(f"row {number + 1}{path}: {why[number]}")
    more = "; …" if len(numbers) > NAMED else ""
    kind = "an image" if len(why) == 1 else "images"
    return InputError(
        f"{len(why):,} of {count(len(rows), 'row')} can't be read as {kind}: {'; '.join(named)}{more}",
        remedy="give paths, PIL images, or arrays (height, width[, channels]), of uint8 where the images of "
        f"the run have eight bits{_as_bytes(arrays) if arrays else ''}",
    )


def _as_bytes(images: Sequence[Any]) -> str:
    """Return how arrays of images become some of bytes, channels last; empty where nothing tells it."""
    value = "x"
    kinds = {image.dtype.kind for image in images}
    if len(kinds) > 1:
        return ""
    if all(
        image.ndim == 3 and image.shape[0] in CHANNELS and image.shape[2] not in CHANNELS
        for image in images
    ):
        value = "numpy.moveaxis(x, -3, -1)"
    if kinds == {"f"}:
        lows, highs, _ = zip(*map(pixels.value_range, images), strict=True)
        low, high = min(lows), max(highs)
        scale = {(0, 1): "{} * 255", (-1, 1): "({} + 1) * 127.5", (0, 255): "{}"}
        fitting = (text for (least, most), text in scale.items() if least <= low <= high <= most)
        if text := next(fitting, ""):
            value = f"({text.format(value)}).round().astype('uint8')"
    return "" if value == "x" else f": {value}"
