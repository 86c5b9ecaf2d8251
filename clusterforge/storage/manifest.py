"""The manifest: the last file of a run, with the sha256 of every other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clusterforge import __version__
from clusterforge.storage.atomic import sha256, write_json

MANIFEST = "manifest.json"
LOCK = "run.lock"
OUTSIDE = {MANIFEST, LOCK}


def write_manifest(folder: Path) -> None:
    """Write the manifest: from now on the run counts as complete."""
    files = {str(path.relative_to(folder).as_posix()): sha256(path) for path in _files(folder)}
    write_json(folder / MANIFEST, {"clusterforge": __version__, "complete": True, "files": files})


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest, or None where the run is not complete."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("complete") is True else None


def damaged(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Return the files that are missing or not what the manifest says, by name."""
    return [
        name
        for name, digest in manifest.get("files", {}).items()
        if not (folder / name).is_file() or sha256(folder / name) != digest
    ]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in OUTSIDE and not path.name.startswith("."):
            yield path
