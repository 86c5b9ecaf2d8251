"""Images as they are stored, before any is decoded: bytes of files, in a folder or a table, and arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from clusterforge.contracts import IntArray
from clusterforge.errors import InputError
from clusterforge.numerics.arrays import blocks
from clusterforge.pixels import BrokenImage, Encoded
from clusterforge.tables.pixel_arrays import arrays

CHUNK = 1024
T = TypeVar("T")


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
