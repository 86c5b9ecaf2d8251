"""The map as the scripts of the page take it: places, labels, values, texts, thumbnails."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.report.groups import group_colours, group_name
from clusterforge.report.palette import colour
from clusterforge.report.profiles import profile_modes
from clusterforge.report.source import Source
from clusterforge.report.text import short
from clusterforge.report.thumbnails import sheets
from clusterforge.runs import Item, MapData
from clusterforge.runs.files import SILHOUETTE, STABILITY

MAX_TEXT = (240, 160, 100, 60, 30)
TEXT_BUDGET = 8_500_000
MAX_ID, MAX_NAME = 80, 60
UNITS = 65_535
Columns = dict[str, npt.NDArray[Any] | list[str] | None]
KINDS = {"u1": "Uint8Array", "u2": "Uint16Array", "u4": "Uint32Array", "i4": "Int32Array"}


@dataclass(frozen=True)
class MapView:
    """The map in the page: what colours and names are, the rows (packed), and sheets of thumbnails."""

    about: dict[str, object]
    columns: str
    sheets: tuple[str, ...]


def map_view(source: Source) -> MapView | None:
    """Return what the page needs for the map; None without one."""
    data, assignments = source.map, source.assignments
    if data is None:
        return None
    grid = _grid(data.xy)
    columns: Columns = {
        "x": grid[:, 0],
        "y": grid[:, 1],
        "split": smallest(assignments.split[data.position]),
        "ids": [short(name, MAX_ID) for name in assignments.ids[data.position].tolist()],
        "texts": _texts(source.map_items),
    }
    if assignments.classes:
        columns["truth"] = assignments.truth[data.position].astype(np.int32)
    laid = sheets(source.map_items, along(grid))
    if laid:
        columns["place"] = laid.place.astype(np.int32)
    profiles = profile_modes(source, data.position)
    for i, (_, codes) in enumerate(profiles):
        columns[f"profile{i}"] = codes.astype(np.int32)
    about = {
        "profiles": [known for known, _ in profiles],
        "rows": len(data),
        "units": UNITS,
        "splits": assignments.splits,
        "splitColours": [colour(i) for i in range(len(assignments.splits))],
        "classes": [short(name, MAX_NAME) for name in assignments.classes],
        "classColours": [colour(i) for i in range(len(assignments.classes))],
        "clusterers": [
            _clusterer(source, data, columns, i, name)
            for i, name in enumerate(assignments.clusters)
        ],
        "sheet": laid.layout if laid else None,
    }
    return MapView(about, packed(columns), laid.pictures if laid else ())


def along(grid: npt.NDArray[np.uint16]) -> IntArray:
    """Return the rows in the order of a Z-curve over the map, so that neighbours stay together."""
    code = np.zeros(len(grid), np.int64)
    for bit in range(16):
        for axis in (0, 1):
            code |= ((grid[:, axis].astype(np.int64) >> bit) & 1) << (2 * bit + axis)
    order: IntArray = np.argsort(code, kind="stable").astype(np.int64)
    return order


def _grid(xy: FloatArray) -> npt.NDArray[np.uint16]:
    low = xy.min(axis=0)
    extent = float((xy.max(axis=0) - low).max()) or 1.0
    grid: npt.NDArray[np.uint16] = np.rint((xy - low) / extent * UNITS).astype(np.uint16)
    return grid


def _texts(items: list[Item]) -> list[str] | None:
    """Return the texts, cut until all of them together are small once compressed."""
    if not any(isinstance(item, str) and item for item in items):
        return None
    texts: list[str] = []
    for length in MAX_TEXT:
        texts = [short(item, length) if isinstance(item, str) else "" for item in items]
        raw = "\n".join(texts).encode("utf-8", "replace")
        if len(raw) <= TEXT_BUDGET or len(gzip.compress(raw, 6, mtime=0)) <= TEXT_BUDGET:
            break
    return texts


def _clusterer(
    source: Source, data: MapData, columns: Columns, number: int, name: str
) -> dict[str, object]:
    labels = source.assignments.clusters[name][data.position]
    columns[f"labels{number}"] = labels.astype(np.int32)
    present = [i for i in np.unique(labels).tolist() if i >= 0]
    return {
        "name": name,
        "colours": {i: source.colour(name, i) for i in present},
        "names": {i: source.name(name, i) for i in present},
        "about": {i: source.about(name, i) for i in present},
        "layers": [
            {
                "groups": layer.of_cluster,
                "names": {group.cluster: group_name(group) for group in layer.groups},
                "colours": group_colours(layer),
                "order": [group.cluster for group in layer.groups],
            }
            for layer in source.explanations.clusterings[name].layers
        ],
        "matched": source.clusters[name].matched,
        **{
            kind: _values(source, data, columns, f"{kind}{number}", name, kind)
            for kind in (SILHOUETTE, STABILITY)
        },
    }


def _values(
    source: Source, data: MapData, columns: Columns, column: str, clusterer: str, kind: str
) -> dict[str, float] | None:
    """Put one value per row into the columns, and return their range; None where all are unknown."""
    values = source.folder.row_values(clusterer, kind)
    if values is None or not np.isfinite(values[data.position]).any():
        return None
    here = values[data.position]
    low, high = 0.0, 1.0
    if kind == SILHOUETTE:  # 0 is the middle of the scale
        far = float(np.nanmax(np.abs(here)))
        high = min(1.0, max(0.2, float(np.ceil(10 * far)) / 10))
        low = -high
    columns[column] = levels(here, low, high)
    return {"low": round(low, 1), "high": round(high, 1)}


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
