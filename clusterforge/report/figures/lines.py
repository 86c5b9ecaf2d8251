"""Charts of lines: losses, and the choices of clusterers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.report.curves import Curve, Series
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    QUIET,
    drawing,
    label,
    legend,
    save,
)
from clusterforge.report.palette import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.25
MARKED = 30  # points that a line may have, each with its mark
DASHES = ("-", "-", "-", "-.", (0, (4, 1.2)), (0, (1, 1)))
MARKS = "osD^v*"


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
        legend(figure, axis)
        alt = f"{title}: {chart.y_label or 'values'} by {chart.x_label or 'merge'}"
        alt += "".join(f", {mark.label} marked" for mark in chart.marks)
        return save(figure, folder, chart.name, title, f"{alt}. {chart.note}".strip())


def _line(axis: Axes, line: Series, i: int, tree: bool, several: bool) -> None:
    style: dict[str, Any] = {"color": colour(0 if tree else i), "linewidth": 0.9 if tree else 1.4}
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
