"""Charts of lines: losses, the choices of clusterers, coverage, scores phase by phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterforge.formats import count
from clusterforge.report.curves import Curve, Mark, Series, finite
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    QUIET,
    TEXT,
    Figure,
    drawing,
    label,
    legend,
    save,
)
from clusterforge.report.figures.records import number, records, table
from clusterforge.report.palette import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.25
MARKED = 30  # points that a line may have, each with its mark
DASHES = ("-", "-", "-", "-.", (0, (4, 1.2)), (0, (1, 1)))
MARKS = "osD^v*"


def curve(folder: Path, chart: Curve) -> Figure:
    """Draw one chart of lines."""
    of = chart.about.get("stage") or chart.about.get("clusterer")
    title = f"{of}: {chart.title}" if of else chart.title
    with drawing(COLUMN, HEIGHT) as figure:
        axis = figure.subplots()
        for i, line in enumerate(_merged(chart.series)):
            _line(axis, line, i, chart.tree, len(chart.series) > 1)
        marks = [Mark(chart.mark, chart.mark_label)] if chart.mark is not None else []
        draw = axis.axhline if chart.mark_axis == "y" else axis.axvline
        for i, mark in enumerate((*marks, *chart.also)):
            style, tint = ("--", INK) if not i and marks else (":", QUIET)
            draw(mark.value, color=tint, linewidth=0.9, linestyle=style,
                 label=label(mark.label, 30))  # fmt: skip
        axis.set_xlabel(label(chart.x_label, 50))
        axis.set_ylabel(label(chart.y_label, 36))
        axis.set_title(label(title, 44))
        axis.grid(axis="y" if chart.tree else "both")
        _ticks(axis, chart)
        legend(figure, axis)
        told = f"{title}: {chart.y_label or 'values'} by {chart.x_label or 'merge'}"
        told += "".join(f", {mark.label} marked" for mark in (*marks, *chart.also))
        return save(figure, folder, chart.name, title, f"{told}. {chart.note}".strip())


def _line(axis: Axes, line: Series, i: int, tree: bool, several: bool) -> None:
    style: dict[str, Any] = {"color": colour(0 if tree else i), "linewidth": 0.9 if tree else 1.4}
    if not tree:
        style["linestyle"] = "--" if line.dashed else DASHES[i % len(DASHES)]
        style["label"] = label(line.name, 30) if several else None
        if len(line.x) <= MARKED:
            style |= {"marker": MARKS[i % len(MARKS)], "markersize": 2.8}
    if line.error is not None and len(line.error) == len(line.y):
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
    if chart.tree:
        axis.set_xticks([])
        axis.spines["bottom"].set_visible(False)
        axis.set_ylim(bottom=0)
    elif all(float(x).is_integer() for line in chart.series for x in line.x):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _merged(series: Sequence[Series]) -> list[Series]:
    """Return the lines with those that lie on each other made one, as a loss of one term does."""
    merged: list[Series] = []
    for line in series:
        same = [i for i, other in enumerate(merged) if (other.x, other.y) == (line.x, line.y)]
        if same and line.name:
            name = f"{merged[same[0]].name} = {line.name}"
            merged[same[0]] = replace(merged[same[0]], name=name)
        else:
            merged.append(line)
    return merged


def _spread(values: Sequence[float], least: float) -> list[float]:
    """Return the values moved apart as little as keeps so much between them."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    moved = list(values)
    for upper, lower in zip(order[1:], order, strict=False):
        moved[upper] = max(moved[upper], moved[lower] + least)
    shift = sum(moved) / len(moved) - sum(values) / len(values)
    return [value - shift for value in moved]


