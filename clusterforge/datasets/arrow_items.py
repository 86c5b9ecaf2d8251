"""Items that read from an Arrow table or from files: texts joined, images decoded, when rows are taken."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from clusterforge.contracts import Images, IntArray, ItemKind, Items, Texts
from clusterforge.datasets.text_cleaning import cleaned
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import blocks

MEMORY_BUDGET = 2_000_000_000
"""Bytes that ``in_memory = "auto"`` lets one data set take."""

CHUNK = 8192

InMemory = Literal["auto"] | bool
T = TypeVar("T")
Pixels = npt.NDArray[np.uint8]

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_GRAY = (0, 4)
_GRAY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "F")


@dataclass(frozen=True)
class Layout:
    """What all images have in common.

    Parameters
    ----------
    size
        Height and width; None where they differ.
    channels
        1 where all are grey, else 3.
    """

    size: tuple[int, int] | None
    channels: int

    @property
    def shape(self) -> tuple[int, int, int] | None:
        """Height, width and channels, where all images have the same."""
        return None if self.size is None else (*self.size, self.channels)


class Header(NamedTuple):
    """Height, width and whether there is no colour."""

    height: int
    width: int
    gray: bool


def header(data: bytes) -> Header:
    """Return what an image file says of itself, without decoding it."""
    if data[:8] == _PNG and len(data) >= 26:
        width, height, _, colour = struct.unpack(">IIBB", data[16:26])
        return Header(height, width, colour in _PNG_GRAY)
    with _opened(data) as image:
        return Header(image.height, image.width, image.mode in _GRAY_MODES)


def decode(data: bytes, channels: int, resize: tuple[int, int] | None = None) -> Pixels:
    """Return the pixels of one image file: uint8 (height, width, channels).

    Sixteen-bit grey keeps its upper eight bits; transparency is dropped.
    """
    from PIL import Image

    with _opened(data) as image:
        if image.mode in ("I", "I;16", "I;16B"):
            wide = np.asarray(image).astype(np.int64)
            image = Image.fromarray(np.clip(wide >> 8, 0, 255).astype(np.uint8))
        mode = "L" if channels == 1 else "RGB"
        if image.mode != mode:
            image = image.convert(mode)
        if resize is not None and image.size != (resize[1], resize[0]):
            image = image.resize((resize[1], resize[0]), Image.Resampling.BILINEAR)
        return np.frombuffer(image.tobytes(), dtype=np.uint8).reshape(
            image.height, image.width, channels
        )


def _opened(data: bytes) -> Any:
    from PIL import Image

    return Image.open(BytesIO(data))


def readable(read: Callable[[bytes], T], data: bytes, at: str, key: str) -> T:
    """Return what is read of an image file; where it can't be, say which one.

    Raises
    ------
    InputError
        With the place of the file, ``at``, and the parameter ``key``.
    """
    from PIL import Image, UnidentifiedImageError

    bomb = Image.DecompressionBombError
    try:
        return read(data)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, bomb) as error:
        why = "not an image" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError(f"the image {at} can't be read: {why}", key=key) from None


@dataclass(frozen=True)
class ArrowTexts:
    """Texts in columns of an Arrow table: joined and cleaned when they are taken.

    Parameters
    ----------
    columns
        Arrow columns of strings; nulls are left out of the joined text.
    positions
        int64 (n,): the table's row of each item.
    separator
        What stands between the texts of joined columns.
    clean
        Steps of cleaning.
    """

    columns: Sequence[Any]
    positions: IntArray
    separator: str = " "
    clean: tuple[str, ...] = ()
    content: ItemKind = field(default="text", init=False)
    shape: tuple[int, ...] | None = field(default=None, init=False)
    in_memory: bool = field(default=False, init=False)

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: IntArray) -> list[str]:
        """Return the texts at these positions."""
        columns = [column.take(self.positions[rows]).to_pylist() for column in self.columns]
        if len(columns) == 1:
            texts = ["" if text is None else text for text in columns[0]]
        else:
            texts = [
                self.separator.join(text for text in parts if text is not None)
                for parts in zip(*columns, strict=True)
            ]
        return cleaned(texts, self.clean)

    def loaded(self) -> Texts:
        """Return the same texts in memory."""
        return Texts(tuple(self.take(np.arange(len(self)))))


class ImageFiles(Protocol):
    """The bytes of image files."""

    def __len__(self) -> int:
        """Return the number of files."""

    def read(self, rows: IntArray) -> Sequence[bytes]:
        """Return the bytes of the files at these positions."""

    def where(self, row: int) -> str:
        """Say where a file stands, for messages."""


@dataclass(frozen=True)
class EncodedImages:
    """Images as files' bytes, decoded when they are taken.

    Parameters
    ----------
    files
        The files' bytes.
    layout
        What the images have in common.
    resize
        Height and width they are scaled to.
    key
        The parameter to name where a file can't be read.
    """

    files: ImageFiles
    layout: Layout
    resize: tuple[int, int] | None = None
    key: str = "image"
    content: ItemKind = field(default="image", init=False)
    in_memory: bool = field(default=False, init=False)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Height, width and channels, where all images have the same."""
        return self.layout.shape

    def __len__(self) -> int:
        return len(self.files)

    def take(self, rows: IntArray) -> Pixels | list[Pixels]:
        """Return the pixels of the images at these positions."""
        shape = self.shape
        read = partial(decode, channels=self.layout.channels, resize=self.resize)
        decoded = [
            readable(read, data, self.files.where(row), self.key)
            for row, data in zip(rows, self.files.read(rows), strict=True)
        ]
        if shape is None:
            return decoded
        return np.stack(decoded) if decoded else np.empty((0, *shape), dtype=np.uint8)

    def loaded(self) -> Images:
        """Return the same images decoded in memory; only where all have one size."""
        assert self.shape is not None
        pixels = np.empty((len(self), *self.shape), dtype=np.uint8)
        for part in blocks(len(self), values=CHUNK):
            for row, image in enumerate(self.take(np.arange(part.start, part.stop)), part.start):
                pixels[row] = image
        return Images(pixels)


