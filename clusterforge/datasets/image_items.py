"""Image files of a data set: looked at together, then decoded in memory or when rows are taken."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from os.path import normpath
from pathlib import Path
from typing import Any, Protocol, TypeVar
from unicodedata import normalize
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge import pixels
from clusterforge.builtin.datasets import ColumnParams
from clusterforge.contracts import Images, IntArray, ItemKind, Items, PixelFormat
from clusterforge.datasets import arrow_items
from clusterforge.datasets.file_finding import ADDRESS
from clusterforge.datasets.image_folder import IMAGES, hidden, is_image, readable
from clusterforge.datasets.parts import Read
from clusterforge.datasets.selection import TRAIN
from clusterforge.errors import InputError, bounded
from clusterforge.file_keys import AS_BASE64, AS_FILES
from clusterforge.formats import first_of
from clusterforge.numerics.arrays import blocks, evenly
from clusterforge.pixels import BrokenImage, Encoded, Levels, Look, Opacity, Pixels, Trait
from clusterforge.tables.pixel_arrays import arrays

CHUNK = 1024
EIGHT_BITS = (0, 255)  # levels of values that are as they are
NAMED, SOME_NAMES = 5, 20
FEW_NAMED = 3  # images without a row
MOST_LOOKED_AT = 20_000  # files and folders among which a missing image is looked for
MOST_FOLDERS = 50  # beside a table of images that may hold them
FEW_LOOKED_AT, FEW_LEVELS = 200, 32  # images, and levels that hardly differ
MOST_SAMPLED = 2_000  # images whose values are compared
LONGEST = 200  # characters of a path in a message
_NO_NAMES = (
    ("images as base64 text", re.compile(AS_BASE64), AS_FILES),
    ("addresses", ADDRESS, "download the files, and name their paths"),
)
T = TypeVar("T")

_TRAITS: Mapping[Trait, str] = {
    "turned": "turned upright, as their EXIF data say",
    "several frames": "of several frames or pages, of which the first is read",
    "deep": "of more than eight bits, {low:g} to {high:g} brought to 0 to 255",
    "deep colour": "of several channels with sixteen bits each, of which the upper eight are read",
}


class ImageFiles(Protocol):
    """The bytes of image files, or arrays (height, width[, channels]) in place of them."""

    def __len__(self) -> int:
        """Return the number of files."""

    def read(self, rows: IntArray) -> Sequence[Encoded]:
        """Return the bytes of the files at these positions."""

    def where(self, row: int) -> str:
        """Say where a file stands, for messages."""

    def some(self, rows: IntArray) -> ImageFiles:
        """Return the files at these positions."""


@dataclass(frozen=True)
class ArrowFiles:
    """Image files in a column of an Arrow table."""

    column: Any
    positions: IntArray

    def __len__(self) -> int:
        return len(self.positions)

    def read(self, rows: IntArray) -> Sequence[Encoded]:
        """Return the bytes of the files at these positions."""
        read: list[bytes] = self.column.take(self.positions[rows]).to_pylist()
        return read

    def where(self, row: int) -> str:
        """Say where a file stands, for messages."""
        return f"row {self.positions[row] + 1}"

    def some(self, rows: IntArray) -> ArrowFiles:
        """Return the files at these positions."""
        return replace(self, positions=self.positions[rows])


class ArrayImages(ArrowFiles):
    """Arrays (height, width[, channels]) in a column of an Arrow table, in place of image files."""

    def read(self, rows: IntArray) -> Sequence[Encoded]:
        """Return the arrays at these positions."""
        return list(arrays(self.column.take(self.positions[rows])))


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

    def some(self, rows: IntArray) -> FolderFiles:
        """Return the files at these positions."""
        return FolderFiles([self.paths[row] for row in rows])


def image_paths(names: Sequence[str | None], column: str | None, file: Path) -> list[str | None]:
    """Return the paths of images that a column of a file names: from the folder of the file, or one in it.

    Raises
    ------
    InputError
        Where a name is an address or an image as text, with the row; or where none of several files is there.
    """
    for row, name in enumerate(names, 1):
        for what, pattern, remedy in _NO_NAMES:
            if name is not None and pattern.match(name):
                raise InputError(
                    f"column {column!r} holds {what}: row {row:,}", key="image", remedy=remedy
                )
    paths = [None if name is None else str(_there(file.parent, name)) for name in names]
    there = list(filter(None, paths))
    if there and not any(exists(Path(path)) for path in there):
        place = _place(file.parent, [*filter(None, names)])
        if place:
            return _beside(file.parent, place, names)
        if len(there) == 1:
            return paths
        found = _elsewhere(file.parent, Path(there[0]))
        where = f", where {found.relative_to(file.parent)} is: write them so" if found else ""
        raise InputError(
            f"none of the {len(there):,} files in column {column!r} is there (no such file: "
            f"{bounded(there[0], LONGEST)})",
            key="image",
            remedy=f"paths are from the folder of {file.name}{where}",
        )
    return paths


def with_files(column: Any, file: Path) -> Any:
    """Return images of the Hub, where some have paths alone, as bytes; as paths where all have."""
    kind = column.type
    if not (pa.types.is_struct(kind) and {"bytes", "path"} <= {field.name for field in kind}):
        return column
    data, names = pc.struct_field(column, "bytes"), pc.struct_field(column, "path")
    without = pc.and_(pc.is_null(data), pc.is_valid(names))
    if not pc.any(without).as_py():
        return column
    if data.null_count == len(data):
        return names
    read = data.to_pylist()
    for row in np.flatnonzero(without):
        path = _there(file.parent, names[row].as_py())
        read[row] = path.read_bytes() if exists(path) else None
    return pa.chunked_array([pa.array(read, pa.large_binary())])


def name_files(names: Sequence[str | None], file: Path, suffixes: Container[str] = IMAGES) -> bool:
    """Tell whether most of the first names in a column of a file are those of images that are there.

    With other ``suffixes``, those of other files.
    """
    first = [name for name in names if name][:SOME_NAMES]
    if not first or not all(Path(name).suffix.lower() in suffixes for name in first):
        return False
    there = sum(exists(_there(file.parent, name)) for name in first)
    if not there and (place := _place(file.parent, first)):
        there = sum(exists(_at(place, name)) for name in first)
    return 2 * there > len(first)


def without_rows(paths: Iterable[str | None], column: str) -> Iterator[str]:
    """Say which images lie beside those that rows name and have no row; of a selection, most have none."""
    named = {Path(normpath(path)) for path in paths if path}
    folders = sorted({path.parent for path in named})[: MOST_FOLDERS + 1]
    if len(folders) > MOST_FOLDERS:
        return
    there = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    rest = [path for path in there if path not in named and is_image(path) and not hidden(path)]
    if 0 < 2 * len(rest) < len(named):
        first = first_of([readable(Path(path.name)) for path in sorted(rest)], FEW_NAMED)
        yield (
            f"images beside those of column {column!r:.60} that no row names are not read "
            f"({len(rest):,}): {first}; write rows for them, if they are meant"
        )


def exists(path: Path) -> bool:
    """Tell whether a file is there."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # longer than a name may be
        return False


