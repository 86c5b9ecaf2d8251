"""Bars: sizes of clusters, balance of classes, stability of clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterforge.formats import count
from clusterforge.report.figures.canvas import (
    COLUMN,
    INK,
    QUIET,
    TEXT,
    Figure,
    drawing,
    label,
    legend,
    paler,
    save,
)
from clusterforge.report.figures.records import number, records, table, whole
from clusterforge.report.matching import Clusters
from clusterforge.report.palette import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from clusterforge.report.folder import Assignments

MAX_BARS = 20
BAR = 0.17  # inches
FADED = (1.0, 0.45, 0.25)  # the first split is solid, others are paler


def named(i: int, clusters: Clusters | None, classes: Sequence[str], length: int = 16) -> str:
    """Return what a cluster is called: its number, and the class it is called after."""
    if i < 0:
        return "noise"
    of = clusters.like.get(i) if clusters else None
    return label(f"{i} ≈ {classes[of]}" if of is not None else str(i), length)


def sizes(folder: Path, assignments: Assignments, found: Mapping[str, Clusters]) -> list[Figure]:
    """Draw the sizes of each clusterer's clusters as shares of each split."""
    made = []
    for name, labels in assignments.clusters.items():
        shares: dict[str, dict[int, int]] = {}
        for place, split in enumerate(assignments.splits):
            given = labels[(assignments.split == place) & (labels >= -1)]
            if len(given):
                ids, counts = np.unique(given, return_counts=True)
                shares[split] = dict(zip(ids.tolist(), counts.tolist(), strict=True))
        if not shares:
            continue
        clusters = found[name]
        total = {i: sum(of.get(i, 0) for of in shares.values()) for i in (-1, *clusters.ids)}
        order = sorted((i for i in total if total[i]), key=lambda i: (i < 0, -total[i], i))
        title = f"{label(name, 22)}: sizes of {count(len(clusters.ids), 'cluster')}"
        told = f"Sizes of the {count(len(clusters.ids), 'cluster')} of {name}, largest first"
        told += ", as shares of the rows of " + " and ".join(shares) + "."
        paint = [colour(clusters.colours.get(i, -1)) for i in order]
        if len(order) <= MAX_BARS + 1:
            names = [named(i, clusters, assignments.classes) for i in order]
            made.append(_grouped(folder, f"sizes-{name}", title, told, names, paint, shares, order))
        else:
            made.append(_many(folder, f"sizes-{name}", title, told, paint, shares, order))
    return made


def classes(folder: Path, data: Mapping[str, Any], assignments: Assignments | None) -> list[Figure]:
    """Draw how many rows each class has in each split."""
    counts: dict[str, dict[str, int]] = {}
    for split, told in data.items():
        found = {str(c.get("name")): whole(c, "rows") for c in records(table(told).get("classes"))}
        counts[split] = {name: rows for name, rows in found.items() if rows is not None}
        unlabelled = whole(table(told), "unlabelled")
        if counts[split] and unlabelled:
            counts[split]["unlabelled"] = unlabelled
    counts = {split: of for split, of in counts.items() if of}
    names = list(dict.fromkeys(name for of in counts.values() for name in of))
    if not names:
        return []
    known = {name: i for i, name in enumerate(assignments.classes if assignments else names)}
    order = sorted(names, key=lambda name: (name == "unlabelled", known.get(name, len(known))))
    paint = [colour(known.get(name, -1)) for name in order]
    told = f"Class balance: the share of each of {len(order)} classes in " + " and ".join(counts)
    shares = {
        split: {i: of.get(name, 0) for i, name in enumerate(order)} for split, of in counts.items()
    }
    title, numbered = "Class balance", list(range(len(order)))
    if len(order) > MAX_BARS + 1:
        return [_many(folder, "classes", title, f"{told}.", paint, shares, numbered)]
    shown = [label(name, 18) for name in order]
    return [_grouped(folder, "classes", title, f"{told}.", shown, paint, shares, numbered)]


