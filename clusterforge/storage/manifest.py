"""The manifest: the last file of a run, with the sha256 of every other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clusterforge import __version__
from clusterforge.storage.atomic import sha256, write_json

MANIFEST = "manifest.json"
LOCK = "run.lock"
OUTSIDE = {MANIFEST, LOCK}
REPORT = ("report.html", "figures")


def write_manifest(folder: Path) -> None:
    """Write the manifest: from now on the run counts as complete."""
    _write(folder, {})


def extend_manifest(folder: Path) -> None:
    """Take up files that came after the manifest; those it knows have to be what they were."""
    known = (read_manifest(folder) or {}).get("files", {})
    if any(_name(folder, path) not in known for path in _files(folder)):
        _write(folder, known)


def _write(folder: Path, known: Mapping[str, str]) -> None:
    named = {_name(folder, path): path for path in _files(folder)}
    files = dict(known) | {name: sha256(path) for name, path in named.items() if name not in known}
    write_json(folder / MANIFEST, {"clusterforge": __version__, "complete": True, "files": files})


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest, or None where the run is not complete."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or manifest.get("complete") is not True:
        return None
    return manifest if isinstance(manifest.get("files"), dict) else None


def damaged(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Return the files that are missing or not what the manifest says, by name."""
    return [
        name
        for name, digest in manifest.get("files", {}).items()
        if not (folder / name).is_file() or sha256(folder / name) != digest
    ]


def of_report(name: str) -> bool:
    """Tell whether a file is one that ``clusterforge report`` writes again."""
    return name.split("/")[0] in REPORT


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in OUTSIDE and not path.name.startswith("."):
            yield path
