"""Reading of numpy arrays: npy, and npz with several arrays of as many rows each."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge.datasets.signatures import PATH
from clusterforge.datasets.table_rows import Format, Rows, unreadable
from clusterforge.errors import InputError
from clusterforge.numerics.stored_rows import stored_array

SUFFIXES = (".npy", ".npz")
VALUES = "values"
_RESHAPE = "save array.reshape(len(array), -1); images also as files, one folder for each class"
_STACK = "where each file is one row, save np.stack of all"
_UNITS = {**dict.fromkeys("YMW", "D"), **dict.fromkeys("hm", "s"), "generic": "s"}


def read_npy(path: Path, form: Format) -> Rows:
    """Read an npy file: an array of n rows, as a column ``values``."""
    array = _loaded(path, mapped=form.mapped)
    if array.ndim != 2 or array.dtype.kind in "USM":
        remedy = (
            f"write a csv file: pandas.DataFrame(numpy.load({path.name!r:.60})).to_csv("
            f'"{path.stem:.60}.csv", index=False)'
        )
        if array.ndim > 2:
            remedy = _RESHAPE
        elif array.dtype.kind in "biuf":
            remedy = _STACK
        raise InputError(
            f"{path} is {array.dtype} {array.shape}, not a table of numbers (n, d)",
            key=PATH,
            remedy=remedy,
        )
    return Rows.whole(pa.table({VALUES: column(path, array, "the array")}))


def _loaded(path: Path, *, mapped: bool = False) -> np.ndarray[Any, Any]:
    with path.open("rb") as file, _numpy(path, "npy"):
        _check_size(path, file, path.stat().st_size)
        file.seek(0)
        if mapped:
            return stored_array(path)
        array: np.ndarray[Any, Any] = np.load(file, allow_pickle=False)
    return array


def read_npz(path: Path, form: Format) -> Rows:
    """Read an npz file: each array is a column, called by its name."""
    columns = {}
    array_names(path)
    with zipfile_of(path) as archive, _numpy(path, "npz"):
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if form.columns is None or name in form.columns:
                with archive.open(info) as member:
                    _check_size(path, member, info.file_size)
                with archive.open(info) as member:
                    array = np.lib.format.read_array(member, allow_pickle=False)
                if not array.ndim and form.columns is None:  # says something of the file
                    continue
                columns[name] = column(path, _values(array), f"array {name!r}")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {rows:,}" for name, rows in lengths.items())
        raise InputError(
            f"the arrays of {path} have different numbers of rows: {listed}",
            key=PATH,
            remedy="name those that belong together: features, label, id",
        )
    return Rows.whole(pa.table(columns))


def read_column(path: Path, key: str) -> Any:
    """Read an npy file that stands for a column: values (n,), or lists of numbers (n, d).

    Raises
    ------
    InputError
        Where it can't be read; ``key`` is the parameter to name.
    """
    try:
        array = _loaded(path)
        array = array if key == "embedding" else _values(array)
        return pa.chunked_array([column(path, array, "the array")])
    except (OSError, InputError) as error:
        why = (
            error.problem if isinstance(error, InputError) else f"{path}: {error.strerror or error}"
        )
        raise InputError(why, key=key) from None


def array_names(path: Path) -> tuple[str, ...]:
    """Return the names of the arrays in an npz file."""
    with zipfile_of(path) as archive:
        names = tuple(name.removesuffix(".npy") for name in archive.namelist())
    if {"format", "shape", "data"} <= {*names}:
        raise InputError(
            f"{path} is a sparse matrix of scipy", key=PATH, remedy="save its toarray() as .npy"
        )
    return names


def zipfile_of(path: Path) -> zipfile.ZipFile:
    """Open an npz file as the archive that it is."""
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise unreadable(path, "npz", error) from None


def n_rows(path: Path) -> int:
    """Return the number of rows that the header of an npy file says."""
    with path.open("rb") as file, _numpy(path, "npy"):
        shape, _ = _header(file)
    return shape[0] if shape else 0


def row_shape(path: Path) -> tuple[int, ...]:
    """Return the shape of a row that the header of an npy file says."""
    with path.open("rb") as file, _numpy(path, "npy"):
        shape, _ = _header(file)
    return tuple(shape[1:])


def _values(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array of one column, as labels may be saved, as its values."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def column(path: Path, array: np.ndarray[Any, Any], what: str) -> Any:
    """Return an array as a column: values where it has one dimension, lists where it has two.

    Raises
    ------
    InputError
        Where it has neither one nor two, or holds what no column can hold.
    """
    if array.ndim not in (1, 2) or array.dtype.kind not in "biufUSM":
        raise InputError(
            f"{path}: {what} is {array.dtype} {array.shape}, not a table of numbers (n, d) "
            "or a column of values (n,)",
            key=PATH,
            remedy=_RESHAPE if array.ndim > 2 else None,
        )
    if not array.size:
        raise InputError(f"{path}: {what} is empty: {array.shape}", key=PATH)
    if array.dtype.kind == "S":
        try:
            array = np.char.decode(array, "utf-8")
        except UnicodeDecodeError:
            raise InputError(
                f"{path}: {what} holds bytes that are not utf-8",
                key=PATH,
                remedy='save it as text: np.char.decode(array, "latin-1"), or its actual encoding',
            ) from None
    array = np.ascontiguousarray(array, dtype=_in_arrow(array.dtype))
    if array.ndim == 1:
        return pa.array(array.tolist() if array.dtype.kind == "U" else array)
    flat = pa.array(array.reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, array.shape[1])


def _in_arrow(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of Arrow's that values go into: it has no long doubles, years and hours."""
    if dtype.kind == "f" and dtype.itemsize > 8:
        return np.dtype(np.float64)
    if dtype.kind == "M":
        unit = np.datetime_data(dtype)[0]
        return np.dtype(f"datetime64[{_UNITS.get(unit, unit)}]")
    return dtype.newbyteorder("=")


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    shape, _, dtype = read.get(version, np.lib.format.read_array_header_2_0)(file)
    return shape, dtype


def _check_size(path: Path, file: Any, size: int) -> None:
    """Check that a file is as long as its header says, before memory is asked for."""
    shape, dtype = _header(file)
    wanted = math.prod(shape) * dtype.itemsize
    if not dtype.hasobject and wanted != size - file.tell():
        raise InputError(
            f"{path}: its header says {dtype} {shape}, {wanted:,} bytes, but "
            f"{size - file.tell():,} follow",
            key=PATH,
            remedy="save it again",
        )


@contextmanager
def _numpy(path: Path, kind: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # numpy reads headers as Python, whose parser raises its own
        raise unreadable(path, kind, error) from None
