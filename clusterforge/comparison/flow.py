"""The flow of rows from one clustering to another, laid out for an SVG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clusterforge.comparison.alignment import NOISE, Alignment, Cluster
from clusterforge.comparison.folders import Subject
from clusterforge.formats import share
from clusterforge.report.matching import all_clusters
from clusterforge.report.palette import colour
from clusterforge.report.text import short

MAX_BARS = 24
HEIGHT = 360
PITCH = 17
GAP = 7
LEAST = 2.0
MAX_NAME = 14
MORE = -3  # stands for the clusters that are not drawn


@dataclass(frozen=True)
class Bar:
    """One cluster at a side: its name, colour, rows, and where it stands (pixels)."""

    name: str
    note: str
    paint: str
    top: float
    height: float
    title: str

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class Ribbon:
    """Rows that go from a cluster to a cluster; ``path`` is 100 wide."""

    path: str
    paint: str
    title: str


@dataclass(frozen=True)
class Flow:
    """A drawing of two clusterings, ``height`` pixels high."""

    height: float
    left: list[Bar]
    right: list[Bar]
    ribbons: list[Ribbon]


def colours(a: Subject, b: Subject, found: Alignment) -> tuple[dict[int, str], dict[int, str]]:
    """Return the colour of each cluster of both: those of the first as in its report.

    A cluster of the second has the colour of the one that it is matched to; the others keep those
    of their own report as far as these are free.
    """
    own = all_clusters(a.run.rows)[a.clusterer].colours
    theirs = all_clusters(b.run.rows)[b.clusterer].colours
    before = {cluster.id: own.get(cluster.id, -1) for cluster in found.before}
    back = {y: x for x, y in found.matched.items() if x in before}
    after = {c.id: before[back[c.id]] for c in found.after if c.id in back}
    taken = {*before.values(), *after.values()}
    for cluster in found.after:
        if cluster.id < 0:
            after[cluster.id] = -1
        elif cluster.id not in after:
            index = theirs.get(cluster.id, 0)
            while index in taken:
                index += 1
            taken.add(index)
            after[cluster.id] = index
    return (
        {i: colour(-1 if i < 0 else c) for i, c in before.items()},
        {i: colour(-1 if i < 0 else c) for i, c in after.items()},
    )


def flow(names: tuple[str, str], found: Alignment, paints: tuple[Any, Any]) -> Flow:
    """Lay the clusters of both out, one below the other, with ribbons between them.

    Parameters
    ----------
    names
        What the two clusterings are called.
    found
        Their alignment.
    paints
        The colour of each cluster, by number.
    """
    rows, columns, counts = _pooled(found)
    order = _order(rows, columns, counts, found)
    columns, counts = [columns[j] for j in order], counts[:, order]
    scale = HEIGHT / found.rows
    left, right = (
        _bars(of, name, scale, paint, found.rows)
        for of, name, paint in zip((rows, columns), names, paints, strict=True)
    )
    height = max(_bottom(left), _bottom(right))
    left, right = (_shifted(bars, (height - _bottom(bars)) / 2) for bars in (left, right))
    return Flow(
        round(height, 1), left, right, _ribbons(names, rows, columns, counts, left, right, scale)
    )


def _pooled(found: Alignment) -> tuple[list[Cluster], list[Cluster], Any]:
    """Put the smallest clusters together where there are more than fit."""
    counts = found.counts
    sides = []
    for axis, clusters in enumerate((found.before, found.after)):
        order = sorted(range(len(clusters)), key=lambda i: (-clusters[i].rows, clusters[i].id))
        kept = order if len(order) <= MAX_BARS else order[: MAX_BARS - 1]
        rest = [i for i in order if i not in kept]
        kept = sorted(kept, key=lambda i: (clusters[i].id < 0, clusters[i].id))
        shown = [clusters[i] for i in kept]
        parts = [np.take(counts, kept, axis)]
        if rest:
            total = sum(clusters[i].rows for i in rest)
            shown.append(Cluster(MORE, total, f"{len(rest)} more"))
            parts.append(np.take(counts, rest, axis).sum(axis=axis, keepdims=True))
        counts = np.concatenate(parts, axis)
        sides.append(shown)
    return sides[0], sides[1], counts


def _order(rows: list[Cluster], columns: list[Cluster], counts: Any, found: Alignment) -> list[int]:
    """Order the right side so that few ribbons cross: by where a cluster's rows come from."""
    place = {cluster.id: i for i, cluster in enumerate(rows)}
    back = {y: place[x] for x, y in found.matched.items() if x in place}
    weights = counts * np.arange(len(rows))[:, None]
    middle = weights.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    return sorted(
        range(len(columns)),
        key=lambda j: (columns[j].id < 0, back.get(columns[j].id, float(middle[j])), j),
    )


def _bars(
    clusters: list[Cluster], side: str, scale: float, paints: Mapping[int, str], total: int
) -> list[Bar]:
    result = []
    top = 0.0
    for cluster in clusters:
        height = max(cluster.rows * scale, LEAST)
        slot = max(height, PITCH)
        name = "noise" if cluster.id == NOISE else str(cluster.id)
        name = cluster.name or "" if cluster.id == MORE else name
        of = cluster.name if cluster.id >= 0 and cluster.name is not None else ""
        title = f"{side} {name}: {cluster.rows:,} rows, {share(cluster.rows / total)}"
        if of and cluster.purity is not None:
            title += f"; {share(cluster.purity)} of the labelled are {short(of, 60)}"
        result.append(
            Bar(
                name,
                short(of, MAX_NAME),
                paints.get(cluster.id, colour(-1)),
                round(top + (slot - height) / 2, 2),
                round(height, 2),
                title,
            )
        )
        top += slot + GAP
    return result


def _bottom(bars: list[Bar]) -> float:
    last = bars[-1]
    return max(last.middle + max(last.height, PITCH) / 2, PITCH)


def _shifted(bars: list[Bar], by: float) -> list[Bar]:
    return [Bar(b.name, b.note, b.paint, round(b.top + by, 2), b.height, b.title) for b in bars]


def _ribbons(
    names: tuple[str, str],
    rows: list[Cluster],
    columns: list[Cluster],
    counts: Any,
    left: list[Bar],
    right: list[Bar],
    scale: float,
) -> list[Ribbon]:
    ends = [bar.top for bar in right]
    result = []
    for i, bar in enumerate(left):
        start = bar.top
        for j, other in enumerate(right):
            n = int(counts[i, j])
            if not n:
                continue
            # A bar that is drawn taller than its rows are leaves its ribbons as they are.
            thick = n * scale
            y0, y1 = start, ends[j]
            start += thick
            ends[j] += thick
            path = (
                f"M0 {y0:.2f}C50 {y0:.2f} 50 {y1:.2f} 100 {y1:.2f}V{y1 + thick:.2f}"
                f"C50 {y1 + thick:.2f} 50 {y0 + thick:.2f} 0 {y0 + thick:.2f}Z"
            )
            title = (
                f"{names[0]} {bar.name} → {names[1]} {other.name}: {n:,} rows, "
                f"{share(n / rows[i].rows)} of {names[0]} {bar.name}, "
                f"{share(n / columns[j].rows)} of {names[1]} {other.name}"
            )
            result.append((n, Ribbon(path, bar.paint, title)))
    return [ribbon for _, ribbon in sorted(result, key=lambda pair: -pair[0])]
