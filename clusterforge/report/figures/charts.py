"""Charts: lines, silhouettes, and matrices of classes by clusters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.formats import count, share
from clusterforge.numerics.arrays import evenly
from clusterforge.report.curves import Curve, Series
from clusterforge.report.figures import canvas
from clusterforge.report.figures.canvas import COLUMN, INK, QUIET, RULE, TEXT, Style, drawing, label
from clusterforge.report.matching import Confusion
from clusterforge.report.palette import colour
from clusterforge.report.source import Source
from clusterforge.runs.files import SILHOUETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.25
MARKED = 30  # points that a line may have, each with its mark
DASHES = ("-", "-", "-", "-.", (0, (4, 1.2)), (0, (1, 1)))
MARKS = "osD^v*"
MAX_SHOWN = 20
MAX_STEPS = 120
LEAST = 0.14  # inches: the height of the smallest cluster, which must hold its name
MAX_WRITTEN = 16
MAX_TICKS = 45
CELL, TINY = 0.38, 0.13  # inches: a cell with its numbers, and one without


def curve(folder: Path, chart: Curve) -> str:
    """Draw one chart of lines."""
    title = f"{chart.owner}: {chart.title}"
    with drawing(COLUMN, HEIGHT) as figure:
        axis = figure.subplots()
        tree = chart.kind == "tree"
        for i, line in enumerate(chart.series):
            _line(axis, line, i, tree, len(chart.series) > 1)
        for i, mark in enumerate(chart.marks):
            draw = axis.axhline if mark.axis == "y" else axis.axvline
            style, tint = (":", QUIET) if i else ("--", INK)
            draw(mark.value, color=tint, linewidth=0.9, linestyle=style,
                 label=label(mark.label, 30))  # fmt: skip
        axis.set_xlabel(label(chart.x_label, 50))
        axis.set_ylabel(label(chart.y_label, 36))
        axis.set_title(label(title, 44))
        axis.grid(axis="y" if tree else "both")
        _ticks(axis, chart)
        canvas.legend(figure, axis)
        alt = f"{title}: {chart.y_label or 'values'} by {chart.x_label or 'merge'}"
        alt += "".join(f", {mark.label} marked" for mark in chart.marks)
        return canvas.save(figure, folder, chart.name, title, f"{alt}. {chart.note}".strip())


def _line(axis: Axes, line: Series, i: int, tree: bool, several: bool) -> None:
    style: Style = {"color": colour(0 if tree else i), "linewidth": 0.9 if tree else 1.4}
    if not tree:
        style["linestyle"] = "--" if line.dashed else DASHES[i % len(DASHES)]
        style["label"] = label(line.name, 30) if several else None
        if len(line.x) <= MARKED:
            style |= {"marker": MARKS[i % len(MARKS)], "markersize": 2.8}
    if line.error is not None:
        axis.errorbar(line.x, line.y, line.error, capsize=1.8, elinewidth=0.8, **style)
    else:
        axis.plot(line.x, line.y, **style)


def _ticks(axis: Axes, chart: Curve) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator

    if chart.log:
        axis.set_yscale("log")
        low, high = axis.get_ylim()
        if high < 100 * low:
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:,g}")
        axis.yaxis.set_minor_formatter("")
    if chart.kind == "tree":
        axis.set_xticks([])
        axis.spines["bottom"].set_visible(False)
        axis.set_ylim(bottom=0)
    elif all(float(x).is_integer() for line in chart.series for x in line.x):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def silhouettes(folder: Path, source: Source, clusterer: str) -> Iterator[str]:
    """Draw the rows' silhouettes in each split, sorted within each cluster; the best cluster first."""
    values = source.folder.row_values(clusterer, SILHOUETTE)
    if values is None:
        return
    for split in source.splits:
        here = source.assignments.rows(split)
        labels = source.assignments.clusters[clusterer][here]
        if (np.isfinite(values[here]) & (labels >= 0)).any():
            yield _silhouette(folder, source, clusterer, split, values[here], labels)


