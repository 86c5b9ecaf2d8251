"""Values of a run's JSON files, taken with care: what is not as it should be is left out."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.report.curves import finite
from clusterforge.report.folder import FloatArray

LARGEST_PICTURE = 512


def table(value: object, *keys: str) -> dict[str, Any]:
    """Return the mapping under some keys of a mapping, {} where there is none."""
    for key in (*keys, None):
        if not isinstance(value, Mapping):
            return {}
        if key is not None:
            value = value.get(key)
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def records(value: object) -> list[dict[str, Any]]:
    """Return those elements of a list that are mappings."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def number(record: Mapping[str, Any], key: str) -> float | None:
    """Return a finite number of a record."""
    value = record.get(key)
    return float(value) if finite(value) and value is not None else None


def whole(record: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number of a record."""
    value = record.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def numbers(value: object) -> list[float]:
    """Return a list of finite numbers, [] where it is none."""
    if isinstance(value, list) and all(finite(item) for item in value):
        return [float(item) for item in value]
    return []


def row_values(path: Path, rows: int) -> FloatArray | None:
    """Return a value for each row, float32 (rows,); None where the file has no such array."""
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if values.shape != (rows,) or values.dtype.kind != "f":
        return None
    found: FloatArray = values.astype(np.float32)
    return found


def pixels(encoded: object) -> npt.NDArray[np.uint8] | None:
    """Return a picture given as base64 PNG, uint8 (height, width, 3); None where it is none."""
    from PIL import Image

    if not isinstance(encoded, str):
        return None
    try:
        picture = Image.open(BytesIO(b64decode(encoded)), formats=["PNG"])
        if max(picture.size) > LARGEST_PICTURE:
            return None
        return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError):
        return None
