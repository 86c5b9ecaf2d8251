"""The data themselves: classes, lengths, copies exact and near, rows with next to nothing in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Corpus, IntArray, Items, Split, row_key, taken_in_blocks
from clusterforge.numerics.arrays import BoolArray
from clusterforge.runs.records import ClassRows, Duplicates, Lengths, NearEmpty, SplitContents
from clusterforge.texts.copies import near_copies
from clusterforge.texts.terms import count_words

SHOWN = 10
WORDS = 3
BINS = 20
MOST = 200_000  # texts that are compared with each other


Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class _Read:
    keys: Keys  # one per row, equal for equal rows
    empty: IntArray  # rows, ascending
    lengths: IntArray | None  # characters of each text


def describe(corpus: Corpus) -> dict[str, SplitContents]:
    """Return what each split holds."""
    read = {name: _read(split.items) for name, split in corpus.splits.items()}
    train = read["train"].keys
    near = _near_duplicates(corpus, {name: of.keys for name, of in read.items()})
    return {
        name: SplitContents(
            rows=len(split),
            classes=_classes(corpus, split),
            unlabelled=len(split) if split.labels is None else int((split.labels < 0).sum()),
            lengths=_lengths(read[name].lengths),
            duplicates=_duplicates(read[name].keys, None if name == "train" else train),
            near_duplicates=near.get(name),
            near_empty=NearEmpty(
                rows=len(read[name].empty),
                what=_what(split.items),
                examples=tuple(read[name].empty[:SHOWN].tolist()),
            ),
        )
        for name, split in corpus.splits.items()
    }


def _near_duplicates(corpus: Corpus, keys: Mapping[str, Keys]) -> dict[str, Duplicates]:
    """Return the texts of each split that nearly say what an earlier one or one of train says.

    One that is an exact copy of a row of its split or of train does not count. A text is compared with those
    that stand for themselves, train first, so that a group around one text counts once each.
    """
    splits = {"train": corpus.train, **corpus.splits}  # train first
    if corpus.content != "text" or sum(map(len, splits.values())) > MOST:
        return {}
    first = near_copies(text for split in splits.values() for text in _texts(split.items))
    train = keys["train"]
    found, start = {}, 0
    for name, split in splits.items():
        own = first[start : start + len(split)]
        exact = ~_is_first(keys[name])
        if name != "train":
            exact |= np.isin(keys[name], train)
        copies = np.flatnonzero((own != np.arange(start, start + len(split))) & ~exact)
        within = copies[own[copies] >= start]
        pairs = zip((own[within[:SHOWN]] - start).tolist(), within[:SHOWN].tolist(), strict=True)
        of_train = None if name == "train" else int((own[copies] < len(corpus.train)).sum())
        found[name] = Duplicates(rows=len(within), in_train=of_train, examples=tuple(pairs))
        start += len(split)
    return found


def _texts(items: Items) -> Iterator[str]:
    for _, texts in taken_in_blocks(items):
        yield from map(str, texts)


def _is_first(keys: Keys) -> BoolArray:
    """Return which rows are no copies of earlier ones."""
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def text_lengths(items: Items) -> IntArray | None:
    """Return the characters of each text, int64 (n,); None where rows are no texts."""
    if items.content != "text":
        return None
    lengths: list[int] = []
    for _, texts in taken_in_blocks(items):
        lengths += [len(text) for text in texts]
    return np.array(lengths, dtype=np.int64)


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
