"""The silhouette plot: how well each row lies in its cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clusterforge.formats import count
from clusterforge.report.figures.bars import named
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    QUIET,
    TEXT,
    Figure,
    drawing,
    label,
    save,
)
from clusterforge.report.folder import FloatArray, IntArray
from clusterforge.report.matching import Clusters
from clusterforge.report.palette import colour

MAX_SHOWN = 20
MAX_STEPS = 120
LEAST = 0.14  # inches: the height of the smallest cluster, which must hold its name


def silhouettes(
    folder: Path,
    clusterer: str,
    split: str,
    values: FloatArray,
    labels: IntArray,
    clusters: Clusters,
    classes: Sequence[str],
) -> list[Figure]:
    """Draw the rows' silhouettes, sorted within each cluster; the best cluster first.

    Parameters
    ----------
    folder
        Where the figure goes.
    clusterer, split
        What was clustered by what.
    values
        float32 (n,): the silhouette of each row, nan where it has none.
    labels
        int64 (n,): the cluster of each row.
    clusters
        The clusters' colours and classes.
    classes
        The names of the classes.
    """
    known = np.isfinite(values) & (labels >= 0)
    if not known.any():
        return []
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
            places = np.unique(np.linspace(0, len(part) - 1, MAX_STEPS).astype(np.int64))
            x = np.concatenate([part[places], part[-1:]])
            y = top + height * np.append(places, len(part)) / len(part)
            axis.fill_betweenx(
                y, 0, x, step="post", color=colour(clusters.colours.get(i, -1)), linewidth=0
            )
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
        axis.set_yticks(ticks, [f"{named(i, clusters, classes, 14)}" for i in order])
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        axis.grid(axis="x")
        more = len(ids) - len(order)
        axis.set_xlabel(
            f"silhouette of {count(int(known.sum()), 'row')} (dashed: mean {mean:.3f})"
            + (f"\nthe {len(order)} largest of {len(ids)} clusters" if more else "")
        )
        title = f"{label(clusterer, 22)} on {label(split, 14)}: silhouettes"
        axis.set_title(title)
        told = f"Silhouette plot of {clusterer} on {split}: mean {mean:.3f}; by cluster from "
        told += f"{parts[order[-1]].mean():.2f} to {parts[order[0]].mean():.2f}."
        return [save(figure, folder, f"silhouette-{clusterer}-{split}", title, told)]