def phases(folder: Path, rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Draw silhouette beside the scores with labels, phase by phase, for each trained stage."""
    stages: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        stages.setdefault(str(row.get("stage") or ""), []).append(row)
    made = []
    for stage, told in stages.items():
        lines = {
            name: [
                (x, value) for x, row in enumerate(told) if (value := number(row, name)) is not None
            ]
            for name in ("silhouette", "accuracy", "nmi")
        }
        lines = {name: points for name, points in lines.items() if points}
        if len(told) < 2 or not lines:
            continue
        with drawing(COLUMN, HEIGHT) as figure:
            axis = figure.subplots()
            for i, (name, points) in enumerate(lines.items()):
                x, y = zip(*points, strict=True)
                axis.plot(x, y, DASHES[i], color=colour(i), marker=MARKS[i], markersize=4,
                          label=name.upper() if name == "nmi" else name, clip_on=False)  # fmt: skip
            ends = {name: points[-1] for name, points in lines.items()}
            places = _spread([y for _, y in ends.values()], 0.09)
            for (name, (at, last)), place in zip(ends.items(), places, strict=True):
                axis.annotate(f"{last:.2f}", (at, place), (7, 0), va="center", fontsize=TEXT,
                              textcoords="offset points", annotation_clip=False,
                              color=colour(list(lines).index(name)))  # fmt: skip
            names = [label(row.get("phase") or "?", 16) for row in told]
            axis.set_xticks(range(len(told)), names)
            axis.set_xlim(-0.15, len(told) - 0.75)
            axis.set_ylim(min(0.0, *(y for p in lines.values() for _, y in p)), 1)
            axis.grid(axis="y")
            clusters, sample = told[-1].get("clusters"), told[-1].get("rows")
            axis.set_ylabel("score")
            if finite(clusters) and finite(sample):
                axis.set_xlabel(f"after each phase, k-means with k = {clusters} on {sample:,} rows")
            title = f"{label(stage, 24)}: phase by phase"
            axis.set_title(title)
            legend(figure, axis)
            alt = f"Scores of k-means on the embedding after each phase of {stage}: " + "; ".join(
                f"{name} from {points[0][1]:.2f} to {points[-1][1]:.2f}"
                for name, points in lines.items()
            )
            made.append(save(figure, folder, f"phases-{stage}", title, f"{alt}."))
    return made


def coverage(folder: Path, clusterer: str, splits: Mapping[str, Any]) -> list[Figure]:
    """Draw the accuracy of the surest rows by the share of rows that are kept."""
    found, by = {}, ""
    for split, told in splits.items():
        of = table(told, "coverage_curve")
        points = [
            (100 * c, 100 * a)
            for p in records(of.get("points"))
            if (c := number(p, "coverage")) is not None and (a := number(p, "accuracy")) is not None
        ]
        if len(points) > 1:
            found[split], by = sorted(points), str(of.get("by") or "")
    if not found:
        return []
    with drawing(COLUMN, HEIGHT) as figure:
        axis = figure.subplots()
        for i, (split, points) in enumerate(found.items()):
            x, y = zip(*points, strict=True)
            axis.plot(x, y, DASHES[0] if not i else "--", color=colour(i), label=label(split, 20))
            axis.plot(x[-1], y[-1], "o", color=colour(i), markersize=3.5, clip_on=False)
        _percent(axis, found)
        axis.set_xlabel(
            "coverage: % of the rows kept" + (f", surest by {label(by, 16)}" if by else "")
        )
        axis.set_ylabel("accuracy of those, %")
        title = f"{label(clusterer, 22)}: accuracy by coverage"
        axis.set_title(title)
        legend(figure, axis)
        alt = f"Accuracy of {clusterer} by the share of rows kept: " + "; ".join(
            f"{split} from {p[0][1]:.1f} % at {p[0][0]:.0f} % to {p[-1][1]:.1f} % at {p[-1][0]:.0f} %"
            for split, p in found.items()
        )
        return [save(figure, folder, f"coverage-{clusterer}", title, f"{alt}.")]


def _percent(axis: Axes, found: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    values = [y for points in found.values() for _, y in points]
    low, high = min(values), max(values)
    room = max(0.08 * (high - low), 0.5)
    axis.set_ylim(max(0.0, low - room), min(100.0, high + room))
    axis.set_xlim(0, 100)
    axis.grid()


def by_length(folder: Path, clusterer: str, splits: Mapping[str, Any]) -> list[Figure]:
    """Draw how the scores of a clusterer depend on the length of the texts, on the last split."""
    for split, told in reversed(list(splits.items())):
        rows = [
            row
            for row in records(table(told).get("by_length"))
            if number(row, "from") is not None and number(row, "to") is not None
        ]
        lines = {
            name: [
                (x, value) for x, row in enumerate(rows) if (value := number(row, name)) is not None
            ]
            for name in ("accuracy", "silhouette")
        }
        lines = {name: points for name, points in lines.items() if len(points) > 1}
        if not lines:
            continue
        with drawing(COLUMN, HEIGHT) as figure:
            axis = figure.subplots()
            for i, (name, points) in enumerate(lines.items()):
                x, y = zip(*points, strict=True)
                axis.plot(x, y, color=colour(i), marker=MARKS[i], markersize=3.5, label=name)
            names = [
                f"{row['from']:,.0f}–{row['to']:,.0f}\n{row.get('rows') or 0:,}" for row in rows
            ]
            step = max(1, -(-len(names) // 6))
            axis.set_xticks(range(0, len(rows), step), names[::step])
            axis.set_xlabel("length, with the number of rows")
            axis.set_ylabel("score")
            axis.grid(axis="y")
            title = f"{label(clusterer, 20)} on {label(split, 14)}: score by length"
            axis.set_title(title)
            legend(figure, axis)
            alt = (
                f"Scores of {clusterer} on {split} for {count(len(rows), 'range')} of text length."
            )
            return [save(figure, folder, f"by-length-{clusterer}", title, alt)]
    return []