def _silhouette(
    folder: Path,
    source: Source,
    clusterer: str,
    split: str,
    values: FloatArray,
    labels: IntArray,
) -> str:
    known = np.isfinite(values) & (labels >= 0)
    ids, counts = np.unique(labels[known], return_counts=True)
    largest = ids[np.lexsort((ids, -counts))][:MAX_SHOWN]
    parts = {int(i): np.sort(values[known & (labels == i)])[::-1] for i in largest}
    order = sorted(parts, key=lambda i: (-float(parts[i].mean()), i))
    rows = np.array([len(parts[i]) for i in order])
    total = max(1.6, LEAST * 1.6 * len(order))
    tall = np.maximum(rows / rows.sum() * total, LEAST)
    gap = 0.05
    mean = float(values[known].mean())
    with drawing(COLUMN, float(tall.sum()) + gap * len(order) + 0.85) as figure:
        axis = figure.subplots()
        top, ticks = 0.0, []
        lowest = min(0.0, *(float(part[-1]) for part in parts.values()))
        for i, height in zip(order, tall.tolist(), strict=True):
            part = parts[i]
            places = evenly(len(part), MAX_STEPS)
            x = np.concatenate([part[places], part[-1:]])
            y = top + height * np.append(places, len(part)) / len(part)
            axis.fill_betweenx(y, 0, x, step="post", color=source.colour(clusterer, i), linewidth=0)
            axis.annotate(
                f"{part.mean():.2f}",
                (1, top + height / 2),
                (3, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=TEXT,
                color=QUIET,
                annotation_clip=False,
            )
            ticks.append(top + height / 2)
            top += height + gap
        axis.set_ylim(top, -gap)
        axis.set_xlim(max(-1.0, lowest * 1.05 - 0.02), min(1.0, float(values[known].max()) + 0.03))
        axis.axvline(0, color=QUIET, linewidth=0.6)
        axis.axvline(mean, color=INK, linestyle="--", linewidth=0.9)
        axis.set_yticks(ticks, [label(source.name(clusterer, i), 14) for i in order])
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        axis.grid(axis="x")
        more = len(ids) - len(order)
        axis.set_xlabel(
            f"silhouette of {count(int(known.sum()), 'row')} (dashed: mean {mean:.3f})"
            + (f"\nthe {len(order):,} largest of {len(ids):,} clusters" if more else "")
        )
        title = f"{label(clusterer, 22)} on {label(split, 14)}: silhouettes"
        axis.set_title(title)
        alt = f"Silhouette plot of {clusterer} on {split}: mean {mean:.3f}; by cluster from "
        alt += f"{parts[order[-1]].mean():.2f} to {parts[order[0]].mean():.2f}."
        return canvas.save(figure, folder, f"silhouette-{clusterer}-{split}", title, alt)


def confusion(folder: Path, source: Source, clusterer: str, split: str, matrix: Confusion) -> str:
    """Draw the confusion matrix of a clusterer on a split."""
    rows, columns = matrix.counts.shape
    written = max(rows, columns) <= MAX_WRITTEN
    cell = CELL if written else TINY
    names = 0.065 * min(max(map(len, matrix.rows)), 16)
    width = min(max(cell * columns + names + 0.6, COLUMN), canvas.PAGE)
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
        return canvas.save(figure, folder, name, f"Confusion: {clusterer}, {split}", alt)


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
    strip: Style = {"linewidth": 3, "solid_capstyle": "butt", "clip_on": False}
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
        middle: Style = {"ha": "center", "va": "center", "color": ink, "in_layout": False}
        if n and part < 0.5:
            axis.text(column, row, f"{n}", fontsize=TEXT, **middle)
        elif n:
            axis.text(column, row - 0.18, f"{part:.0f}", fontsize=TEXT + 1, weight="bold", **middle)
            axis.text(column, row + 0.22, f"{n}", fontsize=TEXT, **middle)
