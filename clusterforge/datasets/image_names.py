"""Images that a column of a file names: where they lie."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from os.path import normpath
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterforge.datasets.file_finding import ADDRESS
from clusterforge.datasets.image_folder import IMAGES, hidden, is_image, readable
from clusterforge.errors import InputError, bounded
from clusterforge.file_keys import AS_BASE64, AS_FILES, AS_HEX, FROM_HEX
from clusterforge.formats import first_of

NAMED, SOME_NAMES = 5, 20
FEW_NAMED = 3  # images without a row
MOST_LOOKED_AT = 20_000  # files and folders among which a missing image is looked for
MOST_FOLDERS = 50  # beside a table of images that may hold them
FOLDERS_REMEMBERED = 1024
LONGEST = 200  # characters of a path in a message
_SEVERAL = re.compile(r"[|;,]")
_NO_NAMES = (
    ("images as base64 text", re.compile(AS_BASE64), AS_FILES),
    ("images as hexadecimal digits", re.compile(AS_HEX), FROM_HEX),
    ("addresses", ADDRESS, "download the files, and name their paths"),
)


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
    if several := next((n for n in names if n and names_several(n, file)), None):
        raise InputError(
            f"column {column!r} names several images in one value (row {names.index(several) + 1:,}: "
            f"{several!r:.60})",
            key="image",
            remedy="write a row for each, or the first alone",
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


def names_several(name: str, file: Path) -> bool:
    """Tell whether a value names several images that are there, between ``|``, ``;`` or ``,``."""
    parts = [part.strip() for part in _SEVERAL.split(name)]
    return len(parts) > 1 and all(
        Path(part).suffix.lower() in IMAGES and exists(_there(file.parent, part)) for part in parts
    )


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
    there = sum(exists(_there(file.parent, n)) or names_several(n, file) for n in first)
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
    ends = ("", *IMAGES)
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir() and not hidden(path))
    except OSError:
        return None
    places = ((path, end) for path in (folder, *below[:MOST_FOLDERS]) for end in ends)
    images = ((path, end, _there(path, f"{name}{end}")) for path, end in places)
    found = [
        (path, end)
        for path, end, image in images
        if image.suffix.lower() in IMAGES and exists(image)
    ]
    if len(found) != 1:
        return None
    path, end = found[0]
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
        others.setdefault(path.name.lower(), []).append(str(path))
    found = [[] if name is None else others.get(f"{name}{end}".lower(), []) for name in names]
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
    """Return where an image is; Windows has backslashes in its path, macOS other accents, addresses %20."""
    forms = (
        name.replace("\\", "/"),
        normalize("NFC", name),
        normalize("NFD", name),
        unquote(name),
    )
    paths = [folder / form for form in dict.fromkeys((name, *forms))]
    return next(filter(exists, paths), None) or _in_other_case(paths[0])


def _in_other_case(path: Path) -> Path:
    """Return the one file that is called so but for capitals, as IMG_1.JPG for img_1.jpg; else the path."""
    try:
        names = _names(path.parent, path.parent.stat().st_mtime_ns)
    except (OSError, ValueError):
        return path
    called = names.get(path.name.lower(), ())
    return path.with_name(called[0]) if len(called) == 1 else path


@lru_cache(FOLDERS_REMEMBERED)
def _names(folder: Path, changed: int) -> Mapping[str, Sequence[str]]:
    """Return the names of the files in a folder, as it was when it changed last, by their small letters."""
    found: dict[str, list[str]] = {}
    for name in os.listdir(folder):
        found.setdefault(name.lower(), []).append(name)
    return found


def _at(place: str, name: str) -> Path:
    """Return where an image is whose bare name a place completes."""
    path = Path(place.format(name))
    return _there(path.parent, path.name)