def _grouped(
    folder: Path,
    name: str,
    title: str,
    told: str,
    names: Sequence[str],
    paint: Sequence[str],
    counts: Mapping[str, Mapping[int, int]],
    order: Sequence[int],
) -> Figure:
    """Draw a group of bars for each name, a bar for each split."""
    thick = 0.8 / len(counts)
    height = max(0.75 + len(order) * max(BAR, 0.125 * len(counts)), 1.4)
    with drawing(COLUMN, height) as figure:
        axis = figure.subplots()
        widest = 0.0
        for place, (split, of) in enumerate(counts.items()):
            total = sum(of.values())
            shares = np.array([100 * of.get(i, 0) / total for i in order])
            widest = max(widest, float(shares.max()))
            y = np.arange(len(order)) - 0.4 + (place + 0.5) * thick
            fade = FADED[min(place, len(FADED) - 1)]
            axis.barh(y, shares, thick * 0.92, color=[paler(tint, fade) for tint in paint])
            axis.barh(0, 0, color=paler(QUIET, fade), label=f"{label(split, 16)}, {total:,} rows")
            for at, share, i in zip(y, shares, order, strict=True):
                axis.annotate(
                    f"{of.get(i, 0):,}",
                    (share, at),
                    (2, -0.5),
                    textcoords="offset points",
                    va="center",
                    fontsize=TEXT,
                    color=QUIET,
                )
        sideways(axis, names, 1.16 * widest)
        axis.set_xlabel("% of the split's rows")
        axis.set_title(title)
        legend(figure, axis)
        return save(figure, folder, name, title, told)


def sideways(axis: Axes, names: Sequence[str], widest: float) -> None:
    """Set up the axes of horizontal bars, the first at the top."""
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_xlim(0, widest or 1)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x")


def _many(
    folder: Path,
    name: str,
    title: str,
    told: str,
    paint: Sequence[str],
    counts: Mapping[str, Mapping[int, int]],
    order: Sequence[int],
) -> Figure:
    """Draw sizes too many to be named, a panel for each split."""
    with drawing(COLUMN, 0.5 + 1.15 * len(counts)) as figure:
        axes = figure.subplots(len(counts), 1, squeeze=False, sharex=True).ravel()
        every = [np.array([of.get(i, 0) for i in order]) for of in counts.values()]
        steep = any(rows.max() > 100 * max(float(np.median(rows)), 1.0) for rows in every)
        for axis, split, rows in zip(axes, counts, every, strict=True):
            axis.bar(np.arange(1, len(order) + 1), rows, color=paint, width=0.9)
            if steep:
                axis.set_yscale("log", nonpositive="clip")
                axis.yaxis.set_major_formatter("{x:,g}")
            axis.set_xlim(0, len(order) + 1)
            axis.set_ylabel(f"rows of {label(split, 12)}")
            axis.grid(axis="y")
        axes[0].set_title(title)
        noise = -1 in order
        axes[-1].set_xlabel("clusters, largest first" + (" (last: noise)" if noise else ""))
        if name == "classes":
            axes[-1].set_xlabel("classes, in order")
        return save(figure, folder, name, title, told)


def stability(
    folder: Path,
    clusterer: str,
    told: Mapping[str, Any],
    clusters: Clusters,
    names: Sequence[str],
) -> list[Figure]:
    """Draw the stability of each cluster over refits, and its prediction strength."""
    train = next(
        (records(of.get("clusters")) for of in map(table, table(told, "splits").values())), []
    )
    found = {
        i: (value, whole(c, "rows") or 0)
        for c in train
        if (i := whole(c, "cluster")) is not None and (value := number(c, "stability")) is not None
    }
    if not found:
        return []
    order = sorted(found, key=lambda i: (-found[i][1], i))[:MAX_BARS]
    order.sort(key=lambda i: (-found[i][0], i))
    strength = {
        whole(c, "cluster"): number(c, "value")
        for c in records(table(told, "prediction_strength").get("clusters"))
    }
    height = 0.95 + BAR * len(order)
    with drawing(COLUMN, height) as figure:
        axis = figure.subplots()
        paint = [colour(clusters.colours.get(i, -1)) for i in order]
        values = [found[i][0] for i in order]
        axis.barh(range(len(order)), values, 0.72, color=paint)
        marks = [(value, y) for y, i in enumerate(order) if (value := strength.get(i)) is not None]
        if marks:
            x, y = zip(*marks, strict=True)
            axis.plot(x, y, "D", color=INK, markersize=3.2, markeredgecolor="white", clip_on=False,
                      label="prediction strength", zorder=3)  # fmt: skip
            axis.barh(0, 0, color=QUIET, label="stability over refits")
            legend(figure, axis)
        sideways(axis, [named(i, clusters, names) for i in order], 1.04)
        axis.set_xlabel("share of refits that keep a row in its cluster")
        title = f"{label(clusterer, 24)}: stability of clusters"
        axis.set_title(title)
        more = len(found) - len(order)
        alt = f"Stability of {count(len(order), 'cluster')} of {clusterer}, from {min(values):.2f}"
        alt += f" to {max(values):.2f}" + (f"; the largest of {len(found)}." if more else ".")
        return [save(figure, folder, f"stability-{clusterer}", title, alt)]
