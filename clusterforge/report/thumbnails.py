"""The thumbnails of the map as a few pictures, small enough to stand in the page."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.runs import Item

if TYPE_CHECKING:
    from PIL.Image import Image

# Of MNIST: 70,000 pictures of 28 pixels at quality 40 are 8 MB, without loss 12 MB.
BUDGET = 11_000_000
LOSSLESS_BUDGET = 2_000_000
Options = Mapping[str, int]
TILES = (40, 32, 28, 24, 20, 16, 12)
QUALITIES = (70, 40)
EACH = 4096


@dataclass(frozen=True)
class Sheets:
    """Pictures laid out in grids.

    Parameters
    ----------
    pictures
        The sheets, base64.
    layout
        ``kind`` (``png`` or ``webp``), ``tile`` (the side of one picture in pixels), ``columns``
        (pictures in a row of a sheet) and ``each`` (pictures on a sheet, but for the last).
    place
        int64 (n,): the number of each item's picture, -1 where it has none.
    """

    pictures: tuple[str, ...]
    layout: dict[str, str | int]
    place: IntArray


def sheets(items: Sequence[Item], order: IntArray | None = None) -> Sheets | None:
    """Lay thumbnails out in grids, shrunk until all are within the budget.

    A sheet holds at most 4096, so that a browser need only open the ones it shows.

    Parameters
    ----------
    items
        PNG bytes, or anything else for no thumbnail.
    order
        int64 (n,): the order in which they are laid out.

    Returns
    -------
    Sheets or None
        None where no item has a thumbnail.
    """
    place = np.full(len(items), -1, np.int64)
    pictures: list[Image] = []
    for i in range(len(items)) if order is None else order.tolist():
        item = items[i]
        if isinstance(item, bytes):
            place[i] = len(pictures)
            pictures.append(_opened(item))
    if not pictures:
        return None
    columns = min(math.isqrt(EACH), math.ceil(math.sqrt(len(pictures))))
    each = min(EACH, columns * math.ceil(len(pictures) / columns))
    tile, kind, options = _choice(pictures)
    groups = [pictures[i : i + each] for i in range(0, len(pictures), each)]
    pages = [_sheet(group, tile, columns, kind, options) for group in groups]
    layout: dict[str, str | int] = {"kind": kind, "tile": tile, "columns": columns, "each": each}
    return Sheets(tuple(base64.b64encode(page).decode() for page in pages), layout, place)


def _choice(pictures: list[Image]) -> tuple[int, str, Options]:
    """Choose size and format by an even sample of the pictures."""
    step = math.ceil(len(pictures) / 1000)
    sample = pictures[::step]
    columns = math.ceil(math.sqrt(len(sample)))
    largest = max(max(picture.size) for picture in pictures)

    def size(tile: int, kind: str, options: Options) -> float:
        whole = len(_sheet(sample, tile, columns, kind, options))
        return whole * len(pictures) / len(sample)

    tiles = list(dict.fromkeys(min(tile, largest) for tile in TILES))
    lossless: Options = {}
    if size(tiles[0], "png", lossless) <= LOSSLESS_BUDGET:
        return tiles[0], "png", lossless
    options: Options = {}
    tile = tiles[-1]
    for tile in tiles:
        for quality in QUALITIES:
            options = {"quality": quality, "method": 2}
            if size(tile, "webp", options) <= BUDGET:
                return tile, "webp", options
    return tile, "webp", options


def _sheet(
    pictures: Sequence[Image], tile: int, columns: int, kind: str, options: Options
) -> bytes:
    from PIL import Image

    mode = "L" if all(picture.mode == "L" for picture in pictures) else "RGB"
    rows = math.ceil(len(pictures) / columns)
    page = Image.new(mode, (columns * tile, rows * tile))
    for i, picture in enumerate(pictures):
        small = picture if max(picture.size) <= tile else _shrunk(picture, tile)
        page.paste(small, (i % columns * tile, i // columns * tile))
    buffer = BytesIO()
    page.save(buffer, kind, **options)
    return buffer.getvalue()


def _opened(data: bytes) -> Image:
    from PIL import Image

    picture = Image.open(BytesIO(data), formats=["PNG"])
    return picture.convert("L" if picture.mode in ("L", "1", "I", "I;16") else "RGB")


def _shrunk(picture: Image, tile: int) -> Image:
    picture = picture.copy()
    picture.thumbnail((tile, tile))
    return picture
