"""The thumbnails of the map as one picture, small enough to stand in the page."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from io import BytesIO
from typing import Any

BUDGET = 2_500_000
TILES = (32, 28, 24, 20, 16, 12)
QUALITY = 75


def sheet(items: Sequence[object]) -> dict[str, Any] | None:
    """Lay thumbnails out in a grid, shrunk until the picture is within the budget.

    Parameters
    ----------
    items
        PNG bytes, or anything else for no thumbnail.

    Returns
    -------
    dict or None
        ``source`` (a data URI), ``tile`` (pixels), ``columns``, and ``place`` for each item: its
        number in the grid, -1 where it has none. None where no item has a thumbnail.
    """
    from PIL import Image

    place: list[int] = []
    pictures: list[Image.Image] = []
    for item in items:
        picture = _opened(item) if isinstance(item, bytes) else None
        place.append(-1 if picture is None else len(pictures))
        if picture is not None:
            pictures.append(picture)
    if not pictures:
        return None
    grey = all(picture.mode == "L" for picture in pictures)
    largest = max(max(picture.size) for picture in pictures)
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    data, kind, tile = b"", "", 0
    for tile in dict.fromkeys(min(tile, largest) for tile in TILES):
        page = Image.new("L" if grey else "RGB", (columns * tile, rows * tile))
        for i, picture in enumerate(pictures):
            small = picture if max(picture.size) <= tile else _shrunk(picture, tile)
            page.paste(small, (i % columns * tile, i // columns * tile))
        for kind, options in (("png", {}), ("jpeg", {"quality": QUALITY})):
            buffer = BytesIO()
            page.save(buffer, kind, **options)
            data = buffer.getvalue()
            if len(data) <= BUDGET:
                break
        if len(data) <= BUDGET:
            break
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return {"source": source, "tile": tile, "columns": columns, "place": place}


def _opened(data: bytes) -> Any:
    """Open one thumbnail; None where it is damaged."""
    from PIL import Image

    try:
        picture = Image.open(BytesIO(data), formats=["PNG"])
        if max(picture.size) > 256:
            return None
        return picture.convert("L" if picture.mode in ("L", "1", "I", "I;16") else "RGB")
    except (OSError, ValueError, SyntaxError):
        return None


def _shrunk(picture: Any, tile: int) -> Any:
    picture = picture.copy()
    picture.thumbnail((tile, tile))
    return picture