def _place(folder: Path, names: Sequence[str]) -> str | None:
    """Return where images lie that bare names stand for, as ``train/{}.png``; None where nothing tells.

    They are beside the file, or in one of the folders there; the suffix may be left out. The first image may
    be missing.
    """
    return next(filter(None, (_place_of(folder, name) for name in names[:NAMED])), None)


def _place_of(folder: Path, name: str) -> str | None:
    """Return where the image lies that one bare name stands for."""
    if not name.strip(".") or Path(name).name != name:
        return None
    ends = ("", *(end for known in IMAGES for end in (known, known.upper())))
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir() and not hidden(path))
    except OSError:
        return None
    places = ((path, end) for path in (folder, *below[:MOST_FOLDERS]) for end in ends)
    images = ((path, end, _there(path, f"{name}{end}")) for path, end in places)
    found = {
        (path, end.lower()): end
        for path, end, image in images
        if image.suffix.lower() in IMAGES and exists(image)
    }
    if len(found) != 1:
        return None
    (path, _), end = found.popitem()
    return str(path).replace("{", "{{").replace("}", "}}") + f"/{{}}{end}"


def _beside(folder: Path, place: str, names: Sequence[str | None]) -> list[str | None]:
    """Return where images lie that bare names stand for: at a place, else in one of the other folders."""
    paths = [name and str(_at(place, name)) for name in names]
    if all(path is None or exists(Path(path)) for path in paths):
        return paths
    end = Path(place).name.removeprefix("{}")
    others: dict[str, list[str]] = {}
    below = sorted(path for path in folder.iterdir() if path.is_dir() and not hidden(path))
    for path in (image for one in below[:MOST_FOLDERS] for image in one.iterdir()):
        others.setdefault(path.name, []).append(str(path))
    found = [[] if name is None else others.get(f"{name}{end}", []) for name in names]
    return [
        there[0] if path and len(there) == 1 and not exists(Path(path)) else path
        for path, there in zip(paths, found, strict=True)
    ]


def _elsewhere(folder: Path, missing: Path) -> Path | None:
    """Return an image below a folder that has the name of a missing one, but for suffix and folders."""
    stem = Path(unquote(missing.name.rpartition("=")[2])).stem
    try:
        some = islice(folder.rglob("*"), MOST_LOOKED_AT) if stem else ()
        alike = (path for path in some if path.name.startswith(f"{stem}."))
        return next(filter(is_image, alike), None)
    except (OSError, ValueError):
        return None


def _there(folder: Path, name: str) -> Path:
    """Return where an image is; Windows writes its path with backslashes, macOS accents of their own."""
    forms = (name.replace("\\", "/"), normalize("NFC", name), normalize("NFD", name))
    paths = [folder / form for form in dict.fromkeys((name, *forms))]
    return paths[0] if len(paths) == 1 else next(filter(exists, paths), paths[0])


