"""Rows that are nearly a copy of an earlier one: what that means for texts, images and tables.

It is told by the rows alone, before there is an encoder: texts by their words, images by a small picture of
each, tables by their values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts.columns import Column
from clusterforge.contracts.items import (
    ItemKind,
    Items,
    SomeItems,
    columns_of,
    parts_of,
    row_key,
    taken_in_blocks,
)
from clusterforge.numerics.arrays import (
    BoolArray,
    DoubleArray,
    FloatArray,
    IntArray,
    blocks,
    evenly,
)
from clusterforge.numerics.leaders import leaders
from clusterforge.specs import Part
from clusterforge.texts.copies import near_copies as near_texts

SIDE = 16  # pixels of a small picture
APART = 0.1  # between two pictures of one contrast: they correlate by 0.995
FAINT = 4.0  # levels; a contrast below counts as noise
SPREAD = 0.01  # of a column's spread
CHANCE = 0.001  # of the rows may be near by chance
FAR = 10.0  # spreads: a value beyond looks no farther off in the search
ROWS = 200_000  # among which a run looks for near copies that its data set leaves in
MOST = 2e8  # pairs
NEARLY: Mapping[ItemKind, str] = {
    "text": "share four fifths of their words",
    "image": f"look alike at {SIDE} by {SIDE} pixels",
    "table": "differ in no column by more than a hundredth of its spread",
}
EQUAL: Mapping[ItemKind, str] = {"image": "are the same image", "table": "hold the same values"}


class Undecided(Exception):
    """Near copies can't be told; the message says why."""


@dataclass(frozen=True)
class NearCopies:
    """Which rows are nearly a copy of which.

    Parameters
    ----------
    first
        int64 (n,): the row that each row is nearly a copy of, its own place mostly.
    what
        What such rows have in common: ``share four fifths of their words``.
    exact
        The parts in which they are equal, because near ones can't be told.
    """

    first: IntArray
    what: str
    exact: tuple[Part, ...] = ()


Alike = Callable[[Sequence[Items]], IntArray]
"""Returns the first row that each of some of the rows is like."""


def equal_rows(several: Sequence[Items]) -> IntArray:
    """Return the first row that holds what each row holds, its own place mostly: int64 (n,).

    Parameters
    ----------
    several
        The rows, those of one after those of another; of several parts, all have to be equal.
    """
    firsts = [_equal(part) for part in _by_part(several).values()]
    if len(firsts) == 1:
        return firsts[0]
    first = np.arange(len(firsts[0]))
    for rows in _groups(firsts):
        first[rows] = rows[0]
    return first


def _equal(several: Sequence[Items]) -> IntArray:
    first: dict[bytes, int] = {}
    rows: list[int] = []
    for items in several:
        for _, block in taken_in_blocks(items):
            for item in block:
                rows.append(first.setdefault(row_key(item), len(rows)))
    return np.array(rows, dtype=np.int64)


def _by_part(several: Sequence[Items]) -> dict[Part, list[Items]]:
    parts = [parts_of(items) for items in several]
    return {name: [part[name] for part in parts] for name in parts[0]}


