"""Figures made of the data's images: reconstructions, and the members of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clusterforge.formats import count
from clusterforge.report.figures.bars import named
from clusterforge.report.figures.canvas import (
    COLUMN,
    QUIET,
    RULE,
    TEXT,
    Figure,
    drawing,
    label,
    save,
)
from clusterforge.report.figures.records import number, pixels, records, table, whole
from clusterforge.report.matching import Clusters
from clusterforge.report.palette import colour

Picture = npt.NDArray[np.uint8]
MAX_SHOWN = 20
ACROSS = 6
TYPICAL = 9
TILE = 64  # pixels


def tile(picture: Picture) -> Picture:
    """Return a picture within a square of ``TILE`` pixels, its shape kept and its pixels sharp."""
    height, width = picture.shape[:2]
    scale = TILE / max(height, width)
    rows = (np.arange(max(1, round(height * scale))) / scale).astype(np.int64).clip(0, height - 1)
    columns = (np.arange(max(1, round(width * scale))) / scale).astype(np.int64).clip(0, width - 1)
    square = np.full((TILE, TILE, 3), 255, np.uint8)
    top, left = (TILE - len(rows)) // 2, (TILE - len(columns)) // 2
    square[top : top + len(rows), left : left + len(columns)] = picture[rows][:, columns]
    return square


def reconstructions(folder: Path, told: object) -> list[Figure]:
    """Draw original images above what the decoder made of their codes, stage by stage."""
    stages: dict[str, list[tuple[Picture, Picture, float | None, str]]] = {}
    for one in records(told):
        original, made = pixels(one.get("original")), pixels(one.get("reconstruction"))
        if original is not None and made is not None:
            entry = (original, made, number(one, "error"), str(one.get("split") or ""))
            stages.setdefault(str(one.get("stage") or ""), []).append(entry)
    return [_reconstructed(folder, stage, pairs[: 2 * ACROSS]) for stage, pairs in stages.items()]


def _reconstructed(
    folder: Path, stage: str, pairs: Sequence[tuple[Picture, Picture, float | None, str]]
) -> Figure:
    blocks = -(-len(pairs) // ACROSS)
    across = min(ACROSS, len(pairs))
    step = TILE + 6
    with drawing(COLUMN, 0.3 + blocks * ((COLUMN - 0.75) / ACROSS * 2 + 0.28)) as figure:
        axes = figure.subplots(blocks, 1, squeeze=False).ravel()
        for place, axis in enumerate(axes):
            block = pairs[place * ACROSS : (place + 1) * ACROSS]
            sheet = np.full((2 * step - 6, max(across, ACROSS) * step - 6, 3), 255, np.uint8)
            for i, (original, made, error, _) in enumerate(block):
                for line, picture in enumerate((original, made)):
                    sheet[line * step : line * step + TILE, i * step : i * step + TILE] = tile(
                        picture
                    )
                if error is not None:
                    x = i * step + TILE / 2
                    axis.text(x, 2 * step, f"{error:.3g}", ha="center", va="top",
                              fontsize=TEXT, color=QUIET)  # fmt: skip
            axis.imshow(sheet, interpolation="nearest")
            axis.set_yticks([TILE / 2, step + TILE / 2], ["original", "decoded"])
            axis.set_xticks([])
            axis.tick_params(length=0)
            for side in axis.spines.values():
                side.set_visible(False)
        splits = sorted({split for *_, split in pairs if split})
        of = f" of {label(splits[0], 14)}" if len(splits) == 1 else ""
        title = f"Originals{of} and what is decoded"
        axes[0].set_title(title)
        if any(error is not None for _, _, error, _ in pairs):
            axes[-1].set_xlabel("below each pair: mean squared error", labelpad=12)
        told = f"{len(pairs)} original images{of} above what {stage} decodes from their codes."
        return save(figure, folder, f"reconstructions-{stage}", title, told)


def members(
    folder: Path, clusterer: str, told: object, clusters: Clusters, classes: Sequence[str]
) -> list[Figure]:
    """Draw a line of images for each cluster: its mean, then its most typical members."""
    shown: list[tuple[int, int, Picture | None, list[Picture]]] = []
    for cluster in records(table(told).get("clusters")):
        found = [pixels(one.get("image")) for one in records(cluster.get("typical"))[:TYPICAL]]
        typical = [picture for picture in found if picture is not None]
        i, mean = whole(cluster, "cluster"), pixels(cluster.get("mean_image"))
        if i is not None and (typical or mean is not None):
            shown.append((i, whole(cluster, "rows") or 0, mean, typical))
    if not shown:
        return []
    total = len(shown) + (whole(table(told), "left_out") or 0)
    shown = sorted(shown, key=lambda one: (-one[1], one[0]))[:MAX_SHOWN]
    shown.sort(key=lambda one: (clusters.colours.get(one[0], -1), one[0]))
    means = any(mean is not None for _, _, mean, _ in shown)
    step, gap = TILE + 4, 14 if means else 0
    columns = TYPICAL + (1 if means else 0)
    sheet = np.full((len(shown) * step, columns * step + gap, 3), 255, np.uint8)
    for line, (_, _, mean, typical) in enumerate(shown):
        places = [(0, mean)] if mean is not None else []
        start = step + gap if means else 0
        for left, picture in [*places, *((start + i * step, p) for i, p in enumerate(typical))]:
            sheet[line * step : line * step + TILE, left : left + TILE] = tile(picture)
    scale = (COLUMN - 0.75) / sheet.shape[1]
    with drawing(COLUMN, scale * len(sheet) + 0.5) as figure:
        axis = figure.subplots()
        axis.imshow(sheet, interpolation="nearest")
        ticks = [line * step + TILE / 2 for line in range(len(shown))]
        axis.set_yticks(ticks, [named(i, clusters, classes, 12) for i, *_ in shown])
        for line, (i, *_) in enumerate(shown):
            axis.plot([-6, -6], [line * step, line * step + TILE], linewidth=2.2,
                      color=colour(clusters.colours.get(i, -1)), solid_capstyle="butt",
                      clip_on=False)  # fmt: skip
        axis.set_xlim(-0.5, sheet.shape[1] - 0.5)
        if means:
            axis.set_xticks([TILE / 2, step + gap + TYPICAL * step / 2], ["mean", "most typical"])
            axis.axvline(TILE + gap / 2, color=RULE, linewidth=0.8)
        else:
            axis.set_xticks([TYPICAL * step / 2], ["most typical"])
        axis.tick_params(length=0, top=False, labeltop=False)
        axis.tick_params(axis="y", pad=6)
        for side in axis.spines.values():
            side.set_visible(False)
        title = f"{label(clusterer, 24)}: members of the clusters"
        axis.set_title(title)
        alt = "The mean image and the most typical images of "
        alt += f"{count(len(shown), 'cluster')} of {clusterer}"
        alt += f", the largest of {total}." if total > len(shown) else "."
        return [save(figure, folder, f"members-{clusterer}", title, alt)]
