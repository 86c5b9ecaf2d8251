"""The data themselves: classes, lengths, copies exact and near, rows with next to nothing in them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import (
    Corpus,
    FloatArray,
    IntArray,
    Items,
    SomeItems,
    Split,
    parts_of,
    row_key,
    taken_in_blocks,
)
from clusterforge.contracts.copies import ROWS, Undecided, near_copies
from clusterforge.numerics.arrays import BoolArray, evenly
from clusterforge.numerics.leaders import leaders
from clusterforge.numerics.neighbors import knn
from clusterforge.runs.records import ClassRows, Duplicates, Lengths, NearEmpty, SplitContents
from clusterforge.texts.terms import count_words

SHOWN = 10
WORDS = 3
BINS = 20
VALUES = 2e7  # of tables, which are copied into memory for it
PAIRS = 2e6  # that are compared for it
TIMES = 3  # nearer to another row than rows mostly are


Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class _Read:
    keys: Keys  # one per row, equal for equal rows
    empty: IntArray  # rows, ascending
    lengths: IntArray | None  # characters of each text


@dataclass(frozen=True)
class _Near:
    by_rows: Mapping[str, Duplicates]
    by_embedding: Mapping[str, Duplicates]


def describe(corpus: Corpus, embeddings: Embeddings | None = None) -> dict[str, SplitContents]:
    """Return what each split holds.

    Parameters
    ----------
    corpus
        The data.
    embeddings
        An embedding of them, for near copies that it shows.
    """
    read = {name: _read_whole(split.items) for name, split in corpus.splits.items()}
    train = read["train"].keys
    near = _near(corpus, {name: of.keys for name, of in read.items()}, embeddings)
    return {
        name: SplitContents(
            rows=len(split),
            classes=_classes(corpus, split),
            unlabelled=len(split) if split.labels is None else int((split.labels < 0).sum()),
            lengths=_lengths(read[name].lengths),
            duplicates=_duplicates(read[name].keys, None if name == "train" else train),
            near_duplicates=near.by_rows.get(name),
            near_embedded=near.by_embedding.get(name),
            near_empty=NearEmpty(
                rows=len(read[name].empty),
                what=_what(split.items),
                examples=tuple(read[name].empty[:SHOWN].tolist()),
            ),
        )
        for name, split in corpus.splits.items()
    }


@dataclass(frozen=True)
class Embeddings:
    """The embedding of all rows that shows which are nearly alike.

    Parameters
    ----------
    by
        What made it.
    of
        float32 (n, d) for each split.
    """

    by: str
    of: Mapping[str, FloatArray]


def _near(corpus: Corpus, keys: Mapping[str, Keys], embeddings: Embeddings | None) -> _Near:
    """Return the rows of each split that are nearly an earlier one or one of train, and those seen so.

    One that is an exact copy of a row of its split or of train does not count. A row is compared with those
    that stand for themselves, train first, so that a group around one row counts once each.
    """
    splits = {"train": corpus.train, **corpus.splits}  # train first
    distinct = np.unique(np.concatenate([keys[name] for name in splits]), return_index=True)[1]
    distinct.sort()
    if sum(map(len, splits.values())) > ROWS:
        return _Near({}, {})
    starts = dict(zip(splits, accumulate(map(len, splits.values()), initial=0), strict=False))
    at = {
        name: distinct[(distinct >= starts[name]) & (distinct < starts[name] + len(split))]
        for name, split in splits.items()
    }

    def counted(first: IntArray, what: str) -> dict[str, Duplicates]:
        original = np.arange(distinct.max(initial=-1) + 1)
        original[distinct] = distinct[first]
        found = {}
        for name, rows in at.items():
            copies = rows[original[rows] != rows]
            within = copies[original[copies] >= starts[name]]
            pairs = np.stack([original[within], within], axis=1)[:SHOWN] - starts[name]
            found[name] = Duplicates(
                rows=len(within),
                in_train=None
                if name == "train"
                else int((original[copies] < len(corpus.train)).sum()),
                examples=tuple((int(a), int(b)) for a, b in pairs),
                what=what,
            )
        return found

    by_rows: dict[str, Duplicates] = {}
    parts = parts_of(corpus.train.items).values()
    width = max((part.shape or (1,))[0] if part.content == "table" else 1 for part in parts)
    if len(distinct) * width <= VALUES:
        items = [SomeItems(split.items, at[name] - starts[name]) for name, split in splits.items()]
        with suppress(Undecided):
            near = near_copies(items, PAIRS)
            by_rows = counted(near.first, near.what)
    by_embedding: dict[str, Duplicates] = {}
    if embeddings is not None:
        points = np.concatenate([embeddings.of[name][at[name] - starts[name]] for name in splits])
        first = _alike(points)
        if first is not None:
            by_embedding = counted(
                first, f"{TIMES} times nearer than rows mostly are, as {embeddings.by} sees them"
            )
    return _Near(by_rows, by_embedding)


def _alike(points: FloatArray) -> IntArray | None:
    """Return the first row next to each: three times nearer than half of the rows are to their nearest.

    None where that can't be told. In an embedding of eight dimensions, rows come this near by chance once
    in 9,000, in more of them more rarely.

    Parameters
    ----------
    points
        float32 (n, d).
    """
    if len(points) < 2:
        return None
    rows = evenly(len(points), 1_000)
    nearest = knn(points, 2, queries=points[rows])[1][:, 1]
    radius = float(np.median(nearest)) / TIMES
    return leaders(points, radius, most=PAIRS) if radius else None


def _is_first(keys: Keys) -> BoolArray:
    """Return which rows are no copies of earlier ones."""
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def _read_whole(items: Items) -> _Read:
    """Read rows of one part or several; those of several are equal where every part is."""
    parts = [_read(part) for part in parts_of(items).values()]
    if len(parts) == 1:
        return parts[0]
    keys = row_hashes(np.stack([part.keys for part in parts], axis=1))
    return replace(parts[0], keys=keys)


def _read(items: Items) -> _Read:
    keys = np.empty(len(items), dtype=np.uint64)
    empty: list[int] = []
    lengths: list[int] = []
    for start, block in taken_in_blocks(items):
        stop = start + len(block)
        if isinstance(block, np.ndarray) and block.ndim == 2:
            keys[start:stop] = row_hashes(block)
        else:
            digests = b"".join(row_key(item)[:8] for item in block)
            keys[start:stop] = np.frombuffer(digests, dtype=np.uint64)
        if isinstance(block[0], str):
            texts = [str(text) for text in block]
            lengths += map(len, texts)
            empty += [row for row, text in enumerate(texts, start) if count_words(text) < WORDS]
        else:
            empty += [start + row for row in _even(block)]
    return _Read(
        keys,
        np.array(empty, dtype=np.int64),
        np.array(lengths, dtype=np.int64) if items.content == "text" else None,
    )


def row_hashes(values: npt.NDArray[np.floating]) -> Keys:
    """Return a hash of each row of a matrix, uint64 (n,), where -0 is 0.

    Words are mixed (splitmix64), then added up with odd weights, one of each column: two different rows have
    the same hash with a probability of about 1 in 2**64.
    """
    bits = np.uint32 if values.dtype == np.float32 else np.uint64
    words = np.ascontiguousarray(values + 0).view(bits).astype(np.uint64)  # -0 becomes 0
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words ^= words >> np.uint64(shift)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(31)
    weights = np.random.default_rng(0).integers(0, 1 << 63, words.shape[1], dtype=np.uint64)
    return np.asarray(words @ (weights * np.uint64(2) + np.uint64(1)))


def _even(rows: Any) -> list[int]:
    """Return the rows of a table that have one value, the images that have one colour."""
    if not isinstance(rows, np.ndarray):  # images of many sizes
        return [i for i, image in enumerate(rows) if _even(image[None])]
    pixels = rows.reshape(len(rows), -1, rows.shape[-1] if rows.ndim == 4 else 1)
    if pixels.shape[1] < 2:
        return []
    # Most images differ within a few pixels, and those need no look at all of them.
    few = pixels[:, :: max(1, pixels.shape[1] // 16)]
    maybe = np.flatnonzero((few == pixels[:, :1]).all(axis=(1, 2)))
    even = (pixels[maybe] == pixels[maybe, :1]).all(axis=(1, 2))
    places: list[int] = maybe[even].tolist()
    return places


def _what(items: Items) -> str:
    return {
        "text": f"fewer than {WORDS} words",
        "image": "one colour",
        "table": "all values equal",
    }[items.content]


def _classes(corpus: Corpus, split: Split) -> tuple[ClassRows, ...] | None:
    if split.labels is None or not split.labelled:
        return None
    labels = split.labels[split.labels >= 0]
    values, counts = np.unique(labels, return_counts=True)
    rows = dict(zip(values.tolist(), counts.tolist(), strict=True))
    names = corpus.label_names
    ids = sorted({*range(len(names)), *rows})
    return tuple(ClassRows(name=class_name(names, i), rows=rows.get(i, 0)) for i in ids)


def class_name(names: tuple[str, ...], label: int) -> str:
    """Return a class's name, its number where it has none."""
    return names[label] if label < len(names) else str(label)


def _lengths(lengths: IntArray | None) -> Lengths | None:
    """Return lengths with a histogram; its last bin also holds the longest 1 %."""
    if lengths is None or not len(lengths):
        return None
    low, high = int(lengths.min()), int(np.quantile(lengths, 0.99, method="inverted_cdf"))
    edges = np.linspace(low, max(high, low + 1), min(BINS, max(high - low, 1)) + 1)
    counts = np.histogram(lengths.clip(max=edges[-1]), edges)[0]
    return Lengths(
        unit="characters",
        min=low,
        median=float(np.median(lengths)),
        mean=float(lengths.mean()),
        max=int(lengths.max()),
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
    )


def _duplicates(keys: Keys, train: Keys | None) -> Duplicates:
    """Count rows that are a copy of an earlier row of the split, and rows that stand in train."""
    copies = np.flatnonzero(~_is_first(keys))
    examples = [(int(np.argmax(keys == keys[row])), row) for row in copies[:SHOWN].tolist()]
    in_train = None if train is None else int(np.isin(keys, train).sum())
    return Duplicates(rows=len(copies), in_train=in_train, examples=tuple(examples))