def _groups(firsts: Sequence[IntArray]) -> Iterator[IntArray]:
    """Yield the rows, in order, that have the same first row in every part, where they are several."""
    _, which, counts = np.unique(
        np.stack(firsts, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(counts)
    for group in np.flatnonzero(counts > 1):
        yield order[ends[group] - counts[group] : ends[group]]


def near_copies(several: Sequence[Items], most: float = MOST) -> NearCopies:
    """Find the first row that each row is nearly a copy of.

    A row goes to the earliest of those that stand for themselves that it is nearly a copy of, so none is far
    from the one that stands for it. Equal rows are near copies, too, but cost time.

    - Texts that share four fifths of their words and pairs of words
      (:func:`clusterforge.texts.copies.near_copies`).
    - Images whose pictures of 16 by 16 pixels, brought to one brightness and contrast, correlate by 0.995 or
      more, and whose mean brightness differs by at most 51 of 255: another size, quality, brightness or
      format of one image.
    - Rows of a table in which no number, date or time differs by more than a hundredth of its column's
      spread (interquartile range / 1.349), and all else is equal; a gap equals a gap alone.
    - Rows of several parts that are near copies in each; equal in those of which it can't be told. Some are
      not found: those that in one part go to a row that in another they are not near.

    Parameters
    ----------
    several
        The rows, those of one after those of another, all of one content. The first ones, n > 0, say the
        spread of columns.
    most
        Up to how many pairs of images or rows of tables are compared.

    Raises
    ------
    Undecided
        Where it would take more, and for tables in which chance alone brings rows this near; of several
        parts, where it is so in each.
    """
    parts, firsts = _by_part(several), []
    ways: dict[Part, Alike] = {}
    undecided: list[Part] = []
    for name, part in parts.items():
        try:
            found, ways[name] = _near(part, most)
        except Undecided:
            undecided.append(name)
            if len(undecided) == len(parts):
                raise
            found, ways[name] = _equal(part), _equal
        firsts.append(found)
    first = firsts[0] if len(parts) == 1 else _in_all(several, firsts, ways)
    what = ((EQUAL if n in undecided else NEARLY)[part[0].content] for n, part in parts.items())
    return NearCopies(first, " and ".join(what), tuple(undecided))


def _in_all(
    several: Sequence[Items], firsts: Sequence[IntArray], ways: Mapping[Part, Alike]
) -> IntArray:
    """Return the first row that each row is near in all parts, by that in each part: int64 (n,)."""
    first = np.arange(len(firsts[0]))
    waiting = [(first.copy(), firsts)]
    while waiting:
        rows, alike = waiting.pop()
        for group in _groups(alike):
            if all((one[group] == group[0]).all() for one in alike):
                first[rows[group]] = rows[group[0]]
            else:  # what stands for all of them in one part does not in another: among them alone
                some = _by_part(_some(several, rows[group]))
                waiting.append((rows[group], [way(some[name]) for name, way in ways.items()]))
    return first


def _some(several: Sequence[Items], rows: IntArray) -> list[Items]:
    """Return some of the rows, int64 (m,) in order."""
    starts = np.cumsum([0, *map(len, several)])
    shares = np.split(rows, np.searchsorted(rows, starts[1:-1]))
    return [
        SomeItems(items, share - start)
        for items, share, start in zip(several, shares, starts[:-1], strict=True)
    ]


def _near(part: Sequence[Items], most: float) -> tuple[IntArray, Alike]:
    """Return the near copies of one part, int64 (n,), and how they are found among some of its rows.

    Raises
    ------
    Undecided
        Where it would take more pairs, or chance alone brings rows this near.
    """
    if part[0].content == "table":
        values = _values(part)
        within = _within(values, part[0])
        return _near_rows(values, within, most), lambda some: _near_rows(_values(some), within)
    if part[0].content == "text":
        return _near_texts(part), _near_texts
    return _near_images(part, most), _near_images


def _near_texts(several: Sequence[Items]) -> IntArray:
    texts = (taken_in_blocks(items) for items in several)
    return near_texts(str(text) for items in texts for _, block in items for text in block)


def _decided(first: IntArray | None) -> IntArray:
    if first is None:
        raise Undecided("too many rows lie so close together that they would have to be compared")
    return first


def _near_images(several: Sequence[Items], most: float = math.inf) -> IntArray:
    every: list[FloatArray] = []
    for items in several:
        for _, block in taken_in_blocks(items):
            one_size = isinstance(block, np.ndarray)
            images: Sequence[Any] = (
                [block] if one_size else [np.asarray(one)[None] for one in block]
            )
            every += map(pictures, images)
    points = np.concatenate(every)
    return _decided(leaders(points, APART, most=most))


def pictures(images: npt.NDArray[np.uint8]) -> FloatArray:
    """Return a small picture of each image, at one brightness and contrast.

    Two pictures are ``sqrt(2 - 2 r)`` apart, where r is their correlation over all pixels and channels; the
    last value keeps those apart that differ in brightness alone.

    Parameters
    ----------
    images
        uint8 (n, height, width, channels).

    Returns
    -------
    ndarray
        float32 (n, 256 * channels + 1).
    """
    n, height, width, channels = images.shape
    small = np.empty((n, SIDE, SIDE, channels), dtype=np.float32)
    down, across = _areas(height), _areas(width)
    for part in blocks(n, height * width * channels):
        rows = images[part].reshape(-1, height, width * channels).astype(np.float32)
        small[part] = across @ (down @ rows).reshape(-1, SIDE, width, channels)
    flat = small.reshape(n, -1)
    mean = flat.mean(axis=1, keepdims=True)
    flat -= mean
    contrast = np.linalg.norm(flat, axis=1, keepdims=True)
    flat /= np.maximum(contrast, FAINT * math.sqrt(flat.shape[1]))
    return np.hstack([flat, mean * (APART / 51)])


@lru_cache(maxsize=64)
def _areas(side: int) -> FloatArray:
    """Return the share of each of so many pixels in each of 16: float32 (16, side)."""
    edges = np.linspace(0, side, SIDE + 1)
    pixels = np.arange(side)
    low, high = edges[:-1, None], edges[1:, None]
    shares = np.minimum(high, pixels + 1) - np.maximum(low, pixels)
    return np.asarray(np.maximum(shares, 0) * (SIDE / side), dtype=np.float32)


def _values(several: Sequence[Items]) -> DoubleArray:
    """Return the rows of tables: float64 (n, columns)."""
    read = (block for items in several for _, block in taken_in_blocks(items))
    return np.concatenate([np.asarray(block, dtype=np.float64) for block in read])


def _within(values: DoubleArray, first: Items) -> DoubleArray:
    """Return by how much near rows may differ in each column, of whose spread the first items tell.

    Raises
    ------
    Undecided
        Where chance alone brings rows this near.
    """
    columns = columns_of(first) or tuple(map(Column, map(str, range(values.shape[1]))))
    coded = np.array([column.coded for column in columns])
    within: DoubleArray = np.where(coded, 0.0, SPREAD * _spreads(values[: len(first)]))
    if _by_chance(values, within) > max(1.0, CHANCE * len(values)):
        raise Undecided("in so few columns, chance alone brings rows this near")
    return within


def _near_rows(values: DoubleArray, within: DoubleArray, most: float = math.inf) -> IntArray:
    gaps = np.isnan(values)
    scale = np.divide(SPREAD, within, out=np.ones_like(within), where=within > 0)
    center = np.nanmedian(np.where(gaps.all(axis=0), 0.0, values), axis=0)
    points = np.clip(np.where(gaps, 0.0, values - center) * scale, -FAR, FAR).astype(np.float32)

    def alike(row: int, others: IntArray) -> BoolArray:
        there, here = values[others], values[row]
        near: BoolArray = ((np.abs(there - here) <= within) | (gaps[others] & gaps[row])).all(
            axis=1
        )
        return near

    return _decided(leaders(points, SPREAD * math.sqrt(values.shape[1]), alike, most=most))


def _spreads(values: DoubleArray) -> DoubleArray:
    """Return the spread of each column: its interquartile range, that of a normal distribution being its sd.

    Where that is 0, its standard deviation.
    """
    known = np.where(np.isnan(values).all(axis=0), 0.0, values)
    low, high = np.nanquantile(known, [0.25, 0.75], axis=0)
    spreads: DoubleArray = np.where(high > low, (high - low) / 1.349, np.nanstd(known, axis=0))
    return spreads


def _by_chance(values: DoubleArray, within: DoubleArray) -> float:
    """Return how many pairs of rows would be near if columns had nothing to do with each other.

    Of 2,000 rows, evenly spaced; equal values count, too.
    """
    rows = evenly(len(values), 2_000)
    share = 1.0
    for column, apart in zip(np.sort(values[rows], axis=0).T, within, strict=True):
        known = column[~np.isnan(column)]
        up_to = np.searchsorted(known, known + apart, side="right")
        pairs = float((up_to - np.arange(1, len(known) + 1)).sum())
        blank = len(column) - len(known)
        every = len(column) * (len(column) - 1) / 2
        share *= min(1.0, (pairs + blank * (blank - 1) / 2 + 1) / max(every, 1))
    return share * len(values) * (len(values) - 1) / 2
