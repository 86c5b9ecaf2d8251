"""The manifest: the last file of a run, with the format's number and the sha256 of every other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from clusterforge import __version__
from clusterforge.errors import EnvironmentProblem, InputError, near_file
from clusterforge.runs import files
from clusterforge.runs.records import Record, damaged, unreadable
from clusterforge.storage.atomic import sha256
from clusterforge.storage.tree import check_tree

FORMAT: Literal[1] = 1
OUTSIDE = {files.MANIFEST, files.LOCK}


class Manifest(Record):
    """All of ``manifest.json``; ``files`` maps names below the run folder to their sha256."""

    format: Literal[1]
    clusterforge: str
    files: dict[str, str]

    def damage(self, folder: Path) -> list[str]:
        """Return the files that are missing or not what the run wrote, by name."""
        return [name for name in self.files if not self.holds(folder, name)]

    def holds(self, folder: Path, name: str) -> bool:
        """Tell whether a file is there as the run wrote it."""
        path = folder / name
        return path.is_file() and sha256(path) == self.files.get(name)


def write_manifest(
    folder: Path, sealed: Mapping[str, str] | None = None, needed: Iterable[str] = ()
) -> None:
    """Write the manifest: from now on the run counts as complete.

    Parameters
    ----------
    folder
        The run's.
    sealed
        Files that have to be there with these hashes.
    needed
        Other files that have to be there.

    Raises
    ------
    EnvironmentProblem
        Where one of them has gone or changed.
    """
    hashes = _hashes(folder)
    sealed = sealed or {}
    lost = [name for name, digest in sealed.items() if hashes.get(name) != digest]
    lost += [name for name in needed if name not in hashes]
    if lost:
        more = f" and {len(lost) - 1} other files" if len(lost) > 1 else ""
        raise EnvironmentProblem(
            f"{folder / lost[0]}{more}: removed or changed by another program while the run went on"
        )
    _write(folder, hashes)


def extend_manifest(folder: Path, may_change: Callable[[str], bool] | None = None) -> None:
    """Take up what has changed since the manifest among files that may change: by default those of hooks.

    All others have to be what they were.
    """
    may_change = may_change or (lambda name: name.split("/")[0] not in files.OF_RUN)
    listed = read_manifest(folder).files
    fixed = {name: digest for name, digest in listed.items() if not may_change(name)}
    hashes = _hashes(folder, fixed)
    if hashes != listed:
        _write(folder, hashes)


def is_complete(folder: Path) -> bool:
    """Tell whether a folder has a manifest, whatever it is and whatever stands in it."""
    return os.path.lexists(folder / files.MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a finished run.

    Raises
    ------
    InputError
        Where the folder holds no finished run, or one of another format, or something in it is not its own.
    EnvironmentProblem
        Where it can't be read.
    """
    path = folder / files.MANIFEST
    if not is_complete(folder):
        check_folder(folder)
        if (folder / files.TAXONOMY).is_file():
            raise InputError(
                "is a taxonomy, not a run",
                file=str(folder),
                remedy=f"clusterforge follow {folder} DATA labels rows, and clusterforge export {folder} "
                "--rows FILE writes them",
            )
        begun = (folder / files.RECIPE).is_file()
        raise InputError(
            "the run was interrupted, or is still running" if begun else "holds no finished run",
            file=str(folder),
            remedy=f"finish it: clusterforge run --resume {folder}"
            if begun
            else _newest_below(folder),
        )
    check_tree(folder)
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error) from error
    except ValidationError as error:
        if any(problem["loc"] == ("format",) for problem in error.errors()):
            raise InputError(
                f"the run folder has another format than this version reads ({FORMAT})",
                file=str(folder),
                remedy="open it with the version of clusterforge that wrote it, or run the recipe again",
            ) from None
        raise damaged(path, error.errors()[0]["msg"]) from error


def check_folder(folder: Path) -> None:
    """Check that what is named as a run, a sweep or a taxonomy is a folder.

    Raises
    ------
    InputError
        With the folder that may be meant.
    """
    if folder.is_dir():
        return
    if os.path.lexists(folder):
        remedy = "name the folder of a run, and files, if any, after it"
        raise InputError("is a file, not a folder", file=str(folder), remedy=remedy)
    beside = [str(other) for other in folder.parent.glob("*") if other.is_dir()]
    known = (
        near_file(str(folder), beside)
        if folder.parent.is_dir()
        else f"neither does {folder.parent}"
    )
    raise InputError("does not exist", file=str(folder), remedy=known or None)


def _newest_below(folder: Path) -> str:
    """Say which folder to name in place of one that holds no run itself."""
    below = [path for path in folder.glob(f"*/{files.MANIFEST}") if not path.parent.is_symlink()]
    runs = sorted((path.stat().st_mtime, str(path.parent)) for path in below)
    return (
        f"name the folder of a run; the newest below it is {runs[-1][1]}"
        if runs
        else ("name the folder of a run")
    )


def _write(folder: Path, hashes: dict[str, str]) -> None:
    manifest = Manifest(format=FORMAT, clusterforge=__version__, files=hashes)
    manifest.write(folder / files.MANIFEST)


def _hashes(folder: Path, listed: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the sha256 of each file, by name; of those that are listed, what is listed."""
    hashes = dict(listed or {})
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if name not in hashes:
            hashes[name] = sha256(path)
    return hashes


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        own = path.is_file() and not path.is_symlink()
        if own and path.name not in OUTSIDE and not path.name.startswith("."):
            yield path
