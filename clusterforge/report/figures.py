"""The figures of a run as PNG and SVG; the same run gives the same bytes."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.report.curves import Curve
from clusterforge.report.folder import Assignments, IntArray, Map
from clusterforge.report.matching import Clusters, Confusion
from clusterforge.report.palette import colour
from clusterforge.report.text import short
from clusterforge.storage.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "clusterforge",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.formatter.use_mathtext": False,
    "legend.frameon": False,
    "legend.fontsize": 8,
}
DPI = 130
MAX_PANELS = 6
MAX_LEGEND = 24
MAX_ANNOTATED = 20
MAX_TICKS = 40


def file_name(name: str) -> str:
    """Return a name that is safe as the stem of a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".") or "_"


@contextmanager
def drawing(columns: float, rows: float) -> Iterator[Figure]:
    """Yield an empty figure of so many inches, within the style of all figures."""
    from matplotlib import rc_context, rcdefaults, rcParams
    from matplotlib.figure import Figure

    with rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # drawn as a box
        rcdefaults()
        for key, value in STYLE.items():
            rcParams[key] = value
        yield Figure(figsize=(columns, rows), dpi=DPI, layout="constrained")


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write a figure as PNG and SVG and return the stem of the two files."""
    stem = file_name(name)
    for kind, metadata in (
        ("png", {"Software": None}),
        ("svg", {"Date": None, "Creator": None, "Format": None, "Type": None}),
    ):
        buffer = BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata)
        write_bytes(folder / f"{stem}.{kind}", buffer.getvalue())
    return stem


def maps(folder: Path, shown: Map, assignments: Assignments, found: Mapping[str, Clusters]) -> str:
    """Draw the map coloured by the true labels and by each clusterer, side by side."""
    panels: list[tuple[str, IntArray, Mapping[int, int], dict[int, str]]] = []
    place = np.maximum(shown.position, 0)
    known = shown.position >= 0
    classes = assignments.classes
    if classes:
        truth = np.where(known, assignments.truth[place], -1)
        panels.append(
            (
                "true labels",
                truth,
                {i: i for i in range(len(classes))},
                {**dict(enumerate(classes)), -1: "unlabelled"},
            )
        )
    for name, labels in assignments.clusters.items():
        clusters = found[name]
        names = {i: f"{i} ≈ {classes[c]}" for i, c in clusters.matched.items()}
        names |= {-1: "noise", -2: "not labelled"}
        here = np.where(known, labels[place], -2)
        panels.append((name, here, clusters.colours, names))
    panels = panels[:MAX_PANELS]
    columns = min(len(panels), 3) if len(panels) != 4 else 2
    rows = -(-len(panels) // columns)
    size = max(2.0, min(14.0, 12_000 / len(shown.xy)))
    with drawing(4.4 * columns, 4.7 * rows) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis, (title, values, colours, names) in zip(axes, panels, strict=False):
            _scatter(axis, shown, values, colours, names, size)
            axis.set_title(short(title, 40))
        for axis in axes[len(panels) :]:
            axis.set_visible(False)
        return save(figure, folder, "map")


def _scatter(
    axis: Axes,
    shown: Map,
    values: IntArray,
    colours: Mapping[int, int],
    names: Mapping[int, str],
    size: float,
) -> None:
    present = [int(i) for i in np.unique(values)]
    paint = {i: colour(colours.get(i, -1)) for i in present}
    noise = values < 0
    for part, alpha in ((noise, 0.35), (~noise, 0.75)):
        rows = np.flatnonzero(part)
        axis.scatter(
            shown.xy[rows, 0],
            shown.xy[rows, 1],
            s=size,
            c=[paint[int(i)] for i in values[rows]] if len(rows) else None,
            alpha=alpha,
            linewidths=0,
            rasterized=True,
        )
    middle = (shown.xy.max(axis=0) + shown.xy.min(axis=0)) / 2
    reach = 0.53 * (float(np.ptp(shown.xy, axis=0).max()) or 1.0)
    axis.set_xlim(middle[0] - reach, middle[0] + reach)
    axis.set_ylim(middle[1] - reach, middle[1] + reach)
    axis.set_aspect("equal")
    axis.set_axis_off()
    listed = sorted((i for i in present if i >= 0), key=lambda i: (colours.get(i, -1), i))
    listed = listed[:MAX_LEGEND] + [i for i in present if i < 0]
    for i in listed:
        name = _label(names.get(i, str(i)), 22)
        axis.plot([], [], "o", color=paint[i], markersize=5, label=name)
    if listed:
        columns = 3 if len(listed) > 8 else 2
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=columns)


def _label(text: str, length: int) -> str:
    """Return a text for a legend, which would leave out what begins with an underscore."""
    text = short(text, length)
    return f" {text}" if text.startswith("_") else text


def curve(folder: Path, chart: Curve) -> str:
    """Draw one chart of lines."""
    with drawing(5.2, 3.2) as figure:
        axis = figure.subplots()
        for i, line in enumerate(chart.series):
            style = "--" if line.dashed else "-"
            marker = "o" if len(line.x) < 3 else None
            axis.plot(
                line.x,
                line.y,
                style,
                color=colour(0 if chart.tree else i),
                marker=marker,
                linewidth=1.6,
                label=_label(line.name, 40),
            )
        if chart.log:
            axis.set_yscale("log")
        if chart.mark is not None:
            draw = axis.axhline if chart.mark_axis == "y" else axis.axvline
            draw(
                chart.mark,
                color="#555555",
                linewidth=1,
                linestyle=":",
                label=_label(chart.mark_label, 40),
            )
        axis.set_xlabel(short(chart.x_label, 40))
        axis.set_ylabel(short(chart.y_label, 40))
        of = chart.about.get("stage") or chart.about.get("clusterer")
        axis.set_title(short(f"{of}: {chart.title}", 60))
        axis.grid(color="#e6e6e6", linewidth=0.6)
        if chart.tree:
            axis.set_xticks([])
        elif len(chart.series) > 1 or chart.mark is not None:
            axis.legend()
        return save(figure, folder, chart.name)


def confusions(folder: Path, clusterer: str, found: Sequence[tuple[str, Confusion]]) -> str:
    """Draw the confusion matrices of a clusterer, a panel for each split."""
    widest = max(len(matrix.columns) for _, matrix in found)
    tallest = len(found[0][1].rows)
    cell = 0.42 if max(widest, tallest) <= MAX_ANNOTATED else 0.17
    width, height = max(3.4, cell * widest + 1.8), max(3.2, cell * tallest + 1.4)
    with drawing(min(width * len(found), 40), min(height, 30)) as figure:
        axes = figure.subplots(1, len(found), squeeze=False).ravel()
        for axis, (split, matrix) in zip(axes, found, strict=True):
            _matrix(axis, matrix)
            axis.set_title(f"{short(clusterer, 30)}, {short(split, 20)}")
        return save(figure, folder, f"confusion-{clusterer}")


def _matrix(axis: Axes, matrix: Confusion) -> None:
    shares = matrix.shares
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    for side in axis.spines.values():
        side.set_visible(False)
    many = max(shares.shape) > MAX_ANNOTATED
    step = max(1, math.ceil(max(shares.shape) / MAX_TICKS))
    for ticks, labels, names in (
        (axis.set_xticks, axis.set_xticklabels, matrix.columns),
        (axis.set_yticks, axis.set_yticklabels, matrix.rows),
    ):
        ticks(range(0, len(names), step))
        labels([short(name, 18) for name in names[::step]], fontsize=6 if many else 8)
    axis.tick_params(length=0)
    axis.set_xlabel("cluster")
    axis.set_ylabel("true label")
    if many:
        return
    for (row, column), count in np.ndenumerate(matrix.counts):
        if count:
            ink = "white" if shares[row, column] > 0.55 else "#333333"
            axis.text(column, row, f"{count}", ha="center", va="center", fontsize=6.5, color=ink)


def sizes(
    folder: Path, told: Mapping[str, Mapping[int, int]], found: Mapping[str, Clusters]
) -> str:
    """Draw the sizes of the clusters, a panel for each clusterer, largest first."""
    shown = list(told.items())[:MAX_PANELS]
    with drawing(5.2, 1.9 * len(shown) + 0.3) as figure:
        axes = figure.subplots(len(shown), 1, squeeze=False).ravel()
        for axis, (name, bars) in zip(axes, shown, strict=True):
            order = sorted(bars, key=lambda i: (i < 0, -bars[i], i))
            colours = found[name].colours if name in found else {}
            paint = [colour(colours.get(i, i)) for i in order]
            axis.bar(range(len(order)), [bars[i] for i in order], color=paint, width=0.8)
            named = len(order) <= MAX_TICKS
            labels = ["noise" if i < 0 else str(i) for i in order] if named else []
            axis.set_xticks(range(len(labels)), labels, fontsize=7)
            axis.set_title(short(f"{name}: rows by cluster", 60))
        return save(figure, folder, "sizes")
