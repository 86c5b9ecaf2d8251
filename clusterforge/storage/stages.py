"""A finished stage as a folder: its files, and ``stage.json`` with key and hashes written last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pydantic import BaseModel, ValidationError

from clusterforge.storage.atomic import sha256, write_text

STAGE = "stage.json"
CHECKPOINT = "checkpoint"


class _Seal(BaseModel, extra="forbid"):
    """The content key of a stage, and the sha256 of each of its files."""

    key: str
    files: dict[str, str]


def seal(folder: Path, key: str) -> None:
    """Write ``stage.json``: from now on the stage counts as finished.

    Parameters
    ----------
    folder
        Holds the stage's files.
    key
        The content key of the stage.
    """
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if _counts(path)}
    write_text(folder / STAGE, _Seal(key=key, files=files).model_dump_json(indent=1) + "\n")


def sealed(folder: Path, key: str) -> bool:
    """Tell whether the folder holds this very stage, whole and undamaged."""
    try:
        stage = _Seal.model_validate_json((folder / STAGE).read_bytes())
        return stage.key == key and all(
            sha256(folder / name) == digest for name, digest in stage.files.items()
        )
    except (OSError, ValidationError):
        return False


def clear(folder: Path) -> None:
    """Remove what an unfinished stage left, but for its checkpoint."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name != CHECKPOINT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def copy_files(source: Path, target: Path) -> None:
    """Link the files of a stage into another folder, or copy them where links can't be made."""
    for path in sorted(source.iterdir(), key=lambda path: path.name == STAGE):
        if path.is_file() and (_counts(path) or path.name == STAGE):
            (target / path.name).unlink(missing_ok=True)
            try:
                os.link(path, target / path.name)
            except OSError:
                shutil.copyfile(path, target / path.name)


def _counts(path: Path) -> bool:
    return path.is_file() and path.name != STAGE and not path.name.startswith(".")
