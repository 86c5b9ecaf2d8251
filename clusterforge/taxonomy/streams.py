"""The clusters over generations as streams, laid out for an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from clusterforge.formats import count, share
from clusterforge.report.palette import NOISE, colour
from clusterforge.report.text import short
from clusterforge.taxonomy.records import Change, Cluster, Generation, Taxonomy

MAX_STREAMS = 24
HEIGHT, GAP, LEAST = 420, 4, 1.5
BAR, NARROW, TOP, PITCH = 10, 38, 34, 15
BESIDE, LETTER = 8, 8.2  # pixels next to a bar, and of a wide letter
DATE = 84  # room of a label
REST = -2


@dataclass(frozen=True)
class Room:
    """What a picture may take: pixels of all, of names at least, and between two generations at most.

    Parameters
    ----------
    both
        Whether names stand on both sides, or behind the last generation alone.
    most
        How many generations are shown, the last ones; None for all.
    """

    width: float
    names: float
    step: float
    both: bool
    most: int | None = None


DESK, PHONE = Room(1094, 172, 360, both=True), Room(340, 150, 180, both=False, most=5)


@dataclass(frozen=True)
class Block:
    """A cluster in one generation: place in pixels, colour, and what the pointer shows."""

    id: int
    x: float
    top: float
    height: float
    colour: str
    title: str
    rows: int

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class Ribbon:
    """Rows of a cluster from one generation to the next."""

    path: str
    colour: str


@dataclass(frozen=True)
class Label:
    """A text of the picture."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True)
class Streams:
    """The whole picture; ``rest`` clusters are one stream, for they are the smallest of many."""

    width: float
    height: float
    blocks: tuple[Block, ...]
    ribbons: tuple[Ribbon, ...]
    names: tuple[Label, ...]
    dates: tuple[Label, ...]
    marks: tuple[Label, ...]
    rest: int


def streams(taxonomy: Taxonomy, generations: Sequence[Generation], room: Room = DESK) -> Streams:
    """Lay the clusters of generations out, one column per generation.

    Parameters
    ----------
    taxonomy
        The clusters.
    generations
        Their records, the first one first.
    room
        What the picture may take; with more generations than fit it is wider.
    """
    generations = generations[-(room.most or len(generations)) :]
    most: dict[int, float] = {}
    for generation in generations:
        for change in generation.changes:
            most[change.id] = max(most.get(change.id, 0.0), change.share)
    most = {id: part for id, part in most.items() if part > 0}
    by_size = sorted(most, key=lambda id: (-most[id], id))
    shown = set(by_size if len(by_size) <= MAX_STREAMS else by_size[: MAX_STREAMS - 1])
    sides, steps = 1 + room.both, len(generations) - 1
    step = max(NARROW, min(room.step, (room.width - sides * room.names - BAR) / max(1, steps)))
    side = max(room.names, (room.width - BAR - step * steps) / sides) if steps else room.names
    start = side if room.both else 0.0
    columns = [
        _column(taxonomy, generation, shown, start + step * i)
        for i, generation in enumerate(generations)
    ]
    ribbons = [
        ribbon
        for i, (left, right) in enumerate(pairwise(columns))
        for ribbon in _ribbons(taxonomy, left, right, generations[i + 1])
    ]
    width = round(sides * side + step * steps + BAR, 1)
    every = ceil(DATE / step)
    dates = [
        Label(start + step * i + BAR / 2, 14, short(generation.label, 12), "middle")
        if start or i
        else Label(0, 14, short(generation.label, 12), "start")
        for i, generation in enumerate(generations)
        if (len(generations) - 1 - i) % every == 0
    ]
    letters = int((side - BESIDE) / LETTER)
    before = columns[0] if steps and room.both else []
    names = _names(taxonomy, before, start - BESIDE, "end", letters)
    names += _names(taxonomy, columns[-1], width - side + BESIDE, "start", letters)
    bottom = max((b.top + b.height for column in columns for b in column), default=TOP)
    height = max([bottom, *(label.y for label in names)]) + 10
    blocks = tuple(block for column in columns for block in column)
    marks = tuple(_marks(columns, generations))
    rest = len(most) - len(shown)
    return Streams(
        width, round(height, 1), blocks, tuple(ribbons), tuple(names), tuple(dates), marks, rest
    )


