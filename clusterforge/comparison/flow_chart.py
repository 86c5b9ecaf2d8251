"""The flow of rows from one clustering to another, laid out for an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clusterforge.comparison.findings import Alignment, Cluster
from clusterforge.formats import count, share
from clusterforge.report.palette import NOISE
from clusterforge.report.text import short

MAX_BARS = 24
HEIGHT = 360
PITCH = 17
GAP = 7
MIN_HEIGHT = 2.0
MAX_NAME = 14


@dataclass(frozen=True)
class Bar:
    """A cluster at one side (or several small ones): number, what it is, colour and place in pixels."""

    clusters: tuple[int, ...]
    name: str
    about: str
    colour: str
    rows: int
    title: str
    top: float = 0.0
    height: float = 0.0

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class Ribbon:
    """Rows that go from a bar to a bar; ``path`` is 100 wide."""

    path: str
    colour: str
    title: str
    rows: int


@dataclass(frozen=True)
class FlowChart:
    """Two clusterings, ``height`` pixels high."""

    height: float
    left: list[Bar]
    right: list[Bar]
    ribbons: list[Ribbon]


def flow_chart(names: tuple[str, str], alignment: Alignment) -> FlowChart:
    """Lay the clusters of both out, one below the other, with ribbons between them.

    Parameters
    ----------
    names
        What the two clusterings are called.
    alignment
        What became of the clusters of the first in the second.
    """
    left = _bars(names[0], alignment.before, alignment.before, alignment.rows)
    right = _bars(names[1], alignment.after, alignment.diagonal(), alignment.rows)
    bottoms = [
        max(bars[-1].middle + max(bars[-1].height, PITCH) / 2, PITCH) for bars in (left, right)
    ]
    height = max(bottoms)
    left, right = (
        [replace(bar, top=round(bar.top + (height - bottom) / 2, 2)) for bar in bars]
        for bars, bottom in zip((left, right), bottoms, strict=True)
    )
    return FlowChart(round(height, 1), left, right, _ribbons(names, alignment, left, right))


def _bars(
    side: str, clusters: Sequence[Cluster], order: Sequence[Cluster], total: int
) -> list[Bar]:
    """Stack the clusters in an order; the smallest are one bar where there are more than fit."""
    by_size = sorted(clusters, key=lambda c: (-c.rows, c.cluster))
    shown = by_size if len(by_size) <= MAX_BARS else by_size[: MAX_BARS - 1]
    rest = by_size[len(shown) :]
    bars = [_bar(side, cluster, total) for cluster in order if cluster in shown]
    if rest:
        name, rows = f"{len(rest)} more", sum(cluster.rows for cluster in rest)
        title = f"{side} {name}: {count(rows, 'row')}, {share(rows / total)}"
        numbers = tuple(cluster.cluster for cluster in rest)
        bars.append(Bar(numbers, name, "", NOISE, rows, title))
    placed, top = [], 0.0
    for bar in bars:
        height = max(bar.rows * HEIGHT / total, MIN_HEIGHT)
        slot = max(height, PITCH)
        placed.append(replace(bar, top=top + (slot - height) / 2, height=round(height, 2)))
        top += slot + GAP
    return placed


def _bar(side: str, cluster: Cluster, total: int) -> Bar:
    majority = cluster.majority if cluster.cluster >= 0 and cluster.majority is not None else ""
    name = f"{cluster.name} {cluster.about}".rstrip()
    title = f"{side} {name}: {count(cluster.rows, 'row')}, {share(cluster.rows / total)}"
    if majority:
        title += f"; {share(cluster.purity)} of the labelled are {short(majority, 60)}"
    return Bar(
        clusters=(cluster.cluster,),
        name=cluster.name,
        about=short(cluster.about or majority, MAX_NAME),
        colour=cluster.colour,
        rows=cluster.rows,
        title=title,
    )


def _ribbons(
    names: tuple[str, str], alignment: Alignment, left: list[Bar], right: list[Bar]
) -> list[Ribbon]:
    source = {cluster: i for i, bar in enumerate(left) for cluster in bar.clusters}
    target = {cluster: j for j, bar in enumerate(right) for cluster in bar.clusters}
    rows: dict[tuple[int, int], int] = {}
    for flow in alignment.flows:
        ends = source[flow.before], target[flow.after]
        rows[ends] = rows.get(ends, 0) + flow.rows
    starts, stops = [bar.top for bar in left], [bar.top for bar in right]
    ribbons = []
    for (i, j), n in sorted(rows.items()):
        # A bar that is drawn higher than its rows are leaves its ribbons as they are.
        y0, y1, thick = starts[i], stops[j], n * HEIGHT / alignment.rows
        starts[i], stops[j] = y0 + thick, y1 + thick
        path = (
            f"M0 {y0:.2f}C50 {y0:.2f} 50 {y1:.2f} 100 {y1:.2f}V{y1 + thick:.2f}"
            f"C50 {y1 + thick:.2f} 50 {y0 + thick:.2f} 0 {y0 + thick:.2f}Z"
        )
        before, after = f"{names[0]} {left[i].name}", f"{names[1]} {right[j].name}"
        title = (
            f"{before} → {after}: {count(n, 'row')}, {share(n / left[i].rows)} of {before}, "
            f"{share(n / right[j].rows)} of {after}"
        )
        ribbons.append(Ribbon(path, left[i].colour, title, n))
    return sorted(ribbons, key=lambda ribbon: -ribbon.rows)
