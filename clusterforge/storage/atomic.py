"""Atomic files: written next to their place, synced, renamed; a reader sees all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from glob import iglob
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.errors import (
    ClusterforgeError,
    InputError,
    of_the_disk,
    unwritable,
)
from clusterforge.interrupts import postponed
from clusterforge.numerics.stored_rows import write_npy
from clusterforge.storage.tree import PART

_SYNCED: ContextVar[bool] = ContextVar("synced", default=True)


@contextmanager
def unsynced() -> Iterator[None]:
    """Do not wait until files are on the disk: for those whose readers compare hashes, as of stages.

    They may be torn after the machine has lost its power, not after a process has died.
    """
    token = _SYNCED.set(False)
    try:
        yield
    finally:
        _SYNCED.reset(token)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of what keeps a file from being written that it is the disk, whatever class a library raises.

    Raises
    ------
    EnvironmentProblem
        With the file, what the disk refuses and what to do.
    """
    try:
        yield
    except ClusterforgeError:
        raise
    except Exception as error:
        if isinstance(error, OSError):  # NumPy's has no number
            raise unwritable(path, error) from error
        if problem := of_the_disk(error, f"{path}: can't be written"):
            raise problem from error
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on success it is synced and renamed to ``path``.

    Raises
    ------
    EnvironmentProblem
        Where the file can't be written (disk full, no permission); nothing is left behind.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part: Path | None = None
        try:
            with postponed():
                handle, name = tempfile.mkstemp(
                    dir=path.parent, prefix=f".{path.name}.", suffix=PART
                )
                os.close(handle)
                part = Path(name)
            yield part
            if _SYNCED.get():
                with part.open("rb") as file:
                    os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(path)
            sync_folder(path.parent)
        finally:
            if part:
                part.unlink(missing_ok=True)


def check_apart(path: Path, sources: Iterable[str | Path], key: str) -> None:
    """See that a file to be written is none of those that are read.

    Parameters
    ----------
    path
        The file to be written.
    sources
        The files, folders and patterns of files that are read.
    key
        The option that names ``path``.

    Raises
    ------
    InputError
        Where it is one of them, under another name or behind a link too.
    """
    if not path.exists():
        return
    for source in map(Path, sources):
        if source.is_dir():
            files: Iterable[str | Path] = source.rglob("*")
        else:
            files = [source] if source.exists() else iglob(str(source), recursive=True)
        if any(path.samefile(file) for file in files if os.path.exists(file)):
            raise InputError(
                f"{path} holds the data that are read, and would be overwritten",
                key=key,
                remedy="name another file",
            )


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    if os.name != "posix" or not _SYNCED.get():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes atomically."""
    with replacing(path) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write text atomically, as UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; nan and infinity are an error."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array as npy, atomically, never as a pickle."""
    with replacing(path) as part, part.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def write_array_in_parts(
    path: Path, parts: Iterable[npt.NDArray[Any]], shape: tuple[int, ...], dtype: npt.DTypeLike
) -> None:
    """Write one array as npy, atomically: arrays (m, …) one after another, of this shape together."""
    with replacing(path) as part, part.open("wb") as file:
        write_npy(file, parts, shape, dtype)


def sha256(path: Path) -> str:
    """Return the sha256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
