"""The small data that plugins are tried on: three groups of rows, of every content."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from clusterforge.contracts import Column, FloatArray, Images, IntArray, Items, Table, Texts
from clusterforge.specs import Content

GROUPS = 3
WIDTH = 8
TRAIN_ROWS, NEW_ROWS = 60, 18
SIDE = 16
SEEDS = {"train": 11, "new": 12}
WORDS = (
    ("stock", "market", "price", "bank", "trade", "profit", "share", "fund"),
    ("goal", "team", "match", "coach", "league", "player", "score", "cup"),
    ("planet", "star", "orbit", "moon", "rocket", "comet", "space", "launch"),
)


@dataclass(frozen=True)
class Sample:
    """Rows of one content and the group of each.

    Parameters
    ----------
    items
        The rows; behind another encoder, the table whose values are the embedding.
    groups
        int64 (n,), 0 to 2.
    """

    items: Items
    groups: IntArray

    def take(self, rows: IntArray) -> Sample:
        """Return some of the rows, in the order given."""
        if isinstance(self.items, Table):
            return Sample(self.items.some(rows), self.groups[rows])
        taken = self.items.take(rows)
        if isinstance(self.items, Texts):
            return Sample(Texts([str(text) for text in taken]), self.groups[rows])
        return Sample(Images(np.array(taken)), self.groups[rows])

    def matrix(self) -> FloatArray:
        """Return the rows of a table: float32 (n, d)."""
        assert isinstance(self.items, Table)
        return self.items.values.astype(np.float32, copy=False)


def sample(content: Content, part: str = "train") -> Sample:
    """Return a fresh copy of the rows of a content.

    Parameters
    ----------
    content
        What the rows are; an embedding is a table.
    part
        ``train`` (60 rows) or ``new`` (18 others of the same groups).
    """
    rows = TRAIN_ROWS if part == "train" else NEW_ROWS
    groups = np.arange(rows, dtype=np.int64) % GROUPS
    return Sample(items_of(content, groups, SEEDS[part]), groups)


def items_of(content: Content, groups: IntArray, seed: int = 0) -> Items:
    """Return rows of a content that belong to groups, int64 (n,) from 0 to 2."""
    rng = np.random.default_rng(seed)
    if content == "text":
        return Texts([_text(int(group), rng) for group in groups])
    if content == "image":
        return Images(_pictures(groups, rng))
    if content == "mixed":
        return _mixed(groups, rng)
    return Table(blobs(groups, rng))


def behind_rows(content: Content, found: Sample) -> Items:
    """Return items for rows of an embedding: each row has its own, whichever rows stand beside it."""
    keys = [crc32(row.tobytes()) for row in found.matrix()]
    each = [items_of(content, found.groups[at : at + 1], key) for at, key in enumerate(keys)]
    taken = [one.take(np.arange(len(one))) for one in (items_of(content, found.groups[:0]), *each)]
    if content == "text":
        return Texts([str(text) for texts in taken for text in texts])
    together = np.concatenate([np.asarray(rows) for rows in taken])
    return Images(together) if content == "image" else Table(together)


def overlapping() -> Sample:
    """Return 90 rows of three groups of 60, 20 and 10 that run into each other, as an embedding."""
    rng = np.random.default_rng(13)
    groups = np.repeat(np.arange(GROUPS, dtype=np.int64), (60, 20, 10))
    spread = rng.normal(scale=0.12, size=(len(groups), WIDTH))
    values = np.clip(blobs(groups, rng) + spread, 0.01, 0.99).astype(np.float32)
    return Sample(Table(values), groups)


def shares(groups: IntArray) -> FloatArray:
    """Return a soft assignment that is sure of the groups: float32 (n, 3)."""
    soft = np.full((len(groups), GROUPS), 0.1, dtype=np.float32)
    soft[np.arange(len(groups)), groups] = 0.8
    return soft


def blobs(groups: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return well-separated rows, all values in (0, 1): float32 (n, 8)."""
    centres = np.random.default_rng(5).uniform(0.2, 0.8, size=(GROUPS, WIDTH))  # (3, d)
    noise = rng.normal(scale=0.025, size=(len(groups), WIDTH))
    return np.clip(centres[groups] + noise, 0.01, 0.99).astype(np.float32)


def _mixed(groups: IntArray, rng: np.random.Generator) -> Table:
    """Return numbers with gaps, a category, yes or no, an ordinal and a date that go with the groups."""
    numbers = blobs(groups, rng)[:, :3].astype(np.float64)
    numbers[rng.random(numbers.shape) < 0.05] = np.nan
    codes = np.where(rng.random(len(groups)) < 0.9, groups, rng.integers(GROUPS, size=len(groups)))
    days = 86_400.0 * (19_000 + 300 * groups + rng.integers(0, 30, size=len(groups)))
    columns = (
        *(Column(f"x{i}") for i in range(3)),
        Column("colour", "category", ("blue", "green", "red")),
        Column("member", "yes-no", ("no", "yes")),
        Column("size", "ordinal", ("small", "middle", "large")),
        Column("day", "date"),
    )
    return Table(np.column_stack([numbers, codes, groups > 0, codes, days]), columns)


def _text(group: int, rng: np.random.Generator) -> str:
    return " ".join(rng.choice(WORDS[group], size=int(rng.integers(4, 9))).tolist())


def _pictures(
    groups: IntArray, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = rng.integers(0, 40, size=(len(groups), SIDE, SIDE, 3))
    for row, group in enumerate(groups):
        start = 1 + 5 * int(group)
        pixels[row, start : start + 4, 2:14, int(group)] += 180
    return pixels.astype(np.uint8)
