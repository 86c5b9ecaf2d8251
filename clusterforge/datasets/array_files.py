"""Reading of arrays: npy, npz with several arrays of as many rows each, and idx as MNIST has it."""

from __future__ import annotations

import math
import re
import struct
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from clusterforge.datasets.decoding import opened
from clusterforge.datasets.file_names import split_called
from clusterforge.datasets.signatures import PATH, faulty_file
from clusterforge.datasets.table_rows import Format, Rows, unreadable
from clusterforge.errors import InputError
from clusterforge.file_keys import COMPRESSED, IDX, kind
from clusterforge.formats import count, few_of
from clusterforge.numerics.stored_rows import stored_array
from clusterforge.tables.pixel_arrays import as_column, look_like_images, shape_of

SUFFIXES = (".npy", ".npz", IDX)
VALUES, IMAGE, TRAIN = "values", "image", "train"
_IDX_TYPES = {
    bytes([code]): np.dtype(name)
    for code, name in ((8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8"))
}
IMAGE_AXES = 4
_IMAGES = "images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1"
_RESHAPE = f"save array.reshape(len(array), -1); {_IMAGES}"
_WIDTHS = {256, 312, 384, 512, 768, 1024, 1536, 2048, 3072, 4096}
"""Of the vectors of models of texts."""
_TOKENS = (
    "if these are the vectors of tokens, save the mean of each row's, without those that fill up "
    "(array.mean(axis=1) where there are none)"
)
_UNNAMED, MANY_ARRAYS = re.compile(r"arr_\d+"), 16
_MAGIC = b"\x93NUMPY"
_STACK = "where each file is one row, save np.stack of all"
_UNITS = {**dict.fromkeys("YMW", "D"), **dict.fromkeys("hm", "s"), "generic": "s"}


def read_npy(path: Path, form: Format) -> Rows:
    """Read an npy file: an array of n rows, as a column ``values``."""
    array = _loaded(path, mapped=form.mapped)
    if look_like_images(array):
        return Rows.whole(pa.table({IMAGE: column(path, array, "the array")}))
    _check_kind(path, array, "the array")
    if array.ndim != 2 or array.dtype.kind in "USM":
        remedy = (
            f"write a csv file: pandas.DataFrame(numpy.load({path.name!r:.60})).to_csv("
            f'"{path.stem:.60}.csv", index=False)'
        )
        if array.ndim > 2:
            remedy = _TOKENS if _are_of_tokens(array) else _as_images(array)
        elif array.dtype.kind in "biuf":
            remedy = _STACK
        raise faulty_file(
            f"{path} is {array.dtype} {array.shape}, not a table of numbers (n, d)", remedy
        )
    return Rows.whole(pa.table({VALUES: column(path, array, "the array")}))


def _are_of_tokens(array: np.ndarray[Any, Any]) -> bool:
    """Tell whether an array may hold a vector for each token of each row, as a model returns them."""
    return array.ndim == 3 and array.dtype.kind == "f" and array.shape[2] in _WIDTHS


def _as_images(array: np.ndarray[Any, Any]) -> str:
    """Say how an array of more than two axes becomes images or rows, with the range of its fractions."""
    if array.ndim != IMAGE_AXES or array.dtype.kind != "f" or not np.isfinite(array).all():
        return _IMAGES if array.ndim == IMAGE_AXES else _RESHAPE
    low, high = float(array.min(initial=0)), float(array.max(initial=1))
    return f"{_IMAGES}; its values go from {low:.3g} to {high:.3g}: (x - x.min()) / (x.max() - x.min())"


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
    called = {array: name for name, array in npz_columns(path, form.split, form.columns).items()}
    if form.columns and {*form.columns}.isdisjoint(called.values()):
        raise InputError(
            f"{path} has no array {next(iter(form.columns))!r:.60}",
            key=PATH,
            remedy=f"its arrays: {few_of(array_names(path), 10)}",
        )
    with zipfile_of(path) as archive, _numpy(path, "npz"):
        for info in archive.infolist():
            array_name = info.filename.removesuffix(".npy")
            name = called.get(array_name)
            if name is not None and (form.columns is None or name in form.columns):
                with archive.open(info) as member:
                    _check_size(path, member, info.file_size)
                with archive.open(info) as member:
                    array = np.lib.format.read_array(member, allow_pickle=False)
                if not array.ndim and form.columns is None:  # says something of the file
                    continue
                columns[name] = column(path, _values(array), f"array {array_name!r}")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {rows:,}" for name, rows in lengths.items())
        raise faulty_file(
            f"the arrays of {path} have different numbers of rows: {listed}",
            "name those that belong together: features, label, id",
        )
    rows = Rows.whole(pa.table(columns))
    unnamed = all(map(_UNNAMED.fullmatch, columns)) and len(columns) > MANY_ARRAYS
    if unnamed and not any(pa.types.is_nested(values.type) for values in columns.values()):
        said = (
            f"{path.name} holds {len(columns):,} arrays without names, each read as a column of "
            f"{len(rows.ids):,} rows: if each is one row, save np.stack of them"
        )
        return replace(rows, remarks=(*rows.remarks, said))
    return rows


def read_column(path: Path, key: str) -> Any:
    """Read an npy file that stands for a column: values (n,), or lists of numbers (n, d).

    Raises
    ------
    InputError
        Where it can't be read; ``key`` is the parameter to name.
    """
    try:
        array = _loaded(path)
        if array.ndim > 2:
            raise faulty_file(f"{path}: the array is {array.dtype} {array.shape}, not (n, d)")
        array = array if key == "embedding" else _values(array)
        return pa.chunked_array([column(path, array, "the array")])
    except InputError as error:
        raise InputError(error.problem, key=key) from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", key=key) from None


def npz_splits(path: Path) -> dict[str, dict[str, str]]:
    """Return the array behind each column of each split of an npz file; nothing where it has none.

    It has splits where every array is called after one, as x_train and test_labels are: columns have what
    is left of the names.
    """
    found: dict[str, dict[str, str]] = {}
    for name in array_names(path):
        first, *rest = re.split(r"[_-]", name)
        *before, last = first, *rest
        split, words = (split_called(last), before)
        if split is None:
            split, words = split_called(first), rest
        column = "_".join(words)
        if split is None or not column or column in found.get(split, ()):
            return {}
        found.setdefault(split, {})[column] = name
    return found


def npz_columns(path: Path, split: str, wanted: Collection[str] | None) -> dict[str, str]:
    """Return the array behind each column of an npz file, as a split has them.

    Where wanted columns are called like arrays, or the file has no splits, columns are called like arrays.
    """
    splits, names = npz_splits(path), array_names(path)
    if not splits or not {*(wanted or ())}.isdisjoint(names):
        return {name: name for name in names}
    return splits.get(split) or (next(iter(splits.values())) if len(splits) == 1 else {})


def holds_images(path: Path) -> bool:
    """Tell whether the array of an npy or idx file is one of images."""
    return look_like_images(_idx(path) if kind(path) == IDX else _loaded(path, mapped=True))


def read_idx(path: Path, form: Format) -> Rows:
    """Read an idx file of images, as MNIST has them, with the labels that lie beside it."""
    array = _idx(path)
    columns = {VALUES if array.ndim == 2 else IMAGE: column(path, _values(array), "the array")}
    labels = idx_labels(path)
    if labels is not None:
        columns["label"] = column(labels, _idx(labels), "the array")
        if len(columns["label"]) != len(array):
            raise faulty_file(
                f"{labels} has {count(len(columns['label']), 'label')}, and {path.name} "
                f"{count(len(array), 'image')}"
            )
    return Rows.whole(pa.table(columns))


def idx_labels(path: Path) -> Path | None:
    """Return the labels beside an idx file of images, train-images-idx3-ubyte; None where there are none."""
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if kind(path) != IDX or name == path.name:
        return None
    bare = name.removesuffix(path.suffix) if path.suffix in COMPRESSED else name
    ends = ("", *COMPRESSED)
    return next((at for end in ends if (at := path.with_name(bare + end)).is_file()), None)


def _idx(path: Path) -> np.ndarray[Any, Any]:
    with opened(path) as file, _numpy(path, "idx"):
        shape, dtype = _idx_header(path, file)
        data = file.read()
    array = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
    if array.size != math.prod(shape):
        raise faulty_file(
            f"{path}: its header says {dtype} {shape}, but {array.size:,} values follow",
            "download it again",
        )
    return array.reshape(shape)


def _idx_header(path: Path, file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    magic = file.read(4)
    dtype = _IDX_TYPES.get(magic[2:3]) if magic[:2] == b"\0\0" else None
    if dtype is None:
        raise faulty_file(f"{path} is no idx file: it begins with {magic!r}")
    return struct.unpack(f">{magic[3]}I", file.read(4 * magic[3])), dtype


def array_names(path: Path) -> tuple[str, ...]:
    """Return the names of the arrays in an npz file."""
    with zipfile_of(path) as archive:
        names = tuple(name.removesuffix(".npy") for name in archive.namelist())
    if {"format", "shape", "data"} <= {*names}:
        raise faulty_file(f"{path} is a sparse matrix of scipy", "save its toarray() as .npy")
    return names


def zipfile_of(path: Path) -> zipfile.ZipFile:
    """Open an npz file as the archive that it is."""
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise unreadable(path, "npz", error) from None


def shape(path: Path, split: str, names: Collection[str] = ()) -> tuple[int, ...]:
    """Return the shape that the header of an array says: (n, …); nothing where no array has rows.

    Parameters
    ----------
    path
        An npy, npz or idx file.
    split, names
        Which split and columns of an npz file: the first of them that has rows; without names, of all.
    """
    if kind(path) == IDX:
        with opened(path) as file, _numpy(path, "idx"):
            return _idx_header(path, file)[0]
    if kind(path) == ".npz":
        columns = npz_columns(path, split, names)
        chosen = [array for name, array in columns.items() if not names or name in names]
        with zipfile_of(path) as archive, _numpy(path, "npz"):
            for array in chosen:
                with archive.open(f"{array}.npy") as file:
                    if found := _header(file)[0]:
                        return found
        return ()
    with path.open("rb") as file, _numpy(path, "npy"):
        return _header(file)[0]


def _values(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array of one column, as labels may be saved, as its values."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def column(path: Path, array: np.ndarray[Any, Any], what: str) -> Any:
    """Return an array as a column: values, lists where it has two dimensions, else lists of lists: images.

    Raises
    ------
    InputError
        Where it has other dimensions, or holds what no column can hold.
    """
    if array.size and shape_of(array.shape) and array.dtype.kind in "biuf":
        return as_column(array.astype(_in_arrow(array.dtype), copy=False))
    _check_kind(path, array, what)
    if array.ndim not in (1, 2) or array.dtype.kind not in "biufUSM":
        raise faulty_file(
            f"{path}: {what} is {array.dtype} {array.shape}, not a table of numbers (n, d) "
            "or a column of values (n,)",
            _TOKENS if _are_of_tokens(array) else _as_images(array) if array.ndim > 2 else None,
        )
    if not array.size:
        raise faulty_file(f"{path}: {what} is empty: {array.shape}")
    if array.dtype.kind == "S":
        try:
            array = np.char.decode(array, "utf-8")
        except UnicodeDecodeError:
            raise faulty_file(
                f"{path}: {what} holds bytes that are not utf-8",
                'save it as text: np.char.decode(array, "latin-1"), or its actual encoding',
            ) from None
    array = np.ascontiguousarray(array, dtype=_in_arrow(array.dtype))
    if array.ndim == 1:
        return pa.array(array.tolist() if array.dtype.kind == "U" else array)
    flat = pa.array(array.reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, array.shape[1])


def _check_kind(path: Path, array: np.ndarray[Any, Any], what: str) -> None:
    """Refuse images whose last axis counts them, and types that numpy does not know."""
    images = array.ndim == IMAGE_AXES and array.dtype.kind in "biuf"
    if images and array.shape[2] in (1, 3, 4) and not shape_of(array.shape):
        raise faulty_file(
            f"{path}: {what} is {array.dtype} {array.shape}: its {array.shape[3]:,} images lie along the "
            "last axis",
            "save numpy.moveaxis(array, -1, 0)",
        )
    if array.dtype == "V2":
        raise faulty_file(
            f"{path}: {what} is of the type V2, as which bfloat16 is saved",
            "save it as float32: tensor.float().numpy() of torch, array.astype('float32') before it is saved",
        )


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
    if not dtype.hasobject and size - file.tell() > wanted and _is_followed(file, wanted):
        raise faulty_file(
            f"{path} holds several arrays, one after another, of which numpy.load reads the first",
            f"save one: file = open({path.name!r:.60}, 'rb'), numpy.load(file) for each, and "
            "numpy.concatenate of them",
        )
    if not dtype.hasobject and wanted != size - file.tell():
        raise faulty_file(
            f"{path}: its header says {dtype} {shape}, {wanted:,} bytes, but "
            f"{size - file.tell():,} follow",
            "save it again",
        )


def _is_followed(file: Any, wanted: int) -> bool:
    """Tell whether another array begins behind the values of one."""
    at = file.tell()
    try:
        file.seek(wanted, 1)
        return bool(file.read(len(_MAGIC)) == _MAGIC)
    finally:
        file.seek(at)


@contextmanager
def _numpy(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # numpy reads headers as Python, whose parser raises its own
        raise unreadable(path, what, error) from None
