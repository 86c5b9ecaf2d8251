"""The silhouette plot: how well each row lies in its cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from clusterforge.contracts import FloatArray, IntArray
from clusterforge.formats import count
from clusterforge.report.figures.canvas import COLUMN, INK, QUIET, TEXT, drawing, label, save
from clusterforge.report.source import Source
from clusterforge.runs.files import SILHOUETTE

MAX_SHOWN = 20
MAX_STEPS = 120
LEAST = 0.14  # inches: the height of the smallest cluster, which must hold its name


def silhouettes(folder: Path, source: Source, clusterer: str) -> Iterator[str]:
    """Draw the rows' silhouettes in each split, sorted within each cluster; the best cluster first."""
    values = source.folder.row_values(clusterer, SILHOUETTE)
    if values is None:
        return
    for split in source.splits:
        here = source.assignments.rows(split)
        labels = source.assignments.clusters[clusterer][here]
        if (np.isfinite(values[here]) & (labels >= 0)).any():
            yield _drawn(folder, source, clusterer, split, values[here], labels)


def _drawn(
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
            places = np.unique(np.linspace(0, len(part) - 1, MAX_STEPS).astype(np.int64))
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
            + (f"\nthe {len(order)} largest of {len(ids)} clusters" if more else "")
        )
        title = f"{label(clusterer, 22)} on {label(split, 14)}: silhouettes"
        axis.set_title(title)
        alt = f"Silhouette plot of {clusterer} on {split}: mean {mean:.3f}; by cluster from "
        alt += f"{parts[order[-1]].mean():.2f} to {parts[order[0]].mean():.2f}."
        return save(figure, folder, f"silhouette-{clusterer}-{split}", title, alt)
