"""Folders of ours hold files and folders of their own: no link, device or pipe, and no other disk.

Whatever reads, writes or removes below a run, a sweep, a taxonomy or the cache looks first, so that nothing
is read, written or removed anywhere else.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clusterforge.errors import EnvironmentProblem, InputError

KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
PART = ".part"
OPENED = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK if os.name == "posix" else 0


def check_tree(folder: Path) -> None:
    """See that what lies below a folder is its own.

    Parameters
    ----------
    folder
        The folder; it may itself be named by a link, or not be there.

    Raises
    ------
    InputError
        Where a link, a device, a pipe or another file system stands below it.
    EnvironmentProblem
        Where a folder can't be read.
    """
    try:
        found = next(_foreign(folder), None)
    except OSError as error:
        raise EnvironmentProblem(f"{error.filename}: can't be read ({error.strerror})") from error
    if found:
        raise InputError(
            f"{found[0]} is {found[1]}, where only files and folders of its own may be",
            file=str(folder),
            remedy="remove it, or restore the folder from a copy",
        )


def is_own(folder: Path) -> bool:
    """Tell whether a folder is one, under its own name, and all that lies below it is its own."""
    try:
        return not folder.is_symlink() and folder.is_dir() and not any(_foreign(folder))
    except OSError:
        return False


def own_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, but for links to others."""
    try:
        with os.scandir(folder) as entries:
            return [Path(one.path) for one in entries if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; of a link only the link.

    Raises
    ------
    OSError
        Where it can't be removed.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def open_own(path: Path) -> int:
    """Open a file for reading and writing, made where there is none, and return its descriptor.

    Raises
    ------
    InputError
        Where a link, a device, a pipe or a folder stands there, or the file has another name as well.
    OSError
        Where it can't be opened.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | OPENED, 0o644)
        held = os.fstat(handle)
        if stat.S_ISREG(held.st_mode) and held.st_nlink <= 1:
            return handle
        os.close(handle)
    except OSError:
        if _is_file(path):
            raise
    raise InputError(
        "is not a file of its own, but a link, a device, a pipe or a folder",
        file=str(path),
        remedy="remove it",
    )


@contextmanager
def none_empty(folder: Path) -> Iterator[list[Path]]:
    """Leave no new folder that is empty where an error or a signal ends what is done in it.

    Yields the folders that are not there yet, this one and those above it.
    """
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield absent
    except BaseException:
        for place in absent:
            with suppress(OSError):  # it holds something, or was never made
                place.rmdir()
        raise


def remove_parts(folder: Path) -> None:
    """Remove what processes that were killed have left below a folder that nobody else writes into."""
    for path in folder.rglob(f".*{PART}"):
        with suppress(OSError):
            path.unlink()


def _is_file(path: Path) -> bool:
    """Tell whether a file, or nothing, has this name."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return True


def _foreign(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what stands below a folder and is not its own: its name and what it is."""
    try:
        disk = folder.stat().st_dev
    except OSError:
        return
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            try:
                held = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # a hook has removed its file meanwhile
                continue
            name = Path(entry.path).relative_to(folder).as_posix()
            if kind := KINDS.get(stat.S_IFMT(held.st_mode)):
                yield name, kind
            elif stat.S_ISDIR(held.st_mode):
                if held.st_dev != disk:
                    yield name, "on another file system"
                waiting.append(Path(entry.path))