@dataclass(frozen=True)
class ArrowFiles:
    """Image files in a column of an Arrow table."""

    column: Any
    positions: IntArray

    def __len__(self) -> int:
        return len(self.positions)

    def read(self, rows: IntArray) -> list[bytes]:
        """Return the bytes of the files at these positions."""
        read: list[bytes] = self.column.take(self.positions[rows]).to_pylist()
        return read

    def where(self, row: int) -> str:
        """Say where a file stands, for messages."""
        return f"in row {self.positions[row]}"


@dataclass(frozen=True)
class FolderFiles:
    """Image files in a folder."""

    paths: Sequence[Path]

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, rows: IntArray) -> list[bytes]:
        """Return the bytes of the files at these positions."""
        try:
            return [self.paths[row].read_bytes() for row in rows]
        except OSError as error:
            raise InputError(
                f"{error.filename} can't be read: {error.strerror}", key="path"
            ) from None

    def where(self, row: int) -> str:
        """Say where a file stands, for messages."""
        return str(self.paths[row])


def text_splits(splits: dict[str, ArrowTexts], in_memory: InMemory) -> dict[str, Items]:
    """Return the texts of each split, in memory where that is wanted or fits."""
    if in_memory == "auto":
        size = sum(column.nbytes for texts in splits.values() for column in texts.columns)
        in_memory = size <= MEMORY_BUDGET
    return {name: texts.loaded() if in_memory else texts for name, texts in splits.items()}


def layout(files: ImageFiles, resize: tuple[int, int] | None, key: str) -> Layout:
    """Look at the header of every image file."""
    sizes: set[tuple[int, int]] = set()
    gray = True
    for part in blocks(len(files), values=CHUNK):
        read = files.read(np.arange(part.start, part.stop))
        for row, data in enumerate(read, part.start):
            picture = readable(header, data, files.where(row), key)
            sizes.add((picture.height, picture.width))
            gray = gray and picture.gray
    if resize is not None:
        sizes = {resize}
    return Layout(sizes.pop() if len(sizes) == 1 else None, 1 if gray else 3)


def image_splits(
    splits: Mapping[str, ImageFiles], in_memory: InMemory, resize: tuple[int, int] | None, key: str
) -> dict[str, Items]:
    """Return the images of each split, decoded in memory where that is wanted or fits.

    Parameters
    ----------
    splits
        The image files of each split.
    in_memory, resize
        As the parameters of the data set say.
    key
        The parameter to name where a file can't be read.
    """
    layouts = [layout(files, resize, key) for files in splits.values()]
    # One grey split next to a coloured one would give the encoders two different inputs.
    sizes = {one.size for one in layouts}
    common = Layout(sizes.pop() if len(sizes) == 1 else None, max(one.channels for one in layouts))
    items = {split: EncodedImages(files, common, resize, key) for split, files in splits.items()}
    if common.shape is None:
        if in_memory is True:
            raise InputError(
                "the images differ in size, so they can't be one array in memory",
                key="in_memory",
                remedy="set resize = [height, width]",
            )
        return dict(items)
    size = sum(map(len, items.values())) * math.prod(common.shape)
    if in_memory is True or (in_memory == "auto" and size <= MEMORY_BUDGET):
        return {split: images.loaded() for split, images in items.items()}
    return dict(items)
