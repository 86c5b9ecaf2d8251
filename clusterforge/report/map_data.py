"""The map as the scripts of the page take it: places, labels, values, texts, thumbnails."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import numpy as np

from clusterforge.report.columns import levels, packed, smallest
from clusterforge.report.folder import FloatArray, IntArray, Map, RunFolder
from clusterforge.report.matching import Clusters
from clusterforge.report.palette import colour
from clusterforge.report.text import short
from clusterforge.report.thumbnails import sheets

MAX_TEXT = (240, 160, 100, 60, 30)
TEXT_BUDGET = 8_500_000
MAX_ID = 80
UNITS = 65_535


def map_data(
    run: RunFolder, found: Mapping[str, Clusters]
) -> tuple[dict[str, Any] | None, str, list[str]]:
    """Return what the map needs.

    Returns
    -------
    about : dict or None
        What the colours and names are; None without a map.
    columns : str
        The rows, packed.
    pictures : list of str
        The sheets of thumbnails, base64.
    """
    shown, assignments = run.map, run.assignments
    if shown is None:
        return None, "", []
    grid = _grid(shown.xy)
    splits = list(dict.fromkeys(shown.split))
    numbers = {name: i for i, name in enumerate(splits)}
    classes = assignments.classes if assignments else []
    texts, length = _texts(shown.items)
    columns: dict[str, Any] = {
        "x": grid[:, 0],
        "y": grid[:, 1],
        "split": smallest(np.array([numbers[name] for name in shown.split], np.int64)),
        "ids": [short(name, MAX_ID) for name in shown.ids],
        "texts": texts,
    }
    about: dict[str, Any] = {
        "rows": len(shown.ids),
        "units": UNITS,
        "splits": splits,
        "splitColours": [colour(i) for i in range(len(splits))],
        "classes": [short(name, 60) for name in classes],
        "classColours": [colour(i) for i in range(len(classes))],
        "textLength": length,
        "clusterers": [],
    }
    if assignments and classes:
        columns["truth"] = _placed(shown, assignments.truth).astype(np.int32)
    for i, (name, labels) in enumerate(assignments.clusters.items() if assignments else ()):
        here = _placed(shown, labels)
        columns[f"labels{i}"] = here.astype(np.int32)
        values = run.rows.get(name, {})
        about["clusterers"].append(
            _clusterer(name, here, found[name])
            | {kind: _values(columns, f"{kind}{i}", shown, of) for kind, of in values.items()}
        )
    pictures: list[str] = []
    laid = sheets(shown.items, along(grid))
    if laid:
        pictures = laid.pictures
        columns["place"] = laid.place.astype(np.int32)
        about["sheet"] = {
            "tile": laid.tile,
            "columns": laid.columns,
            "each": laid.each,
            "kind": laid.kind,
        }
    return about, packed(columns), pictures


def along(grid: np.ndarray[Any, Any]) -> IntArray:
    """Return the rows in the order of a Z-curve over the map, so that neighbours stay together."""
    code = np.zeros(len(grid), np.int64)
    for bit in range(16):
        for axis in (0, 1):
            code |= ((grid[:, axis].astype(np.int64) >> bit) & 1) << (2 * bit + axis)
    order: IntArray = np.argsort(code, kind="stable").astype(np.int64)
    return order


def _grid(xy: FloatArray) -> np.ndarray[Any, Any]:
    low = xy.min(axis=0)
    extent = float((xy.max(axis=0) - low).max()) or 1.0
    grid: np.ndarray[Any, Any] = np.rint((xy - low) / extent * UNITS).astype(np.uint16)
    return grid


def _texts(items: list[str | bytes | None]) -> tuple[list[str] | None, int]:
    """Return the texts, cut until all of them together are small once compressed."""
    if not any(isinstance(item, str) and item for item in items):
        return None, 0
    texts: list[str] = []
    length = 0
    for length in MAX_TEXT:
        texts = [short(item, length) if isinstance(item, str) else "" for item in items]
        raw = "\n".join(texts).encode("utf-8", "replace")
        if len(raw) <= TEXT_BUDGET or len(gzip.compress(raw, 6, mtime=0)) <= TEXT_BUDGET:
            break
    return texts, length


def _clusterer(name: str, labels: IntArray, clusters: Clusters) -> dict[str, Any]:
    return {
        "name": name,
        "colours": {
            str(i): colour(clusters.colours[i]) for i in np.unique(labels).tolist() if i >= 0
        },
        "matched": {str(i): c for i, c in clusters.matched.items()},
        "like": {str(i): c for i, c in clusters.like.items()},
    }


def _values(columns: dict[str, Any], name: str, shown: Map, values: FloatArray) -> Any:
    """Put one value a row into the columns, and return their range."""
    known = shown.position >= 0
    here = np.where(known, values[np.maximum(shown.position, 0)], np.nan).astype(np.float32)
    if not np.isfinite(here).any():
        return None
    low, high = 0.0, 1.0
    if name.startswith("silhouette"):  # nought is the scale's middle
        far = float(np.nanmax(np.abs(here)))
        high = min(1.0, max(0.2, float(np.ceil(10 * far)) / 10))
        low = -high
    columns[name] = levels(here, low, high)
    return {"low": round(low, 1), "high": round(high, 1)}


def _placed(shown: Map, values: IntArray) -> IntArray:
    """Return values of all rows at the rows of the map, -2 where a row is unknown."""
    if not len(values):
        return np.full(len(shown.position), -2, np.int64)
    return np.where(shown.position >= 0, values[np.maximum(shown.position, 0)], -2)
