"""A finished stage as a folder: its files, and ``stage.json`` with key and hashes written last."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from clusterforge.storage.atomic import sha256, write_json

STAGE = "stage.json"
CHECKPOINT = "checkpoint"


def seal(folder: Path, key: str, info: dict[str, Any]) -> None:
    """Write ``stage.json``: from now on the stage counts as finished.

    Parameters
    ----------
    folder
        Holds the stage's files.
    key
        The content key of the stage.
    info
        JSON values for readers: the plugin, its parameters, sizes.
    """
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if _counts(path)}
    write_json(folder / STAGE, {"key": key, "info": info, "files": files})


def sealed(folder: Path, key: str) -> dict[str, Any] | None:
    """Return the stage's info, if the folder holds this very stage, whole and undamaged."""
    try:
        stage: dict[str, Any] = json.loads((folder / STAGE).read_text("utf-8"))
        whole = stage["key"] == key and all(
            sha256(folder / name) == digest for name, digest in stage["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return stage["info"] if whole else None


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
