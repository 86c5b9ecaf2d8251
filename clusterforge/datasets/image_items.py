"""Image files of a data set: looked at together, then decoded in memory or when rows are taken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from clusterforge import pixels
from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import Images, IntArray, ItemKind, Items, PixelFormat
from clusterforge.datasets import arrow_items
from clusterforge.datasets.odd_images import (
    FEW_LOOKED_AT,
    MOST_SAMPLED,
    barred,
    captioned,
    copied_files,
    dark,
    dim,
    half_grey,
    negatives,
    of_looks,
    of_two_kinds,
    some_grey,
    tiny,
    transparent,
    two_alignments,
)
from clusterforge.datasets.parts import Read
from clusterforge.datasets.selection import TRAIN
from clusterforge.datasets.stored_images import ImageFiles, attempt, each
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import evenly
from clusterforge.pixels import BrokenImage, Encoded, Levels, Look, Pixels

NAMED = 5
FEW_DECODED = 40  # images that are not in memory, for a look


@dataclass(frozen=True)
class EncodedImages:
    """Images as files' bytes, decoded when they are taken.

    Parameters
    ----------
    files
        The files' bytes.
    pixel_format
        How they are read.
    size
        Height and width; None where they differ.
    resize
        Height and width they are scaled to.
    key
        The parameter to name where a file can't be read.
    """

    files: ImageFiles
    pixel_format: PixelFormat
    size: tuple[int, int] | None
    resize: tuple[int, int] | None = None
    key: str = "image"
    content: ItemKind = field(default="image", init=False)
    in_memory: bool = field(default=False, init=False)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Height, width and channels, where all images have the same."""
        return None if self.size is None else (*self.size, self.pixel_format.channels)

    def __len__(self) -> int:
        return len(self.files)

    def take(self, rows: IntArray) -> Pixels | list[Pixels]:
        """Return the pixels of the images at these positions.

        Raises
        ------
        InputError
            Where one can't be decoded; the message counts all such images.
        """
        decoded = []
        for data in self.files.read(rows):
            try:
                decoded.append(self.decode(data))
            except BrokenImage:
                raise unreadable(self.named(self.broken()), len(self), self.key) from None
        if self.shape is None:
            return decoded
        return np.stack(decoded) if decoded else np.empty((0, *self.shape), dtype=np.uint8)

    def decode(self, data: Encoded) -> Pixels:
        """Return the pixels of one file: uint8 (height, width, channels)."""
        return pixels.decoded(data, self.pixel_format, self.resize)

    def named(self, why: Mapping[int, str]) -> list[str]:
        """Return the places of images and why they can't be decoded, in their order."""
        return [f"{self.files.where(row)} ({why[row]})" for row in sorted(why)]

    def broken(self, known: Mapping[int, str] | None = None) -> dict[int, str]:
        """Return the images that can't be decoded and why, those that are known among them."""
        why = dict(known or {})
        for row, data in each(self.files, why):
            attempt(self.decode, row, data, why)
        return why

    def loaded(self, why: dict[int, str]) -> Images:
        """Return the images that can be decoded, in memory; ``why`` gets those that can't.

        Only where all have one size.
        """
        assert self.shape is not None
        decoded = np.empty((len(self), *self.shape), dtype=np.uint8)
        for row, data in each(self.files, dict(why)):
            image = attempt(self.decode, row, data, why)
            if image is not None:
                decoded[row] = image
        return Images(np.delete(decoded, sorted(why), axis=0) if why else decoded)


def unreadable(broken: Sequence[str], of: int, key: str) -> InputError:
    """Return the error for images that can't be decoded: how many, and the first few."""
    first = ", ".join(broken[:NAMED]) + (", …" if len(broken) > NAMED else "")
    return InputError(
        f"{len(broken):,} of {of:,} images can't be read: {first}",
        key=key,
        remedy='repair them, or set missing = "drop"',
    )


