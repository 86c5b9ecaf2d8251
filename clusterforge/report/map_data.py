"""The map as the scripts of the page take it: places, labels, values, texts, thumbnails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.numerics.arrays import evenly
from clusterforge.report.groups import group_colours, group_name
from clusterforge.report.lines import EACH, Lines, packed_lines
from clusterforge.report.palette import colour
from clusterforge.report.profiles import profile_modes
from clusterforge.report.source import Source
from clusterforge.report.text import compressed, short
from clusterforge.report.thumbnails import Sheets, sheets
from clusterforge.runs import MapData
from clusterforge.runs.files import SILHOUETTE, STABILITY

MAX_NAME = 60
UNITS = 65_535
PICTURES = 100_000
FINE, COARSE, COARSE_ROWS = 65_535, 255, 100_000
Columns = dict[str, npt.NDArray[Any]]
KINDS = {
    "u1": "Uint8Array",
    "u2": "Uint16Array",
    "u4": "Uint32Array",
    "i1": "Int8Array",
    "i2": "Int16Array",
    "i4": "Int32Array",
}


@dataclass(frozen=True)
class MapView:
    """The map in the page: what colours and names are, the rows (packed), their words and thumbnails.

    ``pictures`` is how many rows have a thumbnail, where that is not all with a picture.
    """

    about: dict[str, object]
    columns: str
    lines: Lines
    sheets: tuple[str, ...]
    pictures: int | None


def map_view(source: Source) -> MapView | None:
    """Return what the page needs for the map; None without one."""
    data, assignments = source.map, source.assignments
    if data is None:
        return None
    grid = _grid(data.xy)
    columns: Columns = {
        "x": grid[:, 0],
        "y": grid[:, 1],
        "split": narrow(assignments.split[data.position]),
    }
    if assignments.classes:
        columns["truth"] = narrow(assignments.truth[data.position])
    laid = _sheets(source, grid)
    if laid:
        columns["place"] = narrow(laid.place)
    profiles = profile_modes(source, data.position)
    for i, (_, codes) in enumerate(profiles):
        columns[f"profile{i}"] = narrow(codes)
    lines = packed_lines(source)
    about = {
        "profiles": [known for known, _ in profiles],
        "rows": len(data),
        "units": UNITS,
        "each": EACH,
        "texts": bool(lines.texts),
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
    return MapView(
        about,
        packed(columns),
        lines,
        laid.pictures if laid else (),
        PICTURES if laid and len(data) > PICTURES else None,
    )


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


def _sheets(source: Source, grid: npt.NDArray[np.uint16]) -> Sheets | None:
    """Lay out the pictures of the rows, or of evenly chosen ones where there are many."""
    rows = evenly(len(grid), PICTURES)
    laid = sheets(source.map_items(rows), along(grid[rows]))
    if laid is None or len(rows) == len(grid):
        return laid
    place = np.full(len(grid), -1, np.int64)
    place[rows] = laid.place
    return Sheets(laid.pictures, laid.layout, place)


def _clusterer(
    source: Source, data: MapData, columns: Columns, number: int, name: str
) -> dict[str, object]:
    labels = source.assignments.clusters[name][data.position]
    columns[f"labels{number}"] = narrow(labels)
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
    columns[column] = levels(here, low, high, FINE if len(here) <= COARSE_ROWS else COARSE)
    return {"low": round(low, 1), "high": round(high, 1)}


def packed(columns: Columns) -> str:
    """Return columns as the script ``columns.js`` unpacks them.

    Gzip of: the length of the header (uint32, little-endian), the header (JSON in UTF-8, filled up
    with spaces so that the arrays begin at a multiple of 4), then the arrays. In the header an array
    stands as ``{"at": bytes after the header, "length": elements, "kind": JavaScript's name}``.

    Parameters
    ----------
    columns
        Arrays of one dimension, of a type in ``KINDS``.
    """
    header: dict[str, object] = {}
    body = bytearray()
    for name, value in columns.items():
        kind = value.dtype.str[1:]
        header[name] = {"at": len(body), "length": len(value), "kind": KINDS[kind]}
        body += value.astype(f"<{kind}").tobytes()
        body += bytes(-len(body) % 4)
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 4)
    return compressed(len(head).to_bytes(4, "little") + head + bytes(body))


def narrow(values: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return whole numbers in the smallest type that holds them."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    return values.astype(np.result_type(np.min_scalar_type(low), np.min_scalar_type(high)))


def levels(values: npt.NDArray[np.float32], low: float, high: float, top: int) -> npt.NDArray[Any]:
    """Return values as steps of a range: 1 to `top` from low to high, 0 for nan."""
    steps = np.clip((values - low) / (high - low), 0, 1) * (top - 1) + 1
    whole = np.where(np.isfinite(values), np.rint(np.nan_to_num(steps)), 0)
    return whole.astype(np.min_scalar_type(top))
