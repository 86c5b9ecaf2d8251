"""The map of the rows: by true label, and by each clusterer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.formats import count
from clusterforge.report.figures.canvas import (
    COLUMN,
    QUIET,
    TEXT,
    drawing,
    label,
    legend,
    legend_lines,
    save,
)
from clusterforge.report.palette import colour
from clusterforge.report.source import Source
from clusterforge.runs import MapData

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_LISTED = 24
MAX_NAMED = 20
MORE = "and {:,} more"
GRID = 20
CHARACTER, LINE = 0.021, 0.045  # of a text on a map one column wide, as shares of the width


@dataclass(frozen=True)
class Panel:
    """One colouring of the map.

    Parameters
    ----------
    name
        Names its file.
    title, alt
        What it shows, and the same in a sentence.
    values
        int64 (m,): the group of each row; below 0 is no group.
    colours
        Group to the index of its colour.
    names, marks
        What a group is called in the legend, and on the map.
    """

    name: str
    title: str
    alt: str
    values: IntArray
    colours: Mapping[int, int]
    names: Mapping[int, str]
    marks: Mapping[int, str]


def maps(folder: Path, source: Source, data: MapData) -> Iterator[str]:
    """Draw the map once for the true labels and once for each clusterer."""
    for panel in _panels(source, data):
        listed = _listed(panel)
        names = [panel.names.get(i, str(i))[:18] for i in listed]
        names += [MORE] if len(listed) >= MAX_LISTED else []
        height = (COLUMN - 0.1) * _ratio(data) + 0.42 + 0.145 * legend_lines(names, COLUMN)
        with drawing(COLUMN, height) as figure:
            axis = figure.subplots()
            _scatter(axis, data, panel, listed)
            legend(figure, axis)
            yield save(figure, folder, panel.name, f"Map: {panel.title}", panel.alt)


def _panels(source: Source, data: MapData) -> Iterator[Panel]:
    assignments = source.assignments
    classes = assignments.classes
    of = count(len(data), "row")
    if classes:
        names = dict(enumerate(classes))
        yield Panel(
            "map-true-labels",
            "True labels",
            f"Two-dimensional map of {of}, coloured by the {len(classes)} true labels.",
            assignments.truth[data.position],
            {i: i for i in names},
            {**names, -1: "unlabelled"},
            names,
        )
    for name, labels in assignments.clusters.items():
        clusters = source.clusters[name]
        many = count(len(clusters.ids), "cluster")
        yield Panel(
            f"map-{name}",
            f"{label(name, 24)}: {many}",
            f"Two-dimensional map of {of}, coloured by the {many} of {name}.",
            labels[data.position],
            clusters.colours,
            {i: source.name(name, i) for i in clusters.ids} | {-1: "noise", -2: "not labelled"},
            {i: str(i) for i in clusters.ids},
        )


def _ratio(data: MapData) -> float:
    """Return the height of the map as a share of its width."""
    width, height = np.ptp(data.xy, axis=0).tolist()
    return float(min(max(height / (width or 1.0), 0.7), 1.15))


def _frame(data: MapData) -> tuple[FloatArray, FloatArray]:
    """Return the middle of the map and how far it reaches to either side, float32 (2,) each."""
    low, high = data.xy.min(axis=0), data.xy.max(axis=0)
    width, height = (high - low).tolist()
    ratio = _ratio(data)
    half = 0.53 * max(width, height / ratio, 1e-6)
    return (low + high) / 2, np.array([half, half * ratio], np.float32)


def _listed(panel: Panel) -> list[int]:
    """Return the groups for the legend: matched ones first, then by size."""
    ids, counts = np.unique(panel.values, return_counts=True)
    size = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    groups = [i for i in size if i >= 0]
    if len(groups) > MAX_LISTED:
        groups = sorted(groups, key=lambda i: (-size[i], i))[: MAX_LISTED - 1]
    groups.sort(key=lambda i: (panel.colours.get(i, -1), i))
    return groups + [i for i in (-1, -2) if i in size]


def _scatter(axis: Axes, data: MapData, panel: Panel, listed: list[int]) -> None:
    values, xy = panel.values, data.xy
    size = max(0.7, min(9.0, 9_000 / len(xy)))
    present = np.unique(values)
    paint = np.array([colour(panel.colours.get(int(i), -1)) for i in present])
    paint = paint[np.searchsorted(present, values)]
    for part, alpha, area in ((values < 0, 0.5, 0.6 * size), (values >= 0, 0.8, size)):
        rows = np.flatnonzero(part)
        axis.scatter(
            xy[rows, 0],
            xy[rows, 1],
            s=area,
            c=paint[rows].tolist() or None,
            alpha=alpha,
            linewidths=0,
            rasterized=True,
        )
    middle, reach = _frame(data)
    axis.set_xlim(middle[0] - reach[0], middle[0] + reach[0])
    axis.set_ylim(middle[1] - reach[1], middle[1] + reach[1])
    axis.set_aspect("equal")
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set(visible=True, color=QUIET, linewidth=0.4)
    axis.set_title(label(panel.title, int(13 * COLUMN)))
    _named(axis, data, panel)
    for i in listed:
        axis.plot(
            [],
            [],
            "o",
            color=colour(panel.colours.get(i, -1)),
            markersize=4,
            markeredgewidth=0,
            label=label(panel.names.get(i, str(i)), 18),
        )
    more = len(present[present >= 0]) - len([i for i in listed if i >= 0])
    if listed and more > 0:
        axis.plot([], [], " ", label=MORE.format(more))


def _named(axis: Axes, data: MapData, panel: Panel) -> None:
    """Write the names of the largest groups where each is densest, unless one is there already."""
    xy, (middle, reach) = data.xy, _frame(data)
    low, extent = middle - reach, 2 * float(reach.max())
    cell = ((xy - low) / extent * (GRID - 1e-3)).astype(np.int64)
    cell = cell[:, 0] * GRID + cell[:, 1]
    ids, counts = np.unique(panel.values[panel.values >= 0], return_counts=True)
    boxes: list[tuple[float, float, float]] = []
    for i in ids[np.lexsort((ids, -counts))][:MAX_NAMED].tolist():
        rows = np.flatnonzero(panel.values == i)
        densest = np.bincount(cell[rows]).argmax()
        x, y = xy[rows[cell[rows] == densest]].mean(axis=0).tolist()
        text = label(panel.marks.get(i, str(i)), 14)
        half = CHARACTER * (len(text) + 1) * float(reach[0])
        tall = LINE * 2 * float(reach[0])
        x = min(max(x, low[0] + half), low[0] + 2 * reach[0] - half)
        if any(abs(x - a) < half + h and abs(y - b) < tall for a, b, h in boxes):
            continue
        boxes.append((x, y, half))
        axis.text(
            x,
            y,
            text,
            fontsize=TEXT,
            ha="center",
            va="center",
            clip_on=True,
            bbox={
                "boxstyle": "round,pad=0.15",
                "facecolor": "white",
                "edgecolor": colour(panel.colours.get(i, -1)),
                "linewidth": 0.8,
                "alpha": 0.85,
            },
        )
