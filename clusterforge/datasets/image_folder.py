"""The images in a folder and its class folders, and whatever else lies there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clusterforge.errors import InputError
from clusterforge.file_keys import in_order

_PNG = (".png", ".apng")
_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf")
_PHONES = (".heic", ".heif", ".hif", ".avif", ".avifs", ".webp", ".gif")
_SCANS = (".tif", ".tiff", ".bmp", ".dib", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm")
_OTHERS = (".jpx", ".tga", ".pcx", ".sgi", ".dds", ".ico", ".icns", ".psd", ".qoi")
IMAGES = (*_PNG, *_JPEG, *_PHONES, *_SCANS, *_OTHERS)
"""Suffixes of images, in any case; HEIC needs the package pillow-heif, the others Pillow alone."""

_FETCHED = re.compile(rf"({'|'.join(map(re.escape, IMAGES))})(\.\d{{1,3}}|\?.*)$", re.IGNORECASE)
"""How wget calls what it fetches twice, or from an address with a query: a.jpg.1, a.jpg?w=300."""
_MACHINES = ("__MACOSX", "@eaDir")  # what archivers and servers of files put beside what one has


@dataclass(frozen=True)
class ImageFolder:
    """What lies in a folder, at any depth.

    Parameters
    ----------
    images
        Files whose names say that they are images, in the order of their paths.
    others
        All other files, in the same order.
    hidden
        How many files and folders are passed over: names that begin with a dot, ``__MACOSX``, ``@eaDir``.
    """

    images: Sequence[Path]
    others: Sequence[Path]
    hidden: int


def look_into(folder: Path) -> ImageFolder:
    """Return what lies in a folder.

    Raises
    ------
    InputError
        Where a link in it leads back to a folder above.
    """
    every = list(_below(folder))
    files = [path for path in every if not hidden(path)]
    images = [path for path in files if is_image(path)]
    others = [path for path in files if not is_image(path)]
    return ImageFolder(images, others, len(every) - len(files))


def _below(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the files in a folder at any depth, those behind links too, and what is passed over."""
    real = os.path.realpath(folder)
    if real in above:
        raise InputError(f"{folder} is a link to a folder that it lies in", key="path")
    for path in in_order(folder.iterdir()):
        if path.is_dir() and not hidden(path):
            yield from _below(path, (*above, real))
        else:
            yield path


def hidden(path: Path) -> bool:
    """Tell whether a file or folder is passed over."""
    if path.suffix == ".icloud":  # stands for a file that is elsewhere
        return False
    return path.name.startswith(".") or path.name in _MACHINES


def is_image(path: Path) -> bool:
    """Tell whether a file's name says that it is an image."""
    called = path.suffix.lower() in IMAGES or _FETCHED.search(path.name)
    return bool(called) and path.is_file()


def readable(path: Path) -> str:
    r"""Return a path as text that can be written; a byte that is not UTF-8 becomes ``\xff``."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
