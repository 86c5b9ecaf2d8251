"""Figures of texts: their lengths, and the words of the clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from clusterforge.report.figures.bars import MAX_BARS, named, sideways
from clusterforge.report.figures.canvas import (
    COLUMN,
    PAGE,
    RULE,
    TEXT,
    Figure,
    drawing,
    label,
    legend,
    save,
)
from clusterforge.report.figures.records import number, numbers, records, table, whole
from clusterforge.report.matching import Clusters
from clusterforge.report.palette import colour

MAX_WORDS = 8


def lengths(folder: Path, data: Mapping[str, Any]) -> list[Figure]:
    """Draw the lengths of the texts of each split."""
    found = {}
    for split, told in data.items():
        of = table(told, "lengths")
        edges, counts = np.array(numbers(of.get("edges"))), np.array(numbers(of.get("counts")))
        if len(edges) == len(counts) + 1 and counts.sum() > 0:
            found[split] = (of, edges, counts)
    if not found:
        return []
    with drawing(COLUMN, 2.1) as figure:
        axis = figure.subplots()
        for place, (split, (of, edges, counts)) in enumerate(found.items()):
            median = number(of, "median")
            name = label(split, 16) + (f", median {median:,.0f}" if median is not None else "")
            share = 100 * counts / counts.sum()
            axis.stairs(share, edges, color=colour(place), linewidth=1.3, label=name)
            axis.stairs(share, edges, color=colour(place), fill=True, alpha=0.15)
            if median is not None:
                axis.axvline(median, color=colour(place), linewidth=0.8, linestyle=":")
        unit = label(next(iter(found.values()))[0].get("unit") or "characters", 20)
        cut = any((number(of, "max") or 0) > edges[-1] for of, edges, _ in found.values())
        axis.set_xlabel(f"length in {unit}" + (", the longest 1 % in the last bar" if cut else ""))
        axis.set_ylabel("% of the rows")
        axis.set_ylim(bottom=0)
        axis.grid(axis="y")
        axis.set_title("Lengths of the texts")
        legend(figure, axis)
        alt = f"Histogram of the lengths of the texts in {unit}, of " + " and ".join(found) + "."
        return [save(figure, folder, "lengths", "Lengths of the texts", alt)]


def words(
    folder: Path, clusterer: str, told: object, clusters: Clusters, names: Sequence[str]
) -> list[Figure]:
    """Draw the words that tell each cluster from the others."""
    shown = []
    for cluster in records(table(told).get("clusters")):
        found = [
            (str(w.get("word")), score)
            for w in records(cluster.get("words"))
            if (score := number(w, "score")) is not None
        ]
        if found and (i := whole(cluster, "cluster")) is not None:
            shown.append((i, whole(cluster, "rows"), found[:MAX_WORDS]))
    if not shown:
        return []
    shown.sort(key=lambda one: (-(one[1] or 0), one[0]))
    shown = sorted(shown[:MAX_BARS], key=lambda one: (clusters.colours.get(one[0], -1), one[0]))
    columns = 2 if len(shown) <= 6 else 4
    rows = -(-len(shown) // columns)
    width = COLUMN if columns == 2 else PAGE
    with drawing(width, 0.25 + rows * (0.4 + 0.135 * MAX_WORDS)) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis, (i, of, found) in zip(axes, shown, strict=False):
            scores = [score for _, score in found]
            axis.barh(range(len(found)), scores, 0.7, color=colour(clusters.colours.get(i, -1)))
            sideways(axis, [label(word, 14) for word, _ in found], max(scores) * 1.02)
            axis.set_ylim(MAX_WORDS - 0.4, -0.6)
            axis.set_xticks([])
            axis.grid(visible=False)
            axis.spines["bottom"].set(color=RULE)
            size = f"  {of:,}" if of is not None else ""
            axis.set_title(
                f"{named(i, clusters, names, 22 - len(size))}{size}", fontsize=TEXT + 0.5
            )
        for axis in axes[len(shown) :]:
            axis.set_visible(False)
        title = f"{label(clusterer, 24)}: words of the clusters"
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
        alt = f"The words that tell the clusters of {clusterer} apart, with the rows of each: "
        alt += "; ".join(
            f"{i}: {', '.join(word for word, _ in found[:3])}" for i, _, found in shown
        )
        return [save(figure, folder, f"words-{clusterer}", title, alt)]
