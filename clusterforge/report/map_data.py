"""The map as the scripts of the page take it: places, labels, values, texts, thumbnails."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.report.columns import Columns, levels, packed, smallest
from clusterforge.report.palette import colour
from clusterforge.report.source import Source
from clusterforge.report.text import short
from clusterforge.report.thumbnails import sheets
from clusterforge.runs import Item, MapData
from clusterforge.runs.files import SILHOUETTE, STABILITY

MAX_TEXT = (240, 160, 100, 60, 30)
TEXT_BUDGET = 8_500_000
MAX_ID, MAX_NAME = 80, 60
UNITS = 65_535


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
    about = {
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
