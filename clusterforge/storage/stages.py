"""A finished stage as a folder: its files, and ``stage.json`` with key and hashes written last."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from clusterforge.storage.atomic import sha256, write_text
from clusterforge.storage.tree import remove

STAGE = "stage.json"
CHECKPOINT = "checkpoint"
READ_ONLY, WRITABLE = 0o444, 0o222
Hashes = Mapping[str, str]


class _Seal(BaseModel, extra="forbid"):
    """The content key of a stage, and the sha256 of each of its files."""

    key: str
    files: dict[str, str]

    @property
    def text(self) -> str:
        return self.model_dump_json(indent=1) + "\n"


def seal(folder: Path, key: str) -> Hashes:
    """Write ``stage.json``: from now on the stage counts as finished.

    Parameters
    ----------
    folder
        Holds the stage's files.
    key
        The content key of the stage.

    Returns
    -------
    mapping
        The sha256 of each of its files, the seal among them.
    """
    stage = _Seal(key=key, files=_hashes(folder))
    write_text(folder / STAGE, stage.text)
    return {**stage.files, STAGE: sha256(folder / STAGE)}


def sealed(folder: Path, key: str) -> Hashes:
    """Return the sha256 of each file of this very stage; nothing unless it is here, whole and undamaged.

    Its seal has to be what ``seal`` wrote, to the last bit, and to name every file that is here.
    """
    stage = _read(folder)
    if stage is None or stage.key != key:
        return {}
    return {**stage.files, STAGE: hashlib.sha256(stage.text.encode()).hexdigest()}


def whole(folder: Path) -> bool:
    """Tell whether the folder holds some stage, whole and undamaged."""
    return _read(folder) is not None


def key_of(folder: Path) -> str | None:
    """Return the key of the stage that a folder holds, whole or not; None where it holds none."""
    stage = _parsed(folder)
    return stage.key if stage else None


def hashes_of_seal(folder: Path) -> Hashes:
    """Return what a stage's seal says of its files; nothing where it can't be read."""
    stage = _parsed(folder)
    return stage.files if stage else {}


def _parsed(folder: Path) -> _Seal | None:
    try:
        return _Seal.model_validate_json((folder / STAGE).read_bytes())
    except (OSError, ValidationError):
        return None


def clear(folder: Path) -> None:
    """Remove what an unfinished stage left, but for its checkpoint."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name != CHECKPOINT:
                remove(path)
    folder.mkdir(parents=True, exist_ok=True)


def copy_files(source: Path, target: Path) -> None:
    """Have the files of a stage in another folder too.

    On one disk they are the same files under two names, which costs nothing. So they become read-only: who
    changes one in place would change every run that has it.
    """
    for path in sorted(source.iterdir(), key=lambda path: path.name == STAGE):
        if path.name == STAGE or _counts(path):
            place = target / path.name
            place.unlink(missing_ok=True)
            try:
                _protect(path)
                os.link(path, place, follow_symlinks=False)
            except OSError:
                shutil.copyfile(path, place, follow_symlinks=False)


def _protect(path: Path) -> None:
    """Make a file read-only, where the system removes such files like others.

    Raises
    ------
    OSError
        Where it can't be, or must not be.
    """
    if os.name != "posix":
        raise PermissionError(path)
    if path.stat().st_mode & WRITABLE:
        path.chmod(READ_ONLY)


def _read(folder: Path) -> _Seal | None:
    """Return the seal of a folder whose files are what it says; None where they are not."""
    try:
        content = (folder / STAGE).read_bytes()
        stage = _Seal.model_validate_json(content)
        if stage.text.encode() == content and stage.files == _hashes(folder):
            return stage
    except (OSError, ValidationError):
        pass
    return None


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if _counts(path)}


def _counts(path: Path) -> bool:
    own = path.is_file() and not path.is_symlink()
    return own and path.name != STAGE and not path.name.startswith(".")
