"""Whether one column, or how texts are written or images made, alone tells clusters apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from clusterforge.contracts import Column, IntArray, Items, columns_of, parts_of
from clusterforge.formats import number
from clusterforge.numerics.arrays import DoubleArray, evenly
from clusterforge.runs.records import ClusterValues, ToldApart

SOME, VALUES = 20_000, 2_000_000  # rows that are looked at, and their values in all columns
FEWEST, OUTSIDE = 40, 10  # rows, and how many of them are not in the largest cluster
RANGES, OF_TRAITS = 128, 16  # of a column's values, and of a trait's
IN_A_RANGE = 5  # rows
TELLS = 0.7  # of the rows that are not in the largest cluster
BEYOND = 0.4  # more than any other column
ALWAYS = 0.9  # of texts and images, where a length or a colour may go with what they are about
DIFFERENT = 3  # values for each cluster
IN_MOST = 0.7  # of a cluster's rows
MIDDLE = (0.05, 0.95)
LOOKED_AT = 1_000  # images
LEVELS = 25  # of 256, by which the medians of clusters differ at least
_OF_TEXTS: dict[str, Callable[[str], bool]] = {
    "share of digits": str.isdigit,
    "share of capitals": str.isupper,
    "share of letters": str.isalpha,
    "share of letters beyond a to z": lambda char: char.isalpha() and not char.isascii(),
    "share of signs": lambda char: not char.isalnum() and not char.isspace(),
}
_WORDS = {"first word": 0, "last word": -1}
_OF_IMAGES: dict[str, Callable[[DoubleArray], float]] = {
    "brightness": lambda image: float(image.mean()),
    "contrast": lambda image: float(image.std()),
    "brightness at the edges": lambda image: float(
        np.mean([image[0].mean(), image[-1].mean(), image[:, 0].mean(), image[:, -1].mean()])
    ),
    "sharpness": lambda image: float(np.abs(np.diff(image, axis=1)).mean()),
}


def told_apart(items: Items, labels: IntArray) -> ToldApart | None:
    """Return what alone tells the clusters of rows apart; None where nothing does, or several columns do.

    Of a table it is a column whose values tell in which cluster a row is, as those of no other do: it is on a
    larger scale than the others, or has values that are wrong. Of texts it is their length, their characters,
    or the word that they begin or end with; of images it is their light, edges or sharpness.

    Parameters
    ----------
    items
        n rows.
    labels
        int64 (n,), -1 for noise.
    """
    for part in parts_of(items).values():
        rows = np.flatnonzero(labels >= 0)
        most = (
            LOOKED_AT if part.content == "image" else min(SOME, VALUES // (part.shape or (1,))[0])
        )
        rows = rows[evenly(len(rows), most)]
        clusters, own = np.unique(labels[rows], return_inverse=True)
        if len(rows) < FEWEST or len(rows) - np.bincount(own).max() < OUTSIDE:
            continue
        traits = _traits(part, rows)
        ranges = RANGES if part.content == "table" else OF_TRAITS
        shares = np.array([_told(column, values, own, ranges) for column, values in traits])
        if part.content == "table":
            least = max(TELLS, np.sort(shares)[-2] + BEYOND) if len(shares) > 1 else np.inf
        else:  # copies of a few rows have a few values
            several = [
                len(np.unique(traits[0][1] if column.coded else values))
                >= DIFFERENT * len(clusters)
                and (not column.coded or _one_word(values, own))
                for column, values in traits
            ]
            shares, least = np.where(several, shares, 0.0), ALWAYS
        if part.content == "image":
            shares[[_between(values, own) < LEVELS for _, values in traits]] = 0.0
        if shares.max(initial=0) < least:
            continue
        column, values = traits[int(shares.argmax())]
        digits = _digits(values)
        return ToldApart(
            name=column.name,
            share=round(float(shares.max()), 4),
            clusters=tuple(
                ClusterValues(cluster=cluster, values=_written(column, values[own == at], digits))
                for at, cluster in enumerate(clusters.tolist())
            ),
            content=part.content,
        )
    return None


def _traits(items: Items, rows: IntArray) -> list[tuple[Column, DoubleArray]]:
    """Return what may tell rows apart, and its value in each: float64 (n,), nan for none."""
    if items.content == "table" and items.shape is not None:
        named = columns_of(items) or [Column(f"feature {c}") for c in range(items.shape[0])]
        values = np.asarray(items.take(rows), dtype=np.float64)
        return list(zip(named, values.T, strict=True))
    if items.content == "text":
        return _traits_of_texts([str(text) for text in items.take(rows)])
    if items.content == "image":
        values = np.array(
            [
                [trait(image) for trait in _OF_IMAGES.values()]
                for row in rows
                for image in _images(items, row)
            ]
        )
        return [(Column(name), values[:, at]) for at, name in enumerate(_OF_IMAGES)]
    return []


def _images(items: Items, row: int) -> Iterator[DoubleArray]:
    """Yield the image of a row, float64 (height, width, channels)."""
    yield from (np.asarray(image, dtype=np.float64) for image in items.take(np.array([row])))


def _traits_of_texts(texts: Sequence[str]) -> list[tuple[Column, DoubleArray]]:
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    traits = [(Column("length in characters"), lengths)]
    for name, is_one in _OF_TEXTS.items():
        counts = np.array([sum(map(is_one, text)) for text in texts])
        traits.append((Column(name), counts / np.maximum(lengths, 1)))
    for name, at in _WORDS.items():
        words = [of[at] if (of := text.split()) else "" for text in texts]
        categories, codes = np.unique(words, return_inverse=True)
        column = Column(name, "category", tuple(categories.tolist()))
        traits.append((column, codes.astype(np.float64)))
    return traits


def _between(values: DoubleArray, own: IntArray) -> float:
    """Return how far the medians of the clusters of values (n,) lie apart."""
    medians = [np.median(values[own == cluster]) for cluster in range(int(own.max()) + 1)]
    return float(np.ptp(medians))


def _one_word(codes: DoubleArray, own: IntArray) -> bool:
    """Return whether each cluster but the largest has one word, int64 (n,), in most of its rows."""
    counts = np.zeros((int(own.max()) + 1, int(codes.max()) + 1), dtype=np.int64)
    np.add.at(counts, (own, codes.astype(np.int64)), 1)
    sizes = counts.sum(axis=1)
    most = counts.max(axis=1) >= IN_MOST * sizes
    most[sizes.argmax()] = True
    return bool(most.all())


def _told(column: Column, values: DoubleArray, own: IntArray, most: int) -> float:
    """Return the share of the rows outside the largest cluster that a column tells: 1 for all.

    A row is told where most other rows with values like its own are in its cluster.
    """
    different, clusters = np.unique(values), int(own.max()) + 1
    most = max(2, min(most, len(values) // IN_A_RANGE))
    if len(different) > most and not (column.coded and len(different) * clusters <= VALUES):
        inner = np.linspace(0, 1, most + 1)[1:-1]
        different = np.unique(np.nanquantile(values, inner, method="inverted_cdf"))
    ranges = np.searchsorted(different, values)  # gaps come last
    counts = np.zeros((len(different) + 1, clusters), dtype=np.int64)
    np.add.at(counts, (ranges, own), 1)
    second, first = np.partition(counts, -2, axis=1)[:, -2:].T
    others = counts[ranges, own] - 1
    rest = np.where(others + 1 == first[ranges], second[ranges], first[ranges])
    right = int(((others > rest) & (others > 0)).sum())
    largest = int(np.bincount(own).max())
    return (right - largest) / (len(own) - largest)


def _digits(values: DoubleArray) -> int:
    """Return how many digits behind the point tell values apart."""
    low, high = np.nanquantile(values, MIDDLE).tolist()
    return max(3, 2 - math.floor(math.log10(high - low))) if high > low else 3


def _written(column: Column, values: DoubleArray, digits: int) -> str:
    """Return what most rows of a cluster have: a category, or from where to where nine tenths of them lie."""
    known = values[~np.isnan(values)]
    if 2 * len(known) < len(values):
        return "no value"
    if column.coded:
        codes, counts = np.unique(known, return_counts=True)
        most = f"{column.written(float(codes[counts.argmax()]))!r:.40}"
        return most if 2 * counts.max() > len(known) else f"{most} and {len(codes) - 1:,} others"
    low, high = (
        written if isinstance(written, str) else number(end, digits)
        for end in np.quantile(known, MIDDLE, method="nearest").tolist()
        for written in (column.written(end),)
    )
    return low if low == high else f"{low} to {high}"
