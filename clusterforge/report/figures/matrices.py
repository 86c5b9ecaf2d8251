"""Confusion matrices: how the true classes fall into the clusters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.formats import share
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    PAGE,
    QUIET,
    RULE,
    TEXT,
    drawing,
    label,
    save,
)
from clusterforge.report.matching import Confusion
from clusterforge.report.palette import colour
from clusterforge.report.source import Source

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_WRITTEN = 16
MAX_TICKS = 45
CELL, TINY = 0.38, 0.13  # inches: a cell with its numbers, and one without


def confusion(folder: Path, source: Source, clusterer: str, split: str, matrix: Confusion) -> str:
    """Draw the confusion matrix of a clusterer on a split."""
    rows, columns = matrix.counts.shape
    written = max(rows, columns) <= MAX_WRITTEN
    cell = CELL if written else TINY
    names = 0.065 * min(max(map(len, matrix.rows)), 16)
    width = min(max(cell * columns + names + 0.6, COLUMN), PAGE)
    tall = cell if written else max(TINY, min(0.2, 4 / rows))
    height = min(max(tall * rows + 0.75, 1.6), 9.0)
    matched = share(matrix.agreeing / max(matrix.total, 1))
    with drawing(width, height) as figure:
        axis = figure.subplots()
        heads = [source.colour(clusterer, cluster) for cluster in matrix.clusters]
        _matrix(axis, matrix, heads, written)
        axis.set_title(f"{label(clusterer, 24)} on {label(split, 16)}: {matched} matched", pad=8)
        if not written:
            bar = figure.colorbar(axis.images[0], ax=axis, shrink=0.9, aspect=14, pad=0.02)
            bar.set_label("share of class")
            bar.set_ticks([0, 0.5, 1])
            bar.outline.set_visible(False)
        alt = (
            f"Confusion matrix of {clusterer} on {split}: rows are true classes, columns are clusters, "
            f"matched pairs on the diagonal; {matched} of the rows lie there."
        )
        name = f"confusion-{clusterer}-{split}"
        return save(figure, folder, name, f"Confusion: {clusterer}, {split}", alt)


def _matrix(axis: Axes, matrix: Confusion, heads: list[str], written: bool) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import offset_copy

    first = [row for row in matrix.matched if row >= 0]
    order = first + [row for row in range(len(matrix.rows)) if row not in first]
    shares, counts = matrix.shares[order], matrix.counts[order]
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    for side in axis.spines.values():
        side.set_visible(False)
    for ticks, names in (
        (axis.set_xticks, matrix.columns),
        (axis.set_yticks, [matrix.rows[row] for row in order]),
    ):
        step = max(1, math.ceil(len(names) / MAX_TICKS))
        ticks(range(0, len(names), step), [label(name, 16) for name in names[::step]])
    axis.tick_params(length=0, pad=7)
    if not written or max(len(name) for name in matrix.columns) > 5:
        axis.tick_params(axis="x", rotation=90)
    axis.set_xlabel("cluster" + (" (% of the true class, rows below)" if written else ""))
    axis.set_ylabel("true label")
    figure = axis.get_figure(root=True)
    below = offset_copy(axis.get_xaxis_transform(), figure, 0, -4, units="points")
    beside = offset_copy(axis.get_yaxis_transform(), figure, -4, 0, units="points")
    strip: dict[str, Any] = {"linewidth": 3, "solid_capstyle": "butt", "clip_on": False}
    reach = np.array([-0.43, 0.43])
    for place, paint in enumerate(heads):
        axis.plot(place + reach, [0, 0], color=paint, transform=below, **strip)
    for place, row in enumerate(order):
        axis.plot([0, 0], place + reach, color=colour(row), transform=beside, **strip)
    axis.set_xlim(-0.5, len(heads) - 0.5)
    axis.set_ylim(len(order) - 0.5, -0.5)
    for column, row in enumerate(matrix.matched):
        if row >= 0:
            corner = (column - 0.5, order.index(row) - 0.5)
            edge = INK if written else RULE
            axis.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=edge, lw=0.7))
    if not written:
        return
    for (row, column), n in np.ndenumerate(counts):
        part = 100 * float(shares[row, column])
        ink = "white" if part > 55 else INK if part >= 0.5 else QUIET
        # Text inside the matrix needs no room around it, and the layout need not measure it.
        middle: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "in_layout": False}
        if n and part < 0.5:
            axis.text(column, row, f"{n}", fontsize=TEXT, **middle)
        elif n:
            axis.text(column, row - 0.18, f"{part:.0f}", fontsize=TEXT + 1, weight="bold", **middle)
            axis.text(column, row + 0.22, f"{n}", fontsize=TEXT, **middle)
