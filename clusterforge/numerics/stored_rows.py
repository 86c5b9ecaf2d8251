"""Matrices in files, of which rows are read when they are asked for: rows that are larger than memory."""

from __future__ import annotations

import errno
import math
import mmap
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from clusterforge.errors import EnvironmentProblem
from clusterforge.numerics.arrays import DoubleArray, IntArray, blocks

LARGE = 1 << 27
"""Bytes of a matrix from which on its rows stay in a file."""
NEAR, APART = 1024, 64
"""Rows that are read at once where they lie near one another, and where not: each may map 1 MB."""
SPAN = 1 << 25
"""Bytes from the first to the last of rows that are near."""

_MAPS: WeakSet[mmap.mmap] = WeakSet()


class StoredRows(npt.NDArray[Any]):
    """An array in a file, (n, …), that can't be written to; ``rows[some]`` is read into memory.

    It is a NumPy array, so whatever takes one takes this as well. Rows by a slice or by an array of positions
    are copies in memory, or stored rows again where they are many; a choice of all rows is the array itself.
    Everything else works on the whole, mapped from the file: that is right as well, but touches as much
    memory as it has bytes (:func:`release_pages` gives it back).
    """

    _map: mmap.mmap | None = None
    _offset = 0

    @classmethod
    def of(cls, file: IO[bytes], shape: tuple[int, ...], dtype: Any, offset: int) -> StoredRows:
        """Return what lies in a file from an offset on, in bytes."""
        return cls._on(mapped_file(file), shape, dtype, offset)

    @classmethod
    def _on(cls, mapped: mmap.mmap, shape: tuple[int, ...], dtype: Any, offset: int) -> StoredRows:
        if offset + np.dtype(dtype).itemsize * math.prod(shape) > len(mapped):
            raise ValueError(f"the file is too short for {np.dtype(dtype)} {shape}")
        rows = np.ndarray.__new__(cls, shape, np.dtype(dtype), mapped, offset)
        rows._map, rows._offset = mapped, offset
        return rows

    def __array_finalize__(self, other: object) -> None:
        self._map = None  # views of it are plain

    def __array_wrap__(self, array: Any, *others: Any, **more: Any) -> Any:
        return np.asarray(array)[()] if array is not self else array

    def __getitem__(self, key: Any) -> Any:
        if self._map is None:
            return super().__getitem__(key)
        if isinstance(key, slice) and key.step in (None, 1):
            start, stop, _ = key.indices(len(self))
            return self._between(start, max(start, stop))
        if isinstance(key, list | np.ndarray) and np.ndim(key) == 1:
            chosen = np.asarray(key)
            if chosen.dtype == bool and len(chosen) == len(self):
                chosen = np.flatnonzero(chosen)
            if chosen.dtype.kind in "iu" or not len(chosen):
                return self._taken(self._from_start(chosen.astype(np.int64, copy=False)))
        return super().__getitem__(key)

    def _between(self, start: int, stop: int) -> npt.NDArray[Any]:
        plain, shape = self.view(np.ndarray), (stop - start, *self.shape[1:])
        if self._map and is_large(shape[0], self.strides[0], np.uint8):
            return StoredRows._on(
                self._map, shape, self.dtype, self._offset + start * self.strides[0]
            )
        rows = np.empty(shape, self.dtype)
        for part in blocks(len(rows), int(np.prod(self.shape[1:]))):
            rows[part] = plain[start + part.start : start + part.stop]
            self._release(start + part.start, start + part.stop)
        return rows

    def _from_start(self, chosen: IntArray) -> IntArray:
        """Return positions of which negative ones count from the end, as all of them from 0."""
        if not len(chosen):
            return chosen
        low, high, n = int(chosen.min()), int(chosen.max()), len(self)
        if low < -n or high >= n:
            raise IndexError(f"positions {low} to {high} of {n} rows")
        return chosen if low >= 0 else np.where(chosen < 0, chosen + n, chosen)

    def _taken(self, chosen: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        if (
            len(chosen)
            and chosen[-1] - chosen[0] + 1 == len(chosen)
            and (np.diff(chosen) == 1).all()
        ):
            return (
                self
                if len(chosen) == len(self)
                else self._between(int(chosen[0]), int(chosen[-1]) + 1)
            )
        plain, shape = self.view(np.ndarray), (len(chosen), *self.shape[1:])
        if is_large(shape[0], self.strides[0], np.uint8):
            every = (self._together(plain, chosen[part]) for part in self._parts(chosen))
            return spilled(every, shape, self.dtype)
        rows = np.empty(shape, self.dtype)
        for part in self._parts(chosen):
            rows[part] = self._together(plain, chosen[part])
        return rows

    def _together(self, plain: npt.NDArray[Any], chosen: IntArray) -> npt.NDArray[Any]:
        rows = plain[chosen]
        self._release(int(chosen.min()), int(chosen.max()) + 1)
        return rows

    def _release(self, start: int, stop: int) -> None:
        """Give back the pages of some rows; that of all pages takes a millisecond."""
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            first = (self._offset + start * self.strides[0]) // mmap.PAGESIZE * mmap.PAGESIZE
            last = self._offset + stop * self.strides[0]
            self._map.madvise(mmap.MADV_DONTNEED, first, last - first)

    def _parts(self, chosen: npt.NDArray[np.int64]) -> Iterator[slice]:
        """Yield the places of rows that can be read together."""
        near = SPAN // (self.strides[0] or 1)
        for start in range(0, len(chosen), NEAR):
            stop = min(start + NEAR, len(chosen))
            if np.ptp(chosen[start:stop]) <= near:
                yield slice(start, stop)
            else:
                yield from (slice(i, min(i + APART, stop)) for i in range(start, stop, APART))


def mapped_file(file: IO[bytes]) -> mmap.mmap:
    """Map a file into memory, read only; :func:`release_pages` knows of it."""
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _MAPS.add(mapped)
    return mapped


def release_pages() -> None:
    """Give back the pages of files that this process has read by maps; they are read again when needed."""
    if hasattr(mmap, "MADV_DONTNEED"):
        for mapped in list(_MAPS):
            mapped.madvise(mmap.MADV_DONTNEED)


def is_large(rows: int, columns: int, dtype: npt.DTypeLike = np.float32) -> bool:
    """Tell whether a matrix is to stay in a file."""
    return rows * columns * np.dtype(dtype).itemsize > LARGE


def opened(path: Path) -> npt.NDArray[Any]:
    """Return the array of an npy file: in memory, or :class:`StoredRows` where it is a large matrix.

    Raises
    ------
    ValueError, OSError
        Where it is no such file.
    """
    if path.stat().st_size > LARGE:
        array = stored_array(path)
        if array.ndim == 2:
            return array
    loaded: npt.NDArray[Any] = np.load(path, allow_pickle=False)
    return loaded


def stored_array(path: Path) -> npt.NDArray[Any]:
    """Return the array of an npy file mapped; in memory where it lies there in another order.

    Raises
    ------
    ValueError, OSError
        Where it is no such file.
    """
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        first = version == (1, 0)
        header = (
            np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = header(file)
        if not dtype.hasobject and not fortran:
            return StoredRows.of(file, shape, dtype, file.tell())
    array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
    return array


def write_npy(
    file: IO[bytes], parts: Iterable[npt.NDArray[Any]], shape: tuple[int, ...], dtype: Any
) -> None:
    """Write an npy file part by part: arrays (m, …) that are ``shape`` together."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
    np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
    for part in parts:
        np.ascontiguousarray(part, dtype).tofile(file)


@contextmanager
def unnamed_file() -> Iterator[IO[bytes]]:
    """Open a file without a name where ``TMPDIR`` says, for what is larger than memory.

    Raises
    ------
    EnvironmentProblem
        Where the disk there does not take what is written.
    """
    try:
        with tempfile.TemporaryFile(prefix="clusterforge-") as file:
            yield file
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise EnvironmentProblem(
            f"{tempfile.gettempdir()}: {error.strerror}, and rows larger than memory are copied there; "
            "set TMPDIR to a folder on a disk with more space"
        ) from None


def spilled(
    parts: Iterable[npt.NDArray[Any]], shape: tuple[int, ...], dtype: npt.DTypeLike
) -> StoredRows:
    """Write arrays (m, …) one after another into a file without a name, and return all of them.

    The file lies where ``TMPDIR`` says and is gone with the process.
    """
    with unnamed_file() as file:
        for part in parts:
            file.write(np.ascontiguousarray(part, dtype).data)  # tofile hides why a disk refuses
            release_pages()
        file.flush()
        return StoredRows.of(file, shape, dtype, 0)


def row_blocks(rows: npt.NDArray[Any]) -> Iterator[tuple[slice, npt.NDArray[Any]]]:
    """Yield the rows of a matrix block by block, with their places."""
    for part in blocks(len(rows), rows.shape[1]):
        yield part, rows[part]


def column_means(rows: npt.NDArray[Any]) -> DoubleArray:
    """Return the mean of each column of a matrix: float64 (d,)."""
    if not isinstance(rows, StoredRows):
        found: DoubleArray = rows.mean(axis=0, dtype=np.float64)
        return found
    sums = [block.sum(axis=0, dtype=np.float64) for _, block in row_blocks(rows)]
    return np.asarray(np.sum(sums, axis=0) / len(rows))


@dataclass(frozen=True)
class Marks:
    """Where the values of a matrix are of some kind.

    Parameters
    ----------
    counts
        int64 (d,): how many of each column.
    first
        The first row that has one; -1 where there is none.
    """

    counts: IntArray
    first: int

    @property
    def columns(self) -> IntArray:
        """The columns that have any: int64."""
        return np.flatnonzero(self.counts)


def marked(rows: npt.NDArray[Any], test: Callable[[Any], npt.NDArray[np.bool_]]) -> Marks:
    """Return where a test says yes of the values of a matrix, block by block."""
    counts, first = np.zeros(rows.shape[1], dtype=np.int64), -1
    for part, block in row_blocks(rows):
        yes = test(block)
        if first < 0 and yes.any():
            first = part.start + int(np.flatnonzero(yes.any(axis=1))[0])
        counts += yes.sum(axis=0)
    return Marks(counts, first)