def read_images(splits: Mapping[str, ImageFiles], params: ColumnParams, key: str) -> Read:
    """Return the images of each split, decoded in memory where that is wanted or fits.

    Parameters
    ----------
    splits
        The image files of each split.
    params
        How images are read, and what becomes of those that can't be.
    key
        The parameter to name where a file can't be read.

    Raises
    ------
    InputError
        Where images can't be read and ``missing`` is not ``"drop"``; or where they differ in size and
        are to be in memory.
    """
    why: dict[str, dict[int, str]] = {split: {} for split in splits}
    hashes: dict[str, list[int]] = {split: [] for split in splits}
    looks = {split: _looks(files, why[split], hashes[split]) for split, files in splits.items()}
    form, deep = _pixel_format(splits, looks, params, why)
    sizes = {(one.height, one.width) for listed in looks.values() for one in listed.values()}
    if params.resize:
        sizes = {params.resize}
    size = sizes.pop() if len(sizes) == 1 else None
    images = {
        split: EncodedImages(files, form, size, params.resize, key)
        for split, files in splits.items()
    }
    read: dict[str, Items] = dict(images)
    total = sum(map(len, splits.values()))
    in_memory = _in_memory(total, size, form, params)
    for split, encoded in images.items():
        if in_memory:
            read[split] = encoded.loaded(why[split])
        elif params.missing == "drop":
            why[split] = encoded.broken(why[split])
            usable = np.setdiff1d(np.arange(len(encoded)), sorted(why[split]))
            read[split] = replace(encoded, files=encoded.files.some(usable))
    if any(why.values()) and params.missing != "drop":
        broken = [name for s, one in images.items() for name in one.named(one.broken(why[s]))]
        raise unreadable(broken, total, key)
    clear = transparent(splits, looks, form, why)
    train = read[TRAIN]
    some = _some(train)
    said = (
        *of_looks(looks, form),
        *tiny(looks[TRAIN], splits[TRAIN]),
        *of_two_kinds(looks[TRAIN]),
        *(() if params.deduplicate else copied_files(hashes[TRAIN], splits[TRAIN])),
        *clear,
        *deep,
        *dark(train, form),
        *half_grey(some),
        *([*barred(some)] or captioned(some)),
        *some_grey(some),
        *dim(some),
        *negatives(some),
    )
    return Read(read, why, form, said)


def _looks(files: ImageFiles, why: dict[int, str], hashes: list[int]) -> dict[int, Look]:
    """Look at the header of every file; ``why`` gets those that are no images, ``hashes`` what is in each."""
    looks: dict[int, Look] = {}
    for row, data in each(files, {}):
        hashes.append(hash(data.tobytes() if isinstance(data, np.ndarray) else data))
        if one := attempt(pixels.look, row, data, why):
            looks[row] = one
    return looks


def _some(items: Items) -> list[Pixels]:
    """Return the pixels of some images; of those that are not in memory of fewer, but for broken ones."""
    if not isinstance(items, EncodedImages):
        return list(items.take(evenly(len(items), FEW_LOOKED_AT)))
    at = evenly(len(items), FEW_DECODED)
    decoded = [attempt(items.decode, 0, data, {}) for data in items.files.read(at)]
    return [image for image in decoded if image is not None]


def _pixel_format(
    splits: Mapping[str, ImageFiles],
    looks: Mapping[str, Mapping[int, Look]],
    params: ColumnParams,
    why: Mapping[str, dict[int, str]],
) -> tuple[PixelFormat, tuple[str, ...]]:
    """Return how images are read, and what is to be said of their levels."""
    every = [one for listed in looks.values() for one in listed.values()]
    # One grey split next to a coloured one would give the encoders two different inputs.
    channels = params.channels or (1 if all(one.grey for one in every) else 3)
    said: tuple[str, ...] = ()
    between = params.levels
    if between is None and any(one.deep for one in every):
        between, said = _levels(splits[TRAIN], looks[TRAIN], why[TRAIN])
    return PixelFormat(channels, between, params.background), said


def _levels(
    files: ImageFiles, looks: Mapping[int, Look], why: dict[int, str]
) -> tuple[Levels | None, tuple[str, ...]]:
    """Return the levels of the images beyond eight bits; those of train, so that test tells nothing.

    With them comes what to say of their values.
    """
    others = {row: "" for row in range(len(files)) if row not in looks or not looks[row].deep}
    looked = [attempt(pixels.range_of, row, data, why) for row, data in each(files, others)]
    found = [one for one in looked if one is not None]
    between = pixels.levels(one for one, _ in found)
    step = -(-len(found) // MOST_SAMPLED) or 1
    some = [values for _, values in found[::step]]
    said = tuple(two_alignments(some))
    crowded = pixels.crowded(np.concatenate(some), between) if between and some else None
    if crowded is None:
        return between, said
    (low, high), left = crowded
    return between, (
        *said,
        f"nearly all values of the images lie from {low:.6g} to {high:.6g}, in {left} of 256 grey levels: to "
        f"see more, set levels = [{low:.6g}, {high:.6g}]",
    )


def _in_memory(
    rows: int, size: tuple[int, int] | None, form: PixelFormat, params: ColumnParams
) -> bool:
    if size is None:
        if params.in_memory is True:
            raise InputError(
                "the images differ in size, so they can't be one array in memory",
                key="in_memory",
                remedy="set resize = [height, width]",
            )
        return False
    if params.in_memory != "auto":
        return params.in_memory
    return rows * math.prod(size) * form.channels <= arrow_items.MEMORY_BUDGET
