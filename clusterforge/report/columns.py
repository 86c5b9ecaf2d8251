"""Columns for the page: typed arrays and texts, packed into one line of base64."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any] | list[str] | None]
KINDS = {"u1": "Uint8Array", "u2": "Uint16Array", "u4": "Uint32Array", "i4": "Int32Array"}


def packed(columns: Columns) -> str:
    """Return columns as the script ``columns.js`` unpacks them.

    Gzip of: the length of the header (uint32, little-endian), the header (JSON in UTF-8, filled up
    with spaces so that the arrays begin at a multiple of 4), then the arrays. In the header an array
    stands as ``{"at": bytes after the header, "length": elements, "kind": JavaScript's name}``.

    Parameters
    ----------
    columns
        Arrays (uint8, uint16, uint32 or int32, of one dimension) and values that JSON can hold.

    Raises
    ------
    ValueError
        Where a value holds nan or infinity.
    """
    header: dict[str, object] = {}
    body = bytearray()
    for name, value in columns.items():
        if isinstance(value, np.ndarray):
            kind = value.dtype.str[1:]
            header[name] = {"at": len(body), "length": len(value), "kind": KINDS[kind]}
            body += value.astype(f"<{kind}").tobytes()
            body += bytes(-len(body) % 4)
        else:
            header[name] = value
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    head = text.encode("utf-8", "replace")
    head += b" " * (-len(head) % 4)
    data = len(head).to_bytes(4, "little") + head + bytes(body)
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()


def smallest(values: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return whole numbers from 0 in the smallest type that holds them."""
    top = int(values.max(initial=0))
    return values.astype(np.uint8 if top < 1 << 8 else np.uint16 if top < 1 << 16 else np.uint32)


def levels(values: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.uint16]:
    """Return values as steps of a range: 1 to 65,535 from low to high, 0 for nan."""
    steps = np.clip((values - low) / (high - low), 0, 1) * 65_534 + 1
    return np.where(np.isfinite(values), np.rint(np.nan_to_num(steps)), 0).astype(np.uint16)