def _column(taxonomy: Taxonomy, generation: Generation, shown: set[int], x: float) -> list[Block]:
    rows = {change.id: change for change in generation.changes if change.rows}
    blocks, top = [], float(TOP)

    def add(id: int, n: int, name: str, paint: str) -> None:
        nonlocal top
        part = n / max(generation.rows, 1)
        height = max(part * HEIGHT, LEAST)
        title = f"{generation.label}, {name}: {count(n, 'row')}, {share(part)}"
        blocks.append(Block(id, x, round(top, 2), round(height, 2), paint, title, n))
        top += height + GAP

    for id in sorted(rows):
        if id in shown:
            add(id, rows[id].rows, taxonomy.cluster(id).title, colour(id))
    others = [change for id, change in rows.items() if id not in shown]
    if others:
        total = sum(change.rows for change in others)
        add(REST, total, count(len(others), "smaller cluster"), NOISE)
    if generation.noise:
        add(-1, generation.noise, "in no cluster", NOISE)
    return blocks


def _ribbons(
    taxonomy: Taxonomy, left: list[Block], right: list[Block], generation: Generation
) -> list[Ribbon]:
    """Return the ribbons between two columns: a cluster to itself, to its parts, and into what it merged."""
    to = {block.id: block for block in right}
    ribbons = [_ribbon(block, to[block.id]) for block in left if block.id in to]
    of = {block.id: block for block in left}
    for change in generation.changes:
        for source, target in _kin(taxonomy.cluster(change.id), change, generation):
            if source in of and target in to:
                ribbons.append(_ribbon(of[source], to[target]))
    return ribbons


def _kin(cluster: Cluster, change: Change, generation: Generation) -> list[tuple[int, int]]:
    if cluster.born == generation.number and cluster.origin is not None:
        return [(cluster.origin, cluster.id)]
    if change.kind == "gone":
        return [(cluster.id, other) for other in change.others]
    return []


def _ribbon(a: Block, b: Block) -> Ribbon:
    x0, x1 = a.x + BAR, b.x
    middle = (x0 + x1) / 2
    path = (
        f"M{x0:.1f} {a.top:.1f}C{middle:.1f} {a.top:.1f} {middle:.1f} {b.top:.1f} {x1:.1f} {b.top:.1f}"
        f"V{b.top + b.height:.1f}C{middle:.1f} {b.top + b.height:.1f} {middle:.1f} "
        f"{a.top + a.height:.1f} {x0:.1f} {a.top + a.height:.1f}Z"
    )
    return Ribbon(path, b.colour)


def _names(
    taxonomy: Taxonomy, blocks: list[Block], x: float, anchor: str, letters: int
) -> list[Label]:
    """Return the names of a column's clusters, apart from each other; small ones that don't fit have none."""
    labels: list[Label] = []
    below = 0.0
    for block in blocks:
        name = {REST: "smaller ones", -1: "in no cluster"}.get(block.id)
        text = short(name or taxonomy.cluster(block.id).title, letters)
        y = max(block.middle + 4, below + PITCH)
        if y - block.middle > 3 * PITCH:
            continue
        labels.append(Label(x, round(y, 1), text, anchor))
        below = y
    return labels


def _marks(columns: list[list[Block]], generations: Sequence[Generation]) -> list[Label]:
    """Return a sign at each birth, return and death."""
    marks = []
    for i, generation in enumerate(generations[1:], 1):
        here = {block.id: block for block in columns[i]}
        earlier = {block.id: block for block in columns[i - 1]}
        for change in generation.changed():
            if change.kind in ("new", "returned") and (block := here.get(change.id)):
                marks.append(Label(block.x - 3, round(block.middle + 4, 1), "+", "end"))
            if change.kind == "gone" and (block := earlier.get(change.id)):
                marks.append(Label(block.x + BAR + 3, round(block.middle + 4, 1), "×", "start"))
    return marks