def _at(place: str, name: str) -> Path:
    """Return where an image is whose bare name a place completes."""
    path = Path(place.format(name))
    return _there(path.parent, path.name)


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


def each(files: ImageFiles, without: Mapping[int, str]) -> Iterator[tuple[int, Encoded]]:
    """Yield the position and the bytes of each file but some."""
    for part in blocks(len(files), values=CHUNK):
        rows = np.array([row for row in range(part.start, part.stop) if row not in without], int)
        yield from zip(rows.tolist(), files.read(rows), strict=True)


def attempt(
    read: Callable[[Encoded], T], row: int, data: Encoded | None, why: dict[int, str]
) -> T | None:
    """Return what is read of a file; where it can't be, remember why."""
    try:
        return read(b"" if data is None else data)
    except BrokenImage as error:
        why[row] = str(error)
        return None


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
    looks = {split: _looks(files, why[split]) for split, files in splits.items()}
    form, crowded = _pixel_format(splits, looks, params, why)
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
    clear = _transparent(splits, looks, form, why)
    said = (*_remarks(looks, form), *clear, *crowded, *_dark(read[TRAIN], form))
    return Read(read, why, form, said)


def _transparent(
    splits: Mapping[str, ImageFiles],
    looks: Mapping[str, Mapping[int, Look]],
    form: PixelFormat,
    why: Mapping[str, Mapping[int, str]],
) -> Iterator[str]:
    """Say what becomes of opacity, by the first images of each split that have a channel of it."""
    if form.background == pixels.IGNORED:
        return
    found: Counter[Opacity | None] = Counter()
    every = True
    for split, files in splits.items():
        clear = [row for row, one in looks[split].items() if "transparent" in one.traits]
        every &= len(clear) <= MOST_SAMPLED
        some = np.array([row for row in clear if row not in why[split]][:MOST_SAMPLED], int)
        for data in files.read(some) if len(some) else ():
            found[attempt(lambda one: pixels.opacity(one, form), 0, data, {})] += 1
    of = f"{sum(map(len, looks.values())):,} images"
    if not every:
        of = f"the first {found.total():,} images with a channel of opacity"
    if shown := found["partial"] + found["all of it"]:
        yield (
            f"{shown:,} of {of}: transparent, put on background = {form.background}; if that is no opacity, "
            f'set background = "{pixels.IGNORED}"'
        )
    if found["unset"]:
        yield f"{found['unset']:,} of {of}: opacity is 0 everywhere, so it is ignored"
    if hidden := found["all of it"]:
        other = "#808080" if form.background.lower() != "#808080" else "#ffffff"
        yield (
            f"{hidden:,} of {shown:,} transparent images are of one colour on {form.background}, and "
            f'not without it: set background = "{other}"'
        )


def _looks(files: ImageFiles, why: dict[int, str]) -> dict[int, Look]:
    """Look at the header of every file; ``why`` gets those that are no images."""
    looks = ((row, attempt(pixels.look, row, data, why)) for row, data in each(files, {}))
    return {row: one for row, one in looks if one is not None}


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

    With them comes what to say where nearly all values lie in a few of 256 grey levels.
    """
    others = {row: "" for row in range(len(files)) if row not in looks or not looks[row].deep}
    looked = [attempt(pixels.range_of, row, data, why) for row, data in each(files, others)]
    found = [one for one in looked if one is not None]
    between = pixels.levels(one for one, _ in found)
    step = -(-len(found) // MOST_SAMPLED) or 1
    some = [values for _, values in found[::step]]
    crowded = pixels.crowded(np.concatenate(some), between) if between and some else None
    if crowded is None:
        return between, ()
    (low, high), left = crowded
    return between, (
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


def _dark(items: Items, form: PixelFormat) -> Iterator[str]:
    """Say that images in memory have few of 256 grey levels: as pixels they hardly differ."""
    if not isinstance(items, Images) or form.levels not in (None, EIGHT_BITS) or not len(items):
        return
    at = evenly(len(items), FEW_LOOKED_AT)
    some = items.take(at)
    low, high = int(some.min()), int(some.max())
    if 0 < high - low < FEW_LEVELS:
        yield (
            f"the values of the images lie from {low} to {high}, of 0 to 255: all look nearly alike to an "
            "encoder; if they are classes of pixels or a part of a range, write them from 0 to 255"
        )


def _remarks(looks: Mapping[str, Mapping[int, Look]], form: PixelFormat) -> Iterator[str]:
    """Say how many images were read otherwise than they lie in their files."""
    every = [one for listed in looks.values() for one in listed.values()]
    counts = Counter(trait for one in every for trait in one.traits)
    low, high = form.levels or (0, 65535)
    yield from (
        f"{counts[trait]:,} of {len(every):,} images: {text.format(low=low, high=high)}"
        for trait, text in _TRAITS.items()
        if counts[trait] and (trait != "deep" or form.levels != EIGHT_BITS)
    )
